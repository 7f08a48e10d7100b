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

// Whose times they are, for a lap: elite men 30 to 36 s, club riders 36 to 45, novices of 7 to 9 years 48 to 75.
enum class Level : std::uint8_t { kClub, kElite, kNovice };

// What people and chips do wrong, as probabilities. What really happened is in race_truth.h.
struct Mistakes {
  double dns = 0;         // a rider on the sheet does not start
  double dead_chip = 0;   // no loop sees a rider in this race, who rides it all the same
  double wrong_lane = 0;  // two neighbours stand in each other's lanes
  double late_entry =
      0;  // somebody who is not on the sheet rides in the lane behind the last; never with eight riders
  double walker =
      0;  // somebody walks over a loop: one of this race after the finish, or a stranger during it
  double overlap = 0;  // the next gate drops within 30 s, so that two races are on the track
};

struct PlanOptions {
  std::uint64_t seed = 1;
  double dnf = 0;                 // probability that a rider stops somewhere behind the hill
  double miss = 0;                // probability that a loop does not see a rider
  double double_hit = 0;          // probability that a loop sees a rider twice on one crossing
  double gate_lost = 0;           // probability that the gate pulse does not arrive
  double gate_double = 0;         // probability that it arrives twice
  std::uint64_t rtc_step_us = 1;  // 1,000 for decoders that give whole milliseconds
  Level level = Level::kClub;
  Mistakes mistakes = {};
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
  unsigned lane = 0;          // on the sheet, from 1; 0: not on it, a late entry
  std::vector<Split> splits;  // those that the decoders report, in order of time
  // What really happened, whatever the decoders report.
  unsigned rides_in = 0;            // lane, from 1
  std::vector<Split> crossed = {};  // every loop that the rider crossed on the way to the finish, in order
  bool dead_chip = false;
};

// Somebody on foot, over a loop.
struct Walk {
  Rider rider;
  Split split;
  bool of_this_race = false;
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
  std::vector<RiderPlan> riders;  // in lane order of the sheet; a late entry last
  std::vector<Walk> walks = {};
};

// Riders stand in lane order. REQUIRES: at most kLanes riders.
[[nodiscard]] RacePlan plan_race(std::uint64_t race, std::uint64_t gate_rtc_us,
                                 const std::vector<Rider>& riders, const PlanOptions& options);

// Riders in the lanes that the draw gives them for this race.
[[nodiscard]] std::vector<Rider> draw_lanes(std::uint64_t race, std::vector<Rider> riders,
                                            std::uint64_t seed);

// How long after its turn the gate drops: the random pause of the start cadence, 0.1 to 2.7 s.
[[nodiscard]] std::uint64_t gate_pause_us(std::uint64_t race, std::uint64_t seed);

// Whether the gate after this race drops before its riders are home, and when: so long after this one's turn. 0: no.
[[nodiscard]] std::uint64_t overlap_us(std::uint64_t race, const PlanOptions& options);

// One line of JSON, the sheet and what the decoders will report of those on it:
// {"race":1,"gate_rtc_us":..,"riders":[{"transponder_id":..,"transponder_string":..,"lane":..,
// "splits":[{"decoder_id":"..","rtc_us":..}]}]}.
[[nodiscard]] std::string to_json(const RacePlan& plan);

}  // namespace holeshot::sim
