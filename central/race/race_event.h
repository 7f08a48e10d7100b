// RaceEvent: what the engine says happened. Derived from the log alone, so the same log gives the same
// events, ids and bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/json_text.h"
#include "common/contract/ids.h"

namespace holeshot::race {

// event_type of an event; the first group is the contract's (section 4), the second ours.
namespace event_type {
inline constexpr std::string_view kRaceStaged = "race_staged";
inline constexpr std::string_view kGateDrop = "gate_drop";
inline constexpr std::string_view kSplitTime = "split_time";
inline constexpr std::string_view kPositionsUpdate = "positions_update";
inline constexpr std::string_view kRiderFinished = "rider_finished";
inline constexpr std::string_view kRaceFinished = "race_finished";
inline constexpr std::string_view kRaceReset = "race_reset";
inline constexpr std::string_view kAlert = "alert";
inline constexpr std::string_view kAlertCleared = "alert_cleared";

inline constexpr std::string_view kRaceRerun =
    "race_rerun";  // the moto is staged again; its old results stay
inline constexpr std::string_view kRedFlag = "red_flag";
inline constexpr std::string_view kAllClear = "all_clear";
inline constexpr std::string_view kProposal =
    "proposal";                                        // what the rules would say, for an official to decide
inline constexpr std::string_view kRuling = "ruling";  // what an official decided, or took back
inline constexpr std::string_view kPracticeLap = "practice_lap";
inline constexpr std::string_view kPracticeSplit = "practice_split";
inline constexpr std::string_view kIntentResult = "intent_result";
inline constexpr std::string_view kPassingUnmatched = "passing_unmatched";  // belongs to no rider of the moto
inline constexpr std::string_view kPassingFlagged = "passing_flagged";      // known, but counts for nothing
}  // namespace event_type

// Value type.
struct RaceEvent {
  std::string event_id;         // contract::derived_id(source, ordinal)
  std::string_view event_type;  // one of the names above, which live for ever
  contract::TrackId track_id;
  std::string moto_id;    // of all these, empty = none
  std::string event_ref;  // the race day
  std::string class_id;
  std::vector<std::string> riders;  // whom it concerns, for filters
  std::uint64_t ts_us = 0;          // of the source
  std::string source;               // idempotency key of the log event that caused it
  std::uint64_t ordinal = 0;        // dense in the engine's whole life, from 1
  std::string payload;              // canonical JSON object; carries event_type again
  bool operator==(const RaceEvent&) const = default;
};

// Events in the order in which they were said. Those that are let go leave their memory to those that come, so a list that
// is cleared before every input soon allocates nothing. One owner, one thread. Copies.
class EventList {
 public:
  // One more at the end; valid until the next one. It may hold what another event held: every field is to be set.
  RaceEvent& add() {
    if (size_ == kept_.size()) kept_.emplace_back();
    return kept_[size_++];
  }
  void clear() { size_ = 0; }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] const RaceEvent* begin() const { return kept_.data(); }
  [[nodiscard]] const RaceEvent* end() const { return kept_.data() + size_; }
  [[nodiscard]] const RaceEvent& operator[](std::size_t i) const { return kept_[i]; }
  [[nodiscard]] const RaceEvent& front() const { return kept_.front(); }  // REQUIRES: !empty()
  [[nodiscard]] const RaceEvent& back() const { return kept_[size_ - 1]; }

 private:
  std::vector<RaceEvent> kept_;
  std::size_t size_ = 0;  // of these are said; the rest is memory
};

// As the log's events subject keeps it: canonical JSON.
[[nodiscard]] std::string to_json(const RaceEvent& event);

// The largest that every reader of JSON takes for what it is.
inline constexpr std::uint64_t kMaxSafeInteger = (std::uint64_t{1} << 53) - 1;

// A number as the contract writes it: beyond 2^53-1 as a text of digits.
void write_number(base::JsonWriter& w, std::string_view name, std::uint64_t value);
// null where empty.
void write_text_or_null(base::JsonWriter& w, std::string_view name, std::string_view text);

}  // namespace holeshot::race
