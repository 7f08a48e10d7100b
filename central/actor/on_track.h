// OnTrack: what is known of the motos on a track beside the race itself: the slot of each, and when by central's clock its
// gate dropped. Neither is in the log: a start gives slots anew, and viewers begin with its snapshot. Belongs to one track
// and its turn.
//
// The gate's moment. A gateway stamps what it read with its own clock and, where it knows, how far central's is from
// that (`capture.central_offset_us`): their sum is the moment, however late the record came. Where that is not known, the
// gateway's time is taken as it is while it is not after the append and not long before it; else that of the append. A
// start that finds a race running has the gateway's time alone. Whatever it says, nobody is shown before a loop that was
// crossed already (central/app/tick_source.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "central/actor/race_sink.h"
#include "central/log/event_log.h"
#include "central/race/engine_state.h"

namespace holeshot::actor {

class OnTrack {
 public:
  // After the input of `event` dropped a gate, or moved one.
  void note_gates(const race::EngineState& state, const log::Event& event);

  // The motos as they stand, in the state's order. Copies what ticks need, so it is called once an input.
  [[nodiscard]] std::vector<MotoOnTrack> motos(const race::EngineState& state);

 private:
  struct Place {
    std::string moto_id;
    std::uint8_t slot = 0;
    std::optional<race::Gate> gate;
    std::int64_t gate_us = 0;
  };
  void seat(const race::EngineState& state);
  [[nodiscard]] Place* place_of(const std::string& moto_id);

  std::vector<Place> places_;
};

// The moment of the gate by central's clock, told by the event that dropped it.
[[nodiscard]] std::int64_t gate_moment(const race::Gate& gate, const log::Event& event);

}  // namespace holeshot::actor
