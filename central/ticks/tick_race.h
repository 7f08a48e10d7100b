// TickRace: what ticks need of a race, copied out of it, so that whoever makes ticks shares nothing with the engine that
// owns the race. Immutable once made: may be shared between threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "central/race/progress.h"
#include "central/race/race.h"
#include "central/ticks/tick.h"

namespace holeshot::ticks {

struct TickRider {
  std::string rider_id;
  std::uint8_t lane = 0;
  std::uint8_t rank = 0;                             // of the result or the order by loops; 0: none
  LaneStatus status = LaneStatus::kRacing;           // as it is known now
  std::vector<std::optional<std::uint64_t>> splits;  // us since the gate, one per point of the course
  bool operator==(const TickRider&) const = default;
};

struct TickRace {
  std::string moto_id;
  std::uint64_t run = 1;  // attempt
  std::uint8_t slot = 0;
  race::Course course;
  std::vector<TickRider> riders;  // by lane, ascending
};

// nullopt before the gate: nobody moves.
[[nodiscard]] std::optional<TickRace> tick_race_of(const race::Race& race, std::uint8_t slot);

// Every lane `t_us` after the gate. Before a rider's finish the rider is RACING, whatever is known since. Those under way
// are ranked by distance among the places that they hold together. Who is out stands at the last loop crossed.
[[nodiscard]] std::vector<Lane> lanes_at(const TickRace& race, std::uint64_t t_us);

}  // namespace holeshot::ticks
