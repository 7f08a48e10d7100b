// Deriving again: the proof that the stored race events follow from the log and from nothing else. Used by
// `holeshot-central replay --verify`; works on any log, of a running central too.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "central/log/event_log.h"
#include "central/race/race_event.h"
#include "common/base/result.h"
#include "common/contract/ids.h"

namespace holeshot::actor {

// Differences beyond this many are counted, not kept.
inline constexpr std::size_t kMaxDifferences = 100;

struct Difference {
  enum class Kind : std::uint8_t {
    kMissing,  // derived, not stored: a central that was stopped in between, or one that is still at work
    kExtra,    // stored, not derived
    kDiffers,  // both, with other bytes
  };
  Kind kind = Kind::kDiffers;
  std::uint64_t ordinal = 0;
  std::string derived;  // event JSON; empty for kExtra
  std::string stored;   // event JSON; empty for kMissing
};
[[nodiscard]] std::string_view to_string(Difference::Kind kind);

struct VerifyReport {
  std::uint64_t inputs = 0;      // raw and control events of the track
  std::uint64_t unreadable = 0;  // of those, dead letters
  std::uint64_t derived = 0;
  std::uint64_t stored = 0;
  std::uint64_t difference_count = 0;
  std::vector<Difference> differences;  // the first kMaxDifferences
  [[nodiscard]] bool identical() const { return difference_count == 0; }
  // {"derived":n,"differences":[{"derived","kind","ordinal","stored"}],"identical":b,...}: canonical.
  [[nodiscard]] std::string to_json() const;
};

// Errors are those of reading the log.
[[nodiscard]] base::Result<VerifyReport> verify(log::EventLog& log, const contract::TrackId& track);

// The derivation alone: every race event of the track, in order. Events are lent for the call.
[[nodiscard]] base::Status derive(log::EventLog& log, const contract::TrackId& track,
                                  const std::function<void(const race::RaceEvent&)>& sink);

}  // namespace holeshot::actor
