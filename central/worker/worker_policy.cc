#include "central/worker/worker_policy.h"

#include <algorithm>
#include <array>

#include "common/base/check.h"

namespace holeshot::worker {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const std::array<WorkerPolicy, 2>& table() {
  static const std::array<WorkerPolicy, 2> policies{{
      // A race waits behind the event that fails, so it is given up within seconds: 0.1 + 0.2 + 0.4 + 0.8. An engine
      // needs microseconds for an event; what it then waits for is a sync, and a disk that takes 30 s is not coming back.
      {.kind = std::string{kRace},
       .ack_deadline = seconds{30},
       .max_deliver = 5,
       .retry_pause = milliseconds{100},
       .longest_pause = seconds{5}},
      // A row that is missing stays missing until the next rebuild, so a locked file is waited for: about ten minutes.
      // It is handed a thousand events at a time, and stands still through a rebuild of the tables.
      {.kind = std::string{kProjection},
       .ack_deadline = seconds{120},
       .max_deliver = 24,
       .retry_pause = milliseconds{50},
       .longest_pause = seconds{30}},
  }};
  return policies;
}

}  // namespace

std::span<const WorkerPolicy> default_policies() { return table(); }

const WorkerPolicy& default_policy(std::string_view kind) {
  const auto found = std::ranges::find(table(), kind, &WorkerPolicy::kind);
  HOLESHOT_CHECK(found != table().end(), "every kind of worker has a policy");
  return *found;
}

const WorkerPolicy& policy_of(std::span<const WorkerPolicy> policies, std::string_view kind) {
  const auto found = std::ranges::find(policies, kind, &WorkerPolicy::kind);
  return found == policies.end() ? default_policy(kind) : *found;
}

milliseconds pause_after(const WorkerPolicy& policy, std::uint32_t failures) {
  milliseconds pause = policy.retry_pause;
  for (std::uint32_t i = 1; i < failures && pause < policy.longest_pause; ++i) pause *= 2;
  return std::min(pause, policy.longest_pause);
}

}  // namespace holeshot::worker
