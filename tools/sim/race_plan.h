// What will happen in one race, all of it decided at the gate: who crosses which loop when. Pure: the same
// seed, race number and riders give the same race, at whatever time its gate drops.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/sim/track.h"

namespace holeshot::sim {

// A decoder says it when the chip has left the loop.
inline constexpr std::uint64_t kIssueDelayMinUs = 10'000;
inline constexpr std::uint64_t kIssueDelayMaxUs = 100'000;

struct PlanOptions {
  std::uint64_t seed = 1;
  double dnf = 0;                 // probability that a rider stops somewhere behind the hill
  double miss = 0;                // probability that a loop does not see a rider
  double double_hit = 0;          // probability that a loop sees a rider twice on one crossing
  double gate_lost = 0;           // probability that the gate pulse does not arrive
  double gate_double = 0;         // probability that it arrives twice
  std::uint64_t rtc_step_us = 1;  // 1,000 for decoders that give whole milliseconds
};

// A crossing and how the decoder saw it.
struct Split {
  std::size_t loop = 0;         // index into kLoops
  std::uint64_t rtc_us = 0;     // when the chip crossed
  std::uint64_t issued_us = 0;  // when the decoder says so: 10 to 100 ms later
  std::uint16_t strength = 0;
  std::uint16_t hits = 0;
};

struct RiderPlan {
  Rider rider;
  unsigned lane = 0;          // from 1
  std::vector<Split> splits;  // those that the decoders report, in order of time
};

struct RacePlan {
  std::uint64_t race = 0;  // from 1
  std::uint64_t gate_rtc_us = 0;
  // The pulses that the hill decoder gets: one, unless it is lost or doubled.
  struct Pulse {
    std::uint64_t rtc_us = 0;
    std::uint64_t issued_us = 0;
  };
  std::vector<Pulse> pulses;
  std::vector<RiderPlan> riders;  // in lane order
};

// Riders stand in lane order. REQUIRES: at most kLanes riders.
[[nodiscard]] RacePlan plan_race(std::uint64_t race, std::uint64_t gate_rtc_us,
                                 const std::vector<Rider>& riders, const PlanOptions& options);

// Riders in the lanes that the draw gives them for this race.
[[nodiscard]] std::vector<Rider> draw_lanes(std::uint64_t race, std::vector<Rider> riders,
                                            std::uint64_t seed);

// How long after its turn the gate drops: the random pause of the start cadence, 0.1 to 2.7 s.
[[nodiscard]] std::uint64_t gate_pause_us(std::uint64_t race, std::uint64_t seed);

// One line of JSON:
// {"race":1,"gate_rtc_us":..,"riders":[{"transponder_id":..,"transponder_string":..,"lane":..,
// "splits":[{"decoder_id":"..","rtc_us":..}]}]}.
[[nodiscard]] std::string to_json(const RacePlan& plan);

}  // namespace holeshot::sim
