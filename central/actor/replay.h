// Deriving again: the proof that the stored race events follow from the log and from nothing else. Used by
// `holeshot-central replay --verify`; works on any log, of a running central too.
//
// It begins at the beginning, or where that is asked for at the newest checkpoint up to a place in the log. Where
// retention has removed the beginning, or this copy of the log begins later, it begins at the oldest checkpoint that
// still has every input after it; what lies before that can be proven no more. Checkpoints on the way are compared too.
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
    kMissing,     // derived, not stored: a central that was stopped in between, or one that is still at work
    kExtra,       // stored, not derived
    kDiffers,     // both, with other bytes
    kMisplaced,   // stored behind an event that follows it
    kCheckpoint,  // a stored checkpoint is not the state that is derived there
  };
  Kind kind = Kind::kDiffers;
  std::uint64_t ordinal = 0;  // of the event; of a checkpoint, of the last event before it
  std::string derived;        // JSON; empty for kExtra and kMisplaced
  std::string stored;         // JSON; empty for kMissing
};
[[nodiscard]] std::string_view to_string(Difference::Kind kind);

// Stored events that another version of the rules made: what they were then, and nothing that is compared.
struct OtherRules {
  std::string name;  // client and boot: "engine race-v1"
  std::uint64_t events = 0;
  bool operator==(const OtherRules&) const = default;
};

struct VerifyReport {
  log::Offset from;                // the checkpoint's place; Offset{} = from the beginning
  std::uint64_t from_ordinal = 0;  // events up to here are taken from it
  std::uint64_t removed = 0;       // derived, and their stored ones removed by retention: cannot be compared
  std::uint64_t inputs = 0;        // raw and control events of the track
  std::uint64_t unreadable = 0;    // of those, dead letters
  std::uint64_t derived = 0;
  std::uint64_t stored = 0;
  std::uint64_t missing_at_end = 0;  // of the differences: the last so many, after everything that is stored
  std::uint64_t checkpoints = 0;     // compared
  std::vector<OtherRules> others;    // in the order of their first event
  std::uint64_t difference_count = 0;
  std::vector<Difference> differences;  // the first kMaxDifferences
  // Nothing that is stored is of these rules, though other rules have written: no central of this version has run on
  // the log yet, and there is nothing to compare.
  [[nodiscard]] bool only_other_rules() const { return stored == 0 && !others.empty(); }
  [[nodiscard]] bool identical() const { return difference_count == 0; }
  // {"derived":n,"differences":[{"derived","kind","ordinal","stored"}],"identical":b,...}: canonical.
  [[nodiscard]] std::string to_json() const;
};

struct ReplayOptions {
  log::Offset from;  // begin at the newest checkpoint up to here; Offset{}: at the beginning
  std::function<void(log::Offset)> told;  // how far it has come; may be empty
};

// Errors are those of reading the log; kMissing where inputs are gone that no checkpoint covers, or where the log has
// nothing of this track.
[[nodiscard]] base::Result<VerifyReport> verify(log::EventLog& log, const contract::TrackId& track,
                                                const ReplayOptions& options = {});

// The derivation alone: every race event that can be derived, in order. Events are lent for the call.
[[nodiscard]] base::Status derive(log::EventLog& log, const contract::TrackId& track,
                                  const std::function<void(const race::RaceEvent&)>& sink,
                                  const ReplayOptions& options = {});

}  // namespace holeshot::actor
