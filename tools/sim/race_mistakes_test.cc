// What people and chips do wrong, and what is said of it to those who have to check results.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "tools/sim/race_plan.h"
#include "tools/sim/race_source.h"
#include "tools/sim/race_truth.h"

namespace holeshot::sim {
namespace {

using Json = nlohmann::json;
constexpr std::uint64_t kGate = 1'761'800'000'000'000;
constexpr std::uint64_t kRaces = 400;

RacePlan race(std::uint64_t number, const PlanOptions& options = {}, std::size_t riders = kLanes) {
  return plan_race(number, kGate, group_riders(0, riders), options);
}
// In how many of 400 races something holds.
int races_with(const PlanOptions& options, const std::function<bool(const RacePlan&)>& holds,
               std::size_t riders = kLanes) {
  int count = 0;
  for (std::uint64_t number = 1; number <= kRaces; ++number)
    count += holds(race(number, options, riders)) ? 1 : 0;
  return count;
}
// Of those riders of 400 races.
int riders_with(const PlanOptions& options, const std::function<bool(const RiderPlan&)>& holds) {
  int count = 0;
  (void)races_with(options, [&](const RacePlan& plan) {
    count += static_cast<int>(std::ranges::count_if(plan.riders, holds));
    return false;
  });
  return count;
}

TEST(SimMistakes, ARiderWhoDoesNotStartCrossesNothing) {
  const int idle = riders_with({.mistakes = {.dns = 0.1}}, [](const RiderPlan& rider) {
    return rider.crossed.empty() && rider.splits.empty();
  });
  EXPECT_NEAR(idle, 320, 60);
}

TEST(SimMistakes, ADeadChipIsSilentAndItsRiderRides) {
  const int dead = riders_with({.mistakes = {.dead_chip = 0.1}}, [](const RiderPlan& rider) {
    return rider.dead_chip && rider.splits.empty() && rider.crossed.size() == kLoops.size();
  });
  EXPECT_NEAR(dead, 320, 60);
}

TEST(SimMistakes, NeighboursStandInEachOthersLanes) {
  const int races = races_with({.mistakes = {.wrong_lane = 0.05}}, [](const RacePlan& plan) {
    std::vector<unsigned> lanes;
    bool wrong = false;
    for (const auto& rider : plan.riders) {
      lanes.push_back(rider.rides_in);
      wrong = wrong || rider.rides_in != rider.lane;
      EXPECT_LE(std::max(rider.rides_in, rider.lane) - std::min(rider.rides_in, rider.lane), 1U);
    }
    std::ranges::sort(lanes);
    for (std::size_t i = 0; i < lanes.size(); ++i) EXPECT_EQ(lanes[i], i + 1);  // everybody has one
    return wrong;
  });
  EXPECT_NEAR(races, 120, 40);
}

TEST(SimMistakes, ALateEntryRidesAndIsNotOnTheSheet) {
  const PlanOptions options{.mistakes = {.late_entry = 0.25}};
  const int races = races_with(
      options,
      [](const RacePlan& plan) {
        if (plan.riders.size() == 5) return false;
        const RiderPlan& late = plan.riders.back();
        EXPECT_EQ(late.lane, 0U);
        EXPECT_EQ(late.rides_in, 6U);
        EXPECT_EQ(late.rider.transponder, 7'000'006U);
        EXPECT_EQ(late.splits.size(), kLoops.size());
        EXPECT_EQ(Json::parse(to_json(plan))["riders"].size(), 5U);
        EXPECT_EQ(Json::parse(truth_of(plan))["riders"].size(), 6U);
        return true;
      },
      5);
  EXPECT_NEAR(races, 100, 30);
  EXPECT_EQ(races_with(options, [](const RacePlan& plan) { return plan.riders.size() > kLanes; }), 0);
}

TEST(SimMistakes, WalkersAreStrangersOrRidersAfterTheirFinish) {
  int own = 0;
  const int races = races_with({.mistakes = {.walker = 0.5}}, [&](const RacePlan& plan) {
    for (const Walk& walk : plan.walks) {
      const auto rider = std::ranges::find_if(
          plan.riders, [&](const RiderPlan& one) { return one.rider.transponder == walk.rider.transponder; });
      EXPECT_EQ(walk.of_this_race, rider != plan.riders.end());
      if (!walk.of_this_race) continue;
      ++own;
      EXPECT_GT(walk.split.rtc_us, rider->crossed.back().rtc_us);
    }
    return !plan.walks.empty();
  });
  EXPECT_NEAR(races, 200, 40);
  EXPECT_NEAR(own, 100, 40);
}

TEST(SimMistakes, AKnobChangesNothingForThoseItDoesNotStrike) {
  const PlanOptions all{.mistakes = {.dns = 0.2, .dead_chip = 0.2, .wrong_lane = 0.2, .walker = 0.5}};
  int struck = 0;
  for (std::uint64_t number = 1; number <= 50; ++number) {
    const auto with = race(number, all);
    const auto without = race(number);
    for (std::size_t i = 0; i < kLanes; ++i) {
      if (with.riders[i].splits.empty()) {
        ++struck;
        continue;
      }
      ASSERT_EQ(with.riders[i].splits.size(), without.riders[i].splits.size());
      for (std::size_t loop = 0; loop < kLoops.size(); ++loop)
        ASSERT_EQ(with.riders[i].splits[loop].rtc_us, without.riders[i].splits[loop].rtc_us);
    }
  }
  EXPECT_GT(struck, 50);
}

TEST(SimMistakes, TheSameSeedGivesTheSameTruth) {
  const PlanOptions options{
      .seed = 9,
      .dnf = 0.1,
      .miss = 0.1,
      .double_hit = 0.1,
      .gate_lost = 0.1,
      .gate_double = 0.1,
      .mistakes = {
          .dns = 0.1, .dead_chip = 0.1, .wrong_lane = 0.1, .late_entry = 0.3, .walker = 0.5, .overlap = 0.5}};
  auto other = options;
  other.seed = 10;
  std::string first;
  std::string again;
  std::string another;
  for (std::uint64_t number = 1; number <= 20; ++number) {
    first += truth_of(race(number, options, 6)) + std::to_string(overlap_us(number, options));
    again += truth_of(race(number, options, 6)) + std::to_string(overlap_us(number, options));
    another += truth_of(race(number, other, 6)) + std::to_string(overlap_us(number, other));
  }
  EXPECT_EQ(first, again);
  EXPECT_NE(first, another);
}

// What a timing system would make of the reports alone: first at the last loop is first.
TEST(SimTruth, WhereEverythingIsReportedTheReportsGiveTheSamePlacesAndTimes) {
  for (std::uint64_t number = 1; number <= 50; ++number) {
    const auto plan = race(number, {.dnf = 0.1, .mistakes = {.dns = 0.1}});
    std::vector<std::pair<std::uint64_t, std::uint32_t>> home;
    for (const auto& rider : plan.riders) {
      for (const Split& split : rider.splits) {
        if (split.loop + 1 == kLoops.size())
          home.emplace_back(split.rtc_us - plan.pulses[0].rtc_us, rider.rider.transponder);
      }
    }
    std::ranges::sort(home);
    const Json truth = Json::parse(truth_of(plan));
    ASSERT_EQ(truth["riders"].size(), kLanes);
    for (std::size_t i = 0; i < kLanes; ++i) {
      const Json& rider = truth["riders"][i];
      if (i >= home.size()) {
        EXPECT_EQ(rider["position"], nullptr);
        EXPECT_EQ(rider["elapsed_us"], nullptr);
        EXPECT_NE(rider["status"], "FIN");
        EXPECT_EQ(rider["status"] == "DNS", rider["crossings"].empty());
        continue;
      }
      EXPECT_EQ(rider["position"], i + 1);
      EXPECT_EQ(rider["elapsed_us"], home[i].first);
      EXPECT_EQ(rider["transponder_id"], home[i].second);
    }
  }
}

TEST(SimTruth, SaysWhatTheDecodersDidNotSee) {
  const auto plan = race(1, {.miss = 0.3, .double_hit = 0.2, .gate_lost = 1, .mistakes = {.dead_chip = 0.2}});
  const Json truth = Json::parse(truth_of(plan));
  EXPECT_EQ(truth["pulses"], 0);
  std::size_t reports = 0;
  for (const auto& rider : truth["riders"]) {
    EXPECT_EQ(rider["status"], "FIN");  // all rode home, whatever was seen of it
    EXPECT_EQ(rider["crossings"].size(), kLoops.size());
    for (const auto& crossing : rider["crossings"]) reports += crossing["reports"].get<std::size_t>();
  }
  std::size_t splits = 0;
  for (const auto& rider : plan.riders) splits += rider.splits.size();
  EXPECT_EQ(reports, splits);
  EXPECT_LT(reports, kLanes * kLoops.size());
}

// Seconds of the winner, and between first and last, on average.
std::pair<double, double> lap_and_spread(Level level) {
  double lap = 0;
  double spread = 0;
  (void)races_with({.level = level}, [&](const RacePlan& plan) {
    std::vector<double> home;
    for (const auto& rider : plan.riders)
      home.push_back(static_cast<double>(rider.crossed.back().rtc_us - plan.gate_rtc_us) / 1e6);
    const auto [first, last] = std::ranges::minmax(home);
    lap += (first + last) / 2 / static_cast<double>(kRaces);
    spread += (last - first) / static_cast<double>(kRaces);
    return false;
  });
  return {lap, spread};
}

TEST(SimLevels, AreThoseOfTheField) {
  const auto [elite_lap, elite_spread] = lap_and_spread(Level::kElite);
  EXPECT_GT(elite_lap, 30);
  EXPECT_LT(elite_lap, 36);
  EXPECT_GT(elite_spread, 2);
  EXPECT_LT(elite_spread, 5);
  const auto [novice_lap, novice_spread] = lap_and_spread(Level::kNovice);
  EXPECT_GT(novice_lap, 48);
  EXPECT_LT(novice_lap, 75);
  EXPECT_GT(novice_spread, 10);
  EXPECT_LT(novice_spread, 25);
}

// The gates of a run, in seconds after the first, and the lines of truth.
struct Run {
  std::vector<double> gates;
  std::vector<Json> truth;
};
Run run(const RaceOptions& options) {
  Run result;
  RaceSource source(options, {});
  source.tell_truth([&](const std::string& line) { result.truth.push_back(Json::parse(line)); });
  std::uint64_t now = 0;
  while (!source.finished()) now = source.run(now, [](const Issued&) {});
  for (const auto& race : result.truth) {
    const auto since = race["gate_us"].get<std::uint64_t>() - result.truth[0]["gate_us"].get<std::uint64_t>();
    result.gates.push_back(static_cast<double>(since) / 1e6);
  }
  return result;
}

TEST(SimOverlap, TheNextGateDropsWhileRidersOfThisOneAreOnTheTrack) {
  RaceOptions options{.groups = 4, .races = 60, .boot_rtc_us = kGate};
  options.plan.mistakes.overlap = 0.5;
  const auto result = run(options);
  ASSERT_EQ(result.gates.size(), 60U);
  int soon = 0;
  for (std::size_t i = 1; i < result.gates.size(); ++i) {
    const double gap = result.gates[i] - result.gates[i - 1];
    EXPECT_GT(gap, 5);
    soon += gap < 30 ? 1 : 0;
    EXPECT_TRUE(gap < 30 || gap > 42) << gap;
  }
  EXPECT_NEAR(soon, 30, 12);
  options.groups = 1;  // they cannot be in two races
  for (const auto gaps = run(options).gates; const double gate : gaps) EXPECT_TRUE(gate == 0 || gate > 42);
}

TEST(SimOverlap, WalkersReachTheDecoders) {
  RaceOptions options{.races = 10, .boot_rtc_us = kGate, .status = false};
  options.plan.mistakes.walker = 1;
  std::size_t passings = 0;
  std::size_t walkers = 0;
  RaceSource source(options, {});
  source.tell_truth([&](const std::string& line) { walkers += Json::parse(line)["walkers"].size(); });
  std::uint64_t now = 0;
  while (!source.finished()) {
    now = source.run(
        now, [&](const Issued& issued) { passings += issued.kind == Issued::Kind::kPassing ? 1 : 0; });
  }
  EXPECT_EQ(walkers, 10U);
  EXPECT_EQ(passings, 10 * (1 + kLanes * kLoops.size() + 1));
}

}  // namespace
}  // namespace holeshot::sim
