// RaceEngine: the state machine of one track over its log. Pure: no clock, no I/O, no thread. The same inputs
// give the same events, bit for bit, on every machine (docs/race.md has the rules and every payload).
//
//   idle --stage--> staged --gate pulse--> racing --all finished, force_finish, race_timeout--> finished
//   reset leads to idle from anywhere; stage is refused only while racing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "central/race/engine_state.h"
#include "central/race/input.h"
#include "central/race/race_event.h"
#include "central/race/rules.h"
#include "common/base/result.h"
#include "common/contract/ids.h"

namespace holeshot::race {

// What these rules are called in the log: events of other rules, or of other bytes, would carry another name.
inline constexpr std::string_view kEngineClient = "engine";
inline constexpr std::string_view kEngineVersion = "race-v3";

// One owner, one thread. Copies.
class RaceEngine {
 public:
  explicit RaceEngine(contract::TrackId track, Rules rules = {});

  // Applies one log event and appends what follows from it to `out`. `position` is the event's place in the
  // log; what is not beyond last_applied() is ignored (returns false), so feeding twice is harmless. Total:
  // no input can break an engine.
  bool apply(std::uint64_t position, const Input& input, EventList& out);

  [[nodiscard]] std::uint64_t last_applied() const { return state_.last_applied; }
  [[nodiscard]] std::uint64_t ordinal() const { return state_.ordinal; }
  [[nodiscard]] const EngineState& state() const { return state_; }

  // The same state at its place in another copy of the log, where the same input has another offset.
  void move_to(std::uint64_t position) { state_.last_applied = position; }
  // The next event gets ordinal + 1. For whoever goes on after inputs that are lost: the events that they gave
  // are stored, and their numbers are taken.
  void number_after(std::uint64_t ordinal) { state_.ordinal = ordinal; }

  // Payload of `state_snapshot` (contract, section 4). It names neither slot, epoch nor kid: `seams` says where they go.
  [[nodiscard]] std::string state_payload(SnapshotSeams* seams = nullptr) const;

  // Everything, as canonical JSON with a version. An engine restored from it goes on as if it had never
  // stopped.
  [[nodiscard]] std::string snapshot() const;
  // kCorrupt where the text is no snapshot of this version.
  [[nodiscard]] static base::Result<RaceEngine> restore(std::string_view snapshot, Rules rules = {});

 private:
  Rules rules_;
  EngineState state_;
};

}  // namespace holeshot::race
