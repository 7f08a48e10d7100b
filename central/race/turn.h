// Turn: what the rules do with one input. For the engine only; it lives for one apply().
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "central/race/engine_state.h"
#include "central/race/matching.h"
#include "central/race/payloads.h"
#include "central/race/race_event.h"

namespace holeshot::race {

class Turn {
 public:
  Turn(EngineState& state, const Rules& rules, const Input& input, EventList& out)
      : state_(state), rules_(rules), input_(input), out_(out) {}

  void take(const Passing& passing);
  void take(const Intent& intent);
  void take(const ClockReading& reading) { state_.clocks.read(reading); }

 private:
  // intents (turn_intents.cc): each changes the state and emits, or says why not
  Refusal perform(const Intent& intent);
  Refusal end_race(const Intent& intent);

  // notices and practice (turn_notices.cc)
  Refusal raise_alert(const Intent& intent);
  Refusal clear_alert(const Intent& intent);
  Refusal practice(const Intent& intent);
  Refusal undo_notice(std::size_t action);
  void note_notice(const Intent& intent);
  void say_alert(const std::string& id);

  // what stands on the track (turn_track.cc)
  Refusal stage(const Intent& intent);
  Refusal reset(const Intent& intent);
  Refusal rerun(const Intent& intent);
  Refusal put_on(const Intent& intent, Race race);
  void retire(std::list<Race>::iterator race, const std::string& by, bool off);
  void note_track_action(const Intent& intent, std::string moto_id);
  [[nodiscard]] Refusal no_room_for(std::string_view moto_id) const;

  // rulings (turn_rulings.cc)
  Refusal rule(const Intent& intent);
  Refusal refusal_of_ruling(const Intent& intent, const Race& race) const;
  Refusal assign_passing(const Intent& intent);
  Refusal gate_by_hand(const Intent& intent);
  Race* race_meant(const Intent& intent, Refusal& refusal);
  void act(Race& race, Intent intent, bool keeps_finished);

  // undo (turn_undo.cc)
  Refusal undo(const Intent& intent);
  Refusal undo_ruling(const Intent& intent, Race& race, std::size_t action);
  Refusal undo_pin(const Intent& intent, std::size_t pin);
  Refusal undo_track_action(const Intent& intent, std::size_t action);
  std::vector<Race*> bring_back(const std::string& event_id);
  void say_from_the_start(Race& race);
  void say_ruling(const Intent& said, const Intent& by, const Race& race, bool undone);

  // gates (turn_gates.cc)
  void gate_pulse(const Passing& passing, Meaning meaning);
  bool is_shared(const Passing& passing);
  bool corrects_estimate(const Passing& passing);
  void drop_gate(Race& race, const Gate& gate);
  void start_from_hill();
  void settle_estimate(Race& race);
  [[nodiscard]] std::optional<Meaning> meaning_of(const Passing& passing) const;
  [[nodiscard]] Race* staged();

  // passings (turn_passings.cc)
  void count(const Passing& passing, std::uint64_t seq, const Place& place);
  bool keep_loose(const Passing& passing, std::uint64_t seq);
  void say_loose(const Passing& passing, const Place& place);
  void practise(const Passing& passing);
  void flag(std::string_view type, std::string_view reason, std::string_view detail, const Passing& passing,
            const Race* race = nullptr, std::string_view rider_id = {});

  // what follows (turn_follow.cc): puts every passing where it belongs now, and says what is different
  void follow();
  void decide_all();
  void replace(std::vector<LoosePassing> passings);
  void announce_all();
  // `rider`: since it was announced last nobody else's passings have changed.
  void announce(Race& race, std::optional<std::size_t> rider = std::nullopt);
  void announce_phase(Race& race, const View& now);
  void announce_riders(Race& race, const View& now);
  void announce_splits(Race& race, std::size_t from, std::size_t to);
  void announce_finishes(Race& race, const View& now);
  void announce_result(Race& race, const View& now);
  void propose(const Race& race, const View& now);

  // One more event. Whom it concerns and its payload are the caller's to set; both may hold another event's.
  RaceEvent& add_event(std::string_view type, const Race* race);
  // The payload of one more event, empty: of one rider, or of all riders of the race.
  std::string& say_of(std::string_view type, const Race& race, std::size_t rider);
  std::string& say_to_all(std::string_view type, const Race& race);
  void emit(std::string_view type, std::string payload, const Race* race, std::string_view rider_id);
  void emit_all(std::string_view type, std::string payload, const Race& race);

  EngineState& state_;
  const Rules& rules_;
  const Input& input_;
  EventList& out_;
  const Place* placed_ = nullptr;  // of the passing at hand: what a split says of its decision
};

}  // namespace holeshot::race
