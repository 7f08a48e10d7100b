#include "tools/sim/race_plan.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/base/check.h"
#include "common/base/json_text.h"
#include "tools/sim/race_streams.h"

namespace holeshot::sim {

namespace {

// Riders on a track of 350 m with a 5 m hill, in seconds from loop to loop; spreads are of the logarithm, chosen so
// that eight club riders are about 0.5 s apart at the hill and 4 to 8 s at the finish.
struct Section {
  double seconds;
  double spread;  // from one race to the next
};
struct Field {
  std::array<Section, kLoops.size()> sections;
  double skill_spread;  // between riders, the same in every race
};
constexpr Field kClub{{{{2.1, 0.05}, {5.8, 0.02}, {10.4, 0.02}, {20.0, 0.02}}}, 0.05};
// Eight of them are 0.3 s apart at the hill and 2 to 5 s at the finish; novices 1 s and 10 to 25 s.
constexpr Field kElite{{{{1.75, 0.04}, {4.3, 0.015}, {8.8, 0.015}, {18.2, 0.015}}}, 0.03};
constexpr Field kNovice{{{{2.75, 0.08}, {8.8, 0.03}, {16.0, 0.03}, {33.0, 0.03}}}, 0.085};

const Field& field_of(Level level) {
  switch (level) {
    case Level::kClub:
      return kClub;
    case Level::kElite:
      return kElite;
    case Level::kNovice:
      return kNovice;
  }
  return kClub;
}

// A second hit or pulse is a moment later. Riders who stop on a loop were seen again after 2.77 s; a contact
// bounces for longer than the input's hold-off of 40 ms.
constexpr std::uint64_t kSecondHitMinUs = 200'000;
constexpr std::uint64_t kSecondHitMaxUs = 2'800'000;
constexpr std::uint64_t kBounceMinUs = 45'000;
constexpr std::uint64_t kBounceMaxUs = 150'000;

std::uint64_t whole_steps(std::uint64_t us, std::uint64_t step) { return us - us % step; }

// How many loops the rider reaches.
std::size_t loops_reached(Random& random, double dnf) {
  return random.chance(dnf) ? random.between(1, kLoops.size() - 1) : kLoops.size();
}

RiderPlan plan_rider(Random& random, const Rider& rider, std::uint64_t gate_rtc_us,
                     const PlanOptions& options) {
  RiderPlan plan{rider, 0, {}};
  const Field& field = field_of(options.level);
  const double skill = stream(options.seed, Stream::kRider, rider.transponder).spread(field.skill_spread);
  const std::size_t reached = loops_reached(random, options.dnf);
  double seconds = 0;
  for (std::size_t loop = 0; loop < kLoops.size(); ++loop) {
    seconds += field.sections[loop].seconds * skill * random.spread(field.sections[loop].spread);
    Split split;
    split.loop = loop;
    split.rtc_us = whole_steps(gate_rtc_us + static_cast<std::uint64_t>(seconds * 1e6), options.rtc_step_us);
    split.issued_us = split.rtc_us + random.between(kIssueDelayMinUs, kIssueDelayMaxUs);
    split.strength = static_cast<std::uint16_t>(random.between(76, 133));
    split.hits = static_cast<std::uint16_t>(random.between(12, 36));
    // The numbers are drawn for every loop, so that a knob changes nothing for anybody else.
    const bool missed = random.chance(options.miss);
    if (loop >= reached) continue;
    plan.crossed.push_back(split);
    if (!missed) plan.splits.push_back(split);
  }
  return plan;
}

// Streams of their own: who is hit twice changes nothing for anybody else.
void add_second_hits(std::uint64_t race, RiderPlan& plan, const PlanOptions& options) {
  if (options.double_hit <= 0) return;
  Random random = stream(options.seed, Stream::kDouble, race, plan.rider.transponder);
  std::vector<Split> splits;
  for (const Split& split : plan.splits) {
    splits.push_back(split);
    Split again = split;
    again.rtc_us =
        whole_steps(split.rtc_us + random.between(kSecondHitMinUs, kSecondHitMaxUs), options.rtc_step_us);
    again.issued_us = again.rtc_us + random.between(kIssueDelayMinUs, kIssueDelayMaxUs);
    again.hits = static_cast<std::uint16_t>(random.between(2, 6));
    if (random.chance(options.double_hit)) splits.push_back(again);
  }
  plan.splits = std::move(splits);
}

// Who does not start, and whose chip is dead.
void strike_rider(std::uint64_t race, RiderPlan& plan, const PlanOptions& options) {
  const auto struck = [&](Stream what, double probability) {
    return probability > 0 && stream(options.seed, what, race, plan.rider.transponder).chance(probability);
  };
  if (struck(Stream::kStart, options.mistakes.dns)) plan.crossed.clear();
  plan.dead_chip = struck(Stream::kChip, options.mistakes.dead_chip);
  if (plan.crossed.empty() || plan.dead_chip) plan.splits.clear();
}

RiderPlan plan_of(Random& random, std::uint64_t race, std::uint64_t gate_rtc_us, const Rider& rider,
                  const PlanOptions& options) {
  RiderPlan plan = plan_rider(random, rider, gate_rtc_us, options);
  add_second_hits(race, plan, options);
  strike_rider(race, plan, options);
  return plan;
}

void swap_lanes(RacePlan& plan, const PlanOptions& options) {
  if (options.mistakes.wrong_lane <= 0) return;
  Random random = stream(options.seed, Stream::kWrongLane, plan.race);
  for (std::size_t i = 0; i + 1 < plan.riders.size(); ++i) {
    if (!random.chance(options.mistakes.wrong_lane)) continue;
    std::swap(plan.riders[i].rides_in, plan.riders[i + 1].rides_in);
    ++i;
  }
}

// The lowest chip of the first rider's group that nobody in the race has.
Rider latecomer(const std::vector<RiderPlan>& riders) {
  const auto lanes = static_cast<std::uint32_t>(kLanes);
  const std::uint32_t first = riders.front().rider.transponder;
  std::uint32_t chip = first < kFirstTransponder ? first : first - (first - kFirstTransponder) % lanes;
  while (std::ranges::any_of(riders, [chip](const RiderPlan& one) { return one.rider.transponder == chip; }))
    ++chip;
  return rider_with(chip);
}

void add_latecomer(RacePlan& plan, const PlanOptions& options) {
  if (options.mistakes.late_entry <= 0 || plan.riders.empty() || plan.riders.size() >= kLanes) return;
  Random random = stream(options.seed, Stream::kLate, plan.race);
  if (!random.chance(options.mistakes.late_entry)) return;
  RiderPlan late = plan_of(random, plan.race, plan.gate_rtc_us, latecomer(plan.riders), options);
  late.rides_in = static_cast<unsigned>(plan.riders.size()) + 1;
  plan.riders.push_back(std::move(late));
}

// On the way back to the pits, or across the track.
constexpr std::uint64_t kWalkBackMinUs = 5'000'000;
constexpr std::uint64_t kWalkBackMaxUs = 60'000'000;
constexpr std::uint64_t kStrangerMaxUs = 40'000'000;
constexpr std::uint32_t kStrangers = 64;  // from so many groups beyond the race's own

void add_walker(RacePlan& plan, const PlanOptions& options) {
  if (options.mistakes.walker <= 0 || plan.riders.empty()) return;
  Random random = stream(options.seed, Stream::kWalk, plan.race);
  if (!random.chance(options.mistakes.walker)) return;
  const RiderPlan& one = plan.riders[random.between(0, plan.riders.size() - 1)];
  const bool can = !one.dead_chip && one.crossed.size() == kLoops.size();
  Walk walk{.rider = one.rider, .split = {}, .of_this_race = can && random.chance(0.5)};
  std::uint64_t at = plan.gate_rtc_us + random.between(0, kStrangerMaxUs);
  if (walk.of_this_race) {
    at = one.crossed.back().rtc_us + random.between(kWalkBackMinUs, kWalkBackMaxUs);
  } else {
    const auto groups = static_cast<std::uint32_t>(random.between(1, kStrangers));
    walk.rider = rider_with(one.rider.transponder + static_cast<std::uint32_t>(kLanes) * groups);
  }
  walk.split.loop = random.between(0, kLoops.size() - 1);
  walk.split.rtc_us = whole_steps(at, options.rtc_step_us);
  walk.split.issued_us = walk.split.rtc_us + random.between(kIssueDelayMinUs, kIssueDelayMaxUs);
  walk.split.strength = static_cast<std::uint16_t>(random.between(76, 133));
  walk.split.hits = static_cast<std::uint16_t>(random.between(40, 90));  // slow: many
  plan.walks.push_back(walk);
}

void plan_pulses(RacePlan& plan, std::uint64_t delay_us, const PlanOptions& options) {
  Random random = stream(options.seed, Stream::kGate, plan.race);
  const bool lost = random.chance(options.gate_lost);
  const bool doubled = random.chance(options.gate_double);
  const std::uint64_t again =
      whole_steps(plan.gate_rtc_us + random.between(kBounceMinUs, kBounceMaxUs), options.rtc_step_us);
  if (!lost) plan.pulses.push_back({plan.gate_rtc_us, plan.gate_rtc_us + delay_us});
  if (!lost && doubled) plan.pulses.push_back({again, again + delay_us});
}

void write_rider(base::JsonWriter& w, const RiderPlan& plan) {
  w.open_object();
  w.field("transponder_id", std::uint64_t{plan.rider.transponder});
  w.field("transponder_string", plan.rider.label);
  w.field("lane", std::uint64_t{plan.lane});
  w.key("splits");
  w.open_array();
  for (const Split& split : plan.splits) {
    w.open_object();
    w.field("decoder_id", kLoops[split.loop].decoder.str());
    w.field("rtc_us", split.rtc_us);
    w.close_object();
  }
  w.close_array();
  w.close_object();
}

}  // namespace

Rider rider_with(std::uint32_t transponder) {
  const std::string digits = std::to_string(transponder % 100'000);
  return {transponder, "HS-" + std::string(5 - digits.size(), '0') + digits};
}

std::vector<Rider> group_riders(std::uint32_t group, std::size_t count) {
  HOLESHOT_CHECK(count <= kLanes, "a gate has eight lanes");
  std::vector<Rider> riders;
  for (std::uint32_t i = 0; i < count; ++i) {
    riders.push_back(rider_with(kFirstTransponder + group * static_cast<std::uint32_t>(kLanes) + i));
  }
  return riders;
}

RacePlan plan_race(std::uint64_t race, std::uint64_t gate_rtc_us, const std::vector<Rider>& riders,
                   const PlanOptions& options) {
  HOLESHOT_CHECK(riders.size() <= kLanes, "a gate has eight lanes");
  Random random = stream(options.seed, Stream::kRace, race);
  RacePlan plan{race, whole_steps(gate_rtc_us, options.rtc_step_us), {}, {}};
  plan_pulses(plan, random.between(kIssueDelayMinUs, kIssueDelayMaxUs), options);
  for (const Rider& rider : riders) {
    plan.riders.push_back(plan_of(random, race, plan.gate_rtc_us, rider, options));
    plan.riders.back().lane = static_cast<unsigned>(plan.riders.size());
    plan.riders.back().rides_in = plan.riders.back().lane;
  }
  swap_lanes(plan, options);
  add_latecomer(plan, options);
  add_walker(plan, options);
  return plan;
}

std::vector<Rider> draw_lanes(std::uint64_t race, std::vector<Rider> riders, std::uint64_t seed) {
  stream(seed, Stream::kDraw, race).shuffle(riders);
  return riders;
}

std::uint64_t gate_pause_us(std::uint64_t race, std::uint64_t seed) {
  return stream(seed, Stream::kPause, race).between(100'000, 2'700'000);
}

std::uint64_t overlap_us(std::uint64_t race, const PlanOptions& options) {
  // With the pause of the start cadence on either side it stays below 30 s.
  constexpr std::uint64_t kSoonest = 8'000'000;
  constexpr std::uint64_t kLatest = 27'000'000;
  if (options.mistakes.overlap <= 0) return 0;
  Random random = stream(options.seed, Stream::kOverlap, race);
  return random.chance(options.mistakes.overlap) ? random.between(kSoonest, kLatest) : 0;
}

std::string to_json(const RacePlan& plan) {
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
  w.field("race", plan.race);
  w.field("gate_rtc_us", plan.gate_rtc_us);
  w.key("riders");
  w.open_array();
  for (const RiderPlan& rider : plan.riders) {
    if (rider.lane != 0) write_rider(w, rider);
  }
  w.close_array();
  w.close_object();
  return out;
}

}  // namespace holeshot::sim
