#include "central/log/streams.h"

#include <algorithm>

#include "common/contract/subjects.h"

namespace holeshot::log {

namespace {

constexpr std::chrono::hours kDay{24};
constexpr std::uint64_t kGigabyte = 1'000'000'000;
// Checkpoints are made hourly at most: more hours of racing than raw's week has.
constexpr std::uint64_t kCheckpointsPerTrack = 64;

std::string each(std::string_view prefix) { return std::string{prefix} + "*"; }

// The token before the next dot; `rest` is what follows it.
std::string_view take_token(std::string_view& rest) {
  const auto dot = rest.find('.');
  const std::string_view token = rest.substr(0, dot);
  rest = dot == std::string_view::npos ? std::string_view{} : rest.substr(dot + 1);
  return token;
}

}  // namespace

std::vector<StreamRule> default_streams() {
  return {
      {"timing_ingest_raw_v1",
       {each(contract::kRawPrefix), each(contract::kControlPrefix)},
       7 * kDay,
       100 * kGigabyte,
       0},
      {"timing_race_events_v1", {each(contract::kEventsPrefix)}, 30 * kDay, 50 * kGigabyte, 0},
      {"timing_race_snapshot_v1", {each(contract::kSnapshotPrefix) + ".*"}, kDay, 0, 1},
      {"timing_race_checkpoint_v1", {each(contract::kCheckpointPrefix)}, {}, 0, kCheckpointsPerTrack},
      {"timing_dlq_v1", {each(contract::kDlqPrefix)}, 14 * kDay, 10 * kGigabyte, 0},
      {"timing_registry_v1", {std::string{contract::kRegistrySubject}}, {}, 0, 0},
  };
}

bool matches(std::string_view pattern, std::string_view subject) {
  if (std::ranges::count(pattern, '.') != std::ranges::count(subject, '.')) return false;
  while (!pattern.empty() || !subject.empty()) {
    const std::string_view want = take_token(pattern);
    const std::string_view have = take_token(subject);
    if (have.empty() || (want != "*" && want != have)) return false;
  }
  return true;
}

const StreamRule* stream_of(std::span<const StreamRule> streams, std::string_view subject) {
  for (const StreamRule& stream : streams) {
    for (const std::string& pattern : stream.subjects) {
      if (matches(pattern, subject)) return &stream;
    }
  }
  return nullptr;
}

}  // namespace holeshot::log
