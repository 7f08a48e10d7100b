// WorkerPolicy: how patient a consumer of the log is (docs/workers.md). One table of kinds, with the reasons; central's
// settings may change the numbers.
//
// An event whose handling fails for a reason that may pass is tried again, with a pause that doubles, until it has had
// max_deliver tries; then it goes to the dead letters of its kind and the worker goes on. What can never be read goes
// there at once. Where the log or the worker's own store cannot take anything, no event is at fault: the worker waits.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace holeshot::worker {

inline constexpr std::string_view kRace = "race";              // race engines, one worker per track
inline constexpr std::string_view kProjection = "projection";  // the read model

// Value type.
struct WorkerPolicy {
  std::string kind;  // the last token of timing.dlq.v1.<kind>
  // A worker that holds one event for longer is stuck: counted, said, shown by /ready.
  std::chrono::milliseconds ack_deadline{0};
  // Tries of one event, the first one included. At least 1.
  std::uint32_t max_deliver = 1;
  // After the first failure; each further one doubles it up to the longest.
  std::chrono::milliseconds retry_pause{0};
  std::chrono::milliseconds longest_pause{0};
};

[[nodiscard]] std::span<const WorkerPolicy> default_policies();
// REQUIRES: a kind of the table.
[[nodiscard]] const WorkerPolicy& default_policy(std::string_view kind);
// The one of this kind in `policies`, or else the default.
[[nodiscard]] const WorkerPolicy& policy_of(std::span<const WorkerPolicy> policies, std::string_view kind);

// The pause after this many failures of one event, from 1.
[[nodiscard]] std::chrono::milliseconds pause_after(const WorkerPolicy& policy, std::uint32_t failures);

}  // namespace holeshot::worker
