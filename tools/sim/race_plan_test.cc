#include "tools/sim/race_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace holeshot::sim {
namespace {

constexpr std::uint64_t kGate = 1'761'800'000'000'123;

RacePlan race(std::uint64_t number, const PlanOptions& options = {}) {
  return plan_race(number, kGate, group_riders(0, kLanes), options);
}
double seconds(const RacePlan& plan, const Split& split) {
  return static_cast<double>(split.rtc_us - plan.gate_rtc_us) / 1e6;
}

TEST(SimRacePlan, RidersOfAGroupHaveFixedChipsAndLabels) {
  EXPECT_EQ(group_riders(0, 8).front(), (Rider{7'000'001, "HS-00001"}));
  EXPECT_EQ(group_riders(2, 8).back(), (Rider{7'000'024, "HS-00024"}));
  EXPECT_EQ(rider_with(102'758'186), (Rider{102'758'186, "HS-58186"}));
}

TEST(SimRacePlan, SameSeedAndNumberGiveTheSameRaceAtAnyTime) {
  EXPECT_EQ(to_json(race(3)), to_json(race(3)));
  EXPECT_NE(to_json(race(3)), to_json(race(4)));
  EXPECT_NE(to_json(race(3)), to_json(race(3, {.seed = 2})));
  const auto later = plan_race(3, kGate + 1'000'000, group_riders(0, kLanes), {});
  EXPECT_EQ(later.riders[5].splits[2].rtc_us, race(3).riders[5].splits[2].rtc_us + 1'000'000);
}

TEST(SimRacePlan, EveryRiderCrossesEveryLoopInOrder) {
  for (std::uint64_t number = 1; number <= 200; ++number) {
    const auto plan = race(number);
    ASSERT_EQ(plan.riders.size(), kLanes);
    for (const auto& rider : plan.riders) {
      ASSERT_EQ(rider.splits.size(), kLoops.size());
      std::uint64_t last = plan.gate_rtc_us;
      for (std::size_t i = 0; i < rider.splits.size(); ++i) {
        ASSERT_EQ(rider.splits[i].loop, i);
        ASSERT_GT(rider.splits[i].rtc_us, last);
        last = rider.splits[i].rtc_us;
      }
    }
  }
}

TEST(SimRacePlan, TimesAreThoseOfClubRiders) {
  double hill_spread = 0;
  double finish_spread = 0;
  constexpr int kRaces = 200;
  for (std::uint64_t number = 1; number <= kRaces; ++number) {
    const auto plan = race(number);
    std::vector<double> hill;
    std::vector<double> finish;
    for (const auto& rider : plan.riders) {
      hill.push_back(seconds(plan, rider.splits.front()));
      finish.push_back(seconds(plan, rider.splits.back()));
    }
    const auto [first, last] = std::ranges::minmax(finish);
    EXPECT_GT(std::ranges::min(hill), 1.0);  // the window in which a hill passing counts
    EXPECT_LT(std::ranges::max(hill), 4.0);
    EXPECT_GT(first, 28.0);
    EXPECT_LT(last, 52.0);
    finish_spread += (last - first) / kRaces;
    hill_spread += (std::ranges::max(hill) - std::ranges::min(hill)) / kRaces;
  }
  EXPECT_GT(hill_spread, 0.2);
  EXPECT_LT(hill_spread, 0.7);
  EXPECT_GT(finish_spread, 3.0);
  EXPECT_LT(finish_spread, 9.0);
}

TEST(SimRacePlan, TheSameRiderDoesNotAlwaysWin) {
  std::set<std::uint32_t> winners;
  for (std::uint64_t number = 1; number <= 50; ++number) {
    const auto plan = race(number);
    const auto winner = std::ranges::min_element(
        plan.riders, {}, [](const RiderPlan& rider) { return rider.splits.back().rtc_us; });
    winners.insert(winner->rider.transponder);
  }
  EXPECT_GT(winners.size(), 1U);
}

TEST(SimRacePlan, PassingsAreIssuedTenToAHundredMillisecondsLate) {
  const auto plan = race(1);
  for (const auto& rider : plan.riders) {
    for (const auto& split : rider.splits) {
      EXPECT_GE(split.issued_us - split.rtc_us, 10'000U);
      EXPECT_LE(split.issued_us - split.rtc_us, 100'000U);
    }
  }
}

TEST(SimRacePlan, OldDecodersGiveWholeMilliseconds) {
  const auto plan = race(1, {.rtc_step_us = 1000});
  EXPECT_EQ(plan.gate_rtc_us % 1000, 0U);
  for (const auto& rider : plan.riders) {
    for (const auto& split : rider.splits) EXPECT_EQ(split.rtc_us % 1000, 0U);
  }
}

TEST(SimRacePlan, NobodyStopsOrIsMissedUnlessToldTo) {
  std::size_t stopped = 0;
  std::size_t missed = 0;
  for (std::uint64_t number = 1; number <= 100; ++number) {
    for (const auto& rider : race(number, {.dnf = 0.2}).riders) {
      stopped += rider.splits.size() < kLoops.size() ? 1U : 0U;
      EXPECT_GE(rider.splits.size(), 1U);  // the hill is always crossed
    }
    for (const auto& rider : race(number, {.miss = 0.1}).riders)
      missed += kLoops.size() - rider.splits.size();
  }
  EXPECT_NEAR(static_cast<double>(stopped), 160, 50);
  EXPECT_NEAR(static_cast<double>(missed), 320, 80);
}

TEST(SimRacePlan, AMissedLoopChangesNothingForAnybodyElse) {
  const auto whole = race(9);
  const auto holed = race(9, {.miss = 0.3});
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    for (const auto& split : holed.riders[lane].splits) {
      EXPECT_EQ(split.rtc_us, whole.riders[lane].splits[split.loop].rtc_us);
    }
  }
}

TEST(SimRacePlan, LanesAreDrawnAnewForEachRace) {
  const auto riders = group_riders(0, kLanes);
  const auto first = draw_lanes(1, riders, 1);
  EXPECT_EQ(first, draw_lanes(1, riders, 1));
  EXPECT_NE(first, draw_lanes(2, riders, 1));
  EXPECT_TRUE(std::ranges::is_permutation(first, riders));
}

TEST(SimRacePlan, JsonSaysWhatWasStaged) {
  auto plan = plan_race(1, kGate, group_riders(0, 1), {});
  plan.riders[0].splits.resize(1);
  plan.riders[0].splits[0].rtc_us = kGate + 2'000'000;
  EXPECT_EQ(
      to_json(plan),
      R"({"race":1,"gate_rtc_us":1761800000000123,"riders":[{"transponder_id":7000001,)"
      R"("transponder_string":"HS-00001","lane":1,"splits":[{"decoder_id":"D0000C01","rtc_us":1761800002000123}]}]})");
}

}  // namespace
}  // namespace holeshot::sim
