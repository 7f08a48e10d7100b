// EngineState: all that a race engine remembers. Plain data: RaceEngine owns it, Turn changes it, payloads and the
// snapshot codec read it.
#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "central/race/clocks.h"
#include "central/race/practice.h"
#include "central/race/race.h"
#include "common/contract/ids.h"

namespace holeshot::race {

struct Alert {
  std::string level;
  std::string text;
  bool operator==(const Alert&) const = default;
};

// A gate pulse that was here, to know it when it is sent again.
struct GatePulse {
  PassingId id;
  std::uint64_t captured_at_us = 0;
  bool operator==(const GatePulse&) const = default;
};

// A passing that no moto counts, kept: an official may find out whose it is.
struct LoosePassing {
  Passing passing;
  std::uint64_t seq = 0;
};

// An official's word on whose a passing is; the last one on a passing counts.
struct Pin {
  Intent intent;  // assign_passing
  std::uint64_t order = 0;
  std::uint64_t run = 0;  // of intent.moto_id
  // Motos that were over when it was said: losing a finish does not run them again.
  std::vector<std::pair<std::string, std::uint64_t>> keeps_finished;
};

// A moto that was put on the track, taken off it, or is raced again; races name the intent in `retired_by`.
struct TrackAction {
  Intent intent;  // stage (without what it carried), reset or rerun
  std::uint64_t order = 0;
  std::string moto_id;  // put on the track by it; empty = none
};

// An alert that was raised or cleared, or practice begun or ended, and what stood before: taking it back brings that back.
struct NoticeAction {
  Intent intent;  // without what it carried
  std::uint64_t order = 0;
  std::optional<Alert> alert;             // of intent.alert_id, before; empty = none was up
  std::optional<PracticeSetup> practice;  // before; empty: the action is about an alert

  [[nodiscard]] bool is_about_the_same_as(const NoticeAction& other) const {
    return practice.has_value() == other.practice.has_value() && intent.alert_id == other.intent.alert_id;
  }
};

struct EngineState {
  contract::TrackId track;
  std::uint64_t last_applied = 0;   // position of the last input
  std::uint64_t ordinal = 0;        // of the last event
  std::uint64_t passings_seen = 0;  // of riders, copies included
  std::list<Race> motos;            // on the track: one that is staged first, then the newest gate first
  std::list<Race> past;             // off it; the latest first
  std::vector<LoosePassing> loose;
  std::vector<Pin> pins;
  std::deque<TrackAction> track_actions;
  std::deque<NoticeAction> notice_actions;
  std::map<std::string, Alert> alerts;  // by id
  std::deque<GatePulse> gate_pulses;    // the latest kMaxGatePulses, oldest first
  ClockBook clocks;
  Practice practice;

  // Of the first moto on the track; kIdle, an empty moto and no gate without one.
  [[nodiscard]] Phase phase() const { return motos.empty() ? Phase::kIdle : motos.front().phase(); }
  [[nodiscard]] const Moto& moto() const;
  // For the next action: beyond that of every action that stands, so one that was taken back leaves no number behind.
  [[nodiscard]] std::uint64_t next_order() const;
};

// Where a snapshot's payload has room for what only its sender knows: offsets into the text, each before a comma and in
// the order of the keys, so that `,"epoch":7` put in there leaves it canonical.
struct SnapshotSeams {
  struct Moto {
    std::size_t epoch = 0;
    std::size_t kid = 0;
    std::size_t slot = 0;
  };
  Moto top;
  std::vector<Moto> motos;  // one per entry of motos[]
};

}  // namespace holeshot::race
