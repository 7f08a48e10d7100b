// Turn: what the rules do with one input. For the engine only; it lives for one apply().
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "central/race/engine_state.h"
#include "central/race/payloads.h"
#include "central/race/race_event.h"

namespace holeshot::race {

class Turn {
 public:
  Turn(EngineState& state, const Rules& rules, const Input& input, std::vector<RaceEvent>& out)
      : state_(state), rules_(rules), input_(input), out_(out) {}

  void take(const Passing& passing);
  void take(const Intent& intent);

 private:
  // intents (turn_intents.cc): each changes the state and emits, or says why not
  Refusal perform(const Intent& intent);
  Refusal stage(const Intent& intent);
  Refusal reset();
  Refusal end_race(const Intent& intent, FinishCause cause);
  Refusal raise_alert(const Intent& intent);
  Refusal clear_alert(const Intent& intent);

  // passings (turn_passings.cc)
  void gate_pulse(const Passing& passing);
  void drop_gate(const Passing& passing);
  void ride(const Passing& passing, std::size_t rider);
  void count(const Passing& passing, std::size_t rider, std::uint64_t elapsed_us);
  void announce(std::size_t rider, const std::vector<Standing>& before, const HitOutcome& outcome);
  void announce_finish(const std::vector<Standing>& before, const std::vector<Standing>& now);
  void finish_race(FinishCause cause, bool corrected);
  void flag(std::string_view type, std::string_view reason, std::string_view detail, const Passing& passing,
            std::string_view rider_id = {});
  [[nodiscard]] bool is_gate(const Passing& passing) const;

  void emit(std::string_view type, std::string payload, std::vector<std::string> riders);
  [[nodiscard]] std::vector<std::string> all_riders() const;
  [[nodiscard]] bool idle() const { return state_.phase == Phase::kIdle; }

  EngineState& state_;
  const Rules& rules_;
  const Input& input_;
  std::vector<RaceEvent>& out_;
};

// Microseconds from the gate to the passing by decoder time: UTC where both have it, else the decoders' own
// clocks. nullopt: before the gate.
[[nodiscard]] std::optional<std::uint64_t> elapsed_since(const Gate& gate, const Passing& passing);

}  // namespace holeshot::race
