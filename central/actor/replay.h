// Deriving again: the proof that the stored race events follow from the log and from nothing else. Used by
// `holeshot-central replay --verify`; works on any log, of a running central too.
//
// It begins at the beginning. Where retention has removed that, or this copy of the log begins later, it begins at the
// oldest checkpoint that still has every input after it; what lies before that can be proven no more.
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
  log::Offset from;                // the checkpoint's place; Offset{} = from the beginning
  std::uint64_t from_ordinal = 0;  // events up to here are taken from it
  std::uint64_t removed = 0;       // derived, and their stored ones removed by retention: cannot be compared
  std::uint64_t inputs = 0;        // raw and control events of the track
  std::uint64_t unreadable = 0;    // of those, dead letters
  std::uint64_t derived = 0;
  std::uint64_t stored = 0;
  std::uint64_t difference_count = 0;
  std::vector<Difference> differences;  // the first kMaxDifferences
  [[nodiscard]] bool identical() const { return difference_count == 0; }
  // {"derived":n,"differences":[{"derived","kind","ordinal","stored"}],"identical":b,...}: canonical.
  [[nodiscard]] std::string to_json() const;
};

// Errors are those of reading the log; kMissing where inputs are gone that no checkpoint covers.
[[nodiscard]] base::Result<VerifyReport> verify(log::EventLog& log, const contract::TrackId& track);

// The derivation alone: every race event that can be derived, in order. Events are lent for the call.
[[nodiscard]] base::Status derive(log::EventLog& log, const contract::TrackId& track,
                                  const std::function<void(const race::RaceEvent&)>& sink);

}  // namespace holeshot::actor
