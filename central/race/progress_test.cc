#include "central/race/progress.h"

#include <gtest/gtest.h>

#include <random>

#include "central/race/race_day_test_kit.h"

namespace holeshot::race {
namespace {

using kit::us;
using Splits = std::vector<std::optional<std::uint64_t>>;

// Hill at 12 m, corner at 80 m, finish at 350 m; typical 2.2 s, 8 s, 40 s.
const Course kCourse{{{12'000, us(2.2)}, {80'000, us(8)}, {350'000, us(40)}}};

TEST(Progress, IsTheLoopsDistanceAtTheLoopsTime) {
  const Splits splits{us(2), us(8), us(38)};
  EXPECT_EQ(progress_mm(kCourse, splits, 0), 0U);
  EXPECT_EQ(progress_mm(kCourse, splits, us(2)), 12'000U);
  EXPECT_EQ(progress_mm(kCourse, splits, us(5)), 46'000U);
  EXPECT_EQ(progress_mm(kCourse, splits, us(38)), 350'000U);
  EXPECT_EQ(progress_mm(kCourse, splits, us(90)), 350'000U);
}

TEST(Progress, GoesOnAtTheRidersOwnPaceButNeverToTheNextLoop) {
  const Splits typical{us(2.2), us(8), std::nullopt};
  const Splits slow{us(2.2), us(16), std::nullopt};
  EXPECT_EQ(progress_mm(kCourse, typical, us(8 + 16)), 80'000U + 135'000U);
  EXPECT_EQ(progress_mm(kCourse, slow, us(16 + 32)), 80'000U + 135'000U);
  EXPECT_EQ(progress_mm(kCourse, typical, us(600)), 349'999U);
}

TEST(Progress, ALoopThatWasMissedIsPassedOver) {
  EXPECT_EQ(progress_mm(kCourse, {std::nullopt, us(8), std::nullopt}, us(4)), 40'000U);
  EXPECT_EQ(progress_mm(kCourse, {std::nullopt, std::nullopt, us(35)}, us(35)), 350'000U);
}

TEST(Progress, NeverFallsAndNeverPassesTheNextLoopWhateverTheSplits) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    std::mt19937_64 rng(seed);
    Splits splits;
    for (int i = 0; i < 3; ++i)
      splits.push_back(rng() % 3 == 0 ? std::nullopt : std::optional<std::uint64_t>{rng() % us(60)});
    std::uint64_t last = 0;
    for (std::uint64_t t = 0; t < us(100); t += us(0.25)) {
      const std::uint64_t now = progress_mm(kCourse, splits, t);
      ASSERT_GE(now, last) << "seed " << seed << " at " << t;
      ASSERT_LE(now, 350'000U);
      last = now;
    }
  }
}

TEST(Progress, NewSplitsLiftARiderAndNeverSetHimBack) {
  const std::uint64_t guessed = progress_mm(kCourse, {us(2), std::nullopt, std::nullopt}, us(9));
  EXPECT_LT(guessed, 80'000U);
  EXPECT_GE(progress_mm(kCourse, {us(2), us(9), std::nullopt}, us(9)), guessed);
}

TEST(Progress, AMotoWithoutDistancesGetsThemFromTheRuleBook) {
  kit::RaceDay day;
  day.stage(2).gate(10).pass(1, "hill", 2.2);
  const Race& race = day.engine.state().motos.front();
  const Course course = course_of(race.moto, race.rules);
  EXPECT_EQ(course.points.front().distance_mm, 19'250U);
  EXPECT_EQ(course.points.back().distance_mm, 350'000U);
  EXPECT_EQ(progress(race, 1, us(2.2)), 19'250U);
  EXPECT_LT(progress(race, 2, us(60)), 19'250U);
  EXPECT_EQ(progress(race, 7, us(60)), 0U);
}

}  // namespace
}  // namespace holeshot::race
