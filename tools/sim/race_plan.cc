#include "tools/sim/race_plan.h"

#include <array>

#include "common/base/check.h"
#include "common/base/json_text.h"
#include "tools/sim/random.h"

namespace holeshot::sim {

namespace {

// Club riders on a track of 350 m with a 5 m hill, in seconds from loop to loop; spreads are of the
// logarithm, chosen so that eight riders are about 0.5 s apart at the hill and 4 to 8 s at the finish.
struct Section {
  double seconds;
  double spread;  // from one race to the next
};
constexpr std::array<Section, kLoops.size()> kSections{
    {{2.1, 0.05}, {5.8, 0.02}, {10.4, 0.02}, {20.0, 0.02}}};
constexpr double kSkillSpread = 0.05;  // between riders, the same in every race

// Streams of random numbers that do not disturb each other.
enum class Stream : std::uint64_t { kRace = 1, kRider, kLanes, kPause, kDouble, kGate };
Random stream(std::uint64_t seed, Stream what, std::uint64_t index) {
  Random mixed(seed * 0x9E3779B97F4A7C15ULL + static_cast<std::uint64_t>(what));
  return Random(mixed.next() ^ (index * 0xD1B54A32D192ED03ULL));
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
  const double skill = stream(options.seed, Stream::kRider, rider.transponder).spread(kSkillSpread);
  const std::size_t reached = loops_reached(random, options.dnf);
  double seconds = 0;
  for (std::size_t loop = 0; loop < kLoops.size(); ++loop) {
    seconds += kSections[loop].seconds * skill * random.spread(kSections[loop].spread);
    Split split;
    split.loop = loop;
    split.rtc_us = whole_steps(gate_rtc_us + static_cast<std::uint64_t>(seconds * 1e6), options.rtc_step_us);
    split.issued_us = split.rtc_us + random.between(kIssueDelayMinUs, kIssueDelayMaxUs);
    split.strength = static_cast<std::uint16_t>(random.between(76, 133));
    split.hits = static_cast<std::uint16_t>(random.between(12, 36));
    // The numbers are drawn for every loop, so that a knob changes nothing for anybody else.
    const bool missed = random.chance(options.miss);
    if (loop < reached && !missed) plan.splits.push_back(split);
  }
  return plan;
}

// Streams of their own: who is hit twice changes nothing for anybody else.
void add_second_hits(std::uint64_t race, RiderPlan& plan, const PlanOptions& options) {
  if (options.double_hit <= 0) return;
  Random random = stream(options.seed, Stream::kDouble, race * 0x100000000ULL + plan.rider.transponder);
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
    plan.riders.push_back(plan_rider(random, rider, plan.gate_rtc_us, options));
    add_second_hits(race, plan.riders.back(), options);
    plan.riders.back().lane = static_cast<unsigned>(plan.riders.size());
  }
  return plan;
}

std::vector<Rider> draw_lanes(std::uint64_t race, std::vector<Rider> riders, std::uint64_t seed) {
  stream(seed, Stream::kLanes, race).shuffle(riders);
  return riders;
}

std::uint64_t gate_pause_us(std::uint64_t race, std::uint64_t seed) {
  return stream(seed, Stream::kPause, race).between(100'000, 2'700'000);
}

std::string to_json(const RacePlan& plan) {
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
  w.field("race", plan.race);
  w.field("gate_rtc_us", plan.gate_rtc_us);
  w.key("riders");
  w.open_array();
  for (const RiderPlan& rider : plan.riders) write_rider(w, rider);
  w.close_array();
  w.close_object();
  return out;
}

}  // namespace holeshot::sim
