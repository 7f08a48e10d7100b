#include "central/live/pressure.h"

#include <gtest/gtest.h>

#include "central/live/thinning.h"

namespace holeshot::live {
namespace {

constexpr std::uint64_t kStepUs = 50'000;
constexpr std::uint64_t kLate = 90'000;
constexpr std::uint64_t kCalm = 10'000;

class PressureTest : public ::testing::Test {
 protected:
  void feed(std::uint64_t lag_us, std::uint64_t for_us) {
    for (std::uint64_t t = 0; t < for_us; t += kStepUs) pressure_.feed(now_us_ += kStepUs, lag_us);
  }
  // How long calm has to last before more is sent again.
  std::uint64_t calm_needed() {
    const unsigned before = pressure_.percent();
    const std::uint64_t from = now_us_;
    while (pressure_.percent() == before && now_us_ - from < 200'000'000) feed(kCalm, kStepUs);
    return now_us_ - from;
  }
  Pressure pressure_;
  std::uint64_t now_us_ = 1'000'000;
};

TEST_F(PressureTest, OneLateSweepIsNoReason) {
  feed(kLate, 3 * kStepUs);
  feed(kCalm, kStepUs);
  feed(kLate, 3 * kStepUs);
  EXPECT_EQ(pressure_.percent(), 100U);
}

TEST_F(PressureTest, GoesDownStepByStepAndNotBelowTheLast) {
  for (const unsigned percent : {50U, 20U, 10U, 5U, 5U}) {
    feed(kLate, 4 * kStepUs);
    EXPECT_EQ(pressure_.percent(), percent);
  }
}

TEST_F(PressureTest, BetweenLateAndCalmItStays) {
  feed(kLate, 4 * kStepUs);
  feed(50'000, 600'000'000);
  EXPECT_EQ(pressure_.percent(), 50U);
}

TEST_F(PressureTest, ComesBackAfterFiveCalmSeconds) {
  feed(kLate, 8 * kStepUs);
  EXPECT_EQ(calm_needed(), 5'000'000U);
  EXPECT_EQ(pressure_.percent(), 50U);
  EXPECT_EQ(calm_needed(), 5'000'000U);
  EXPECT_EQ(pressure_.percent(), 100U);
}

TEST_F(PressureTest, WhoCameBackTooEarlyWaitsLongerTheNextTime) {
  feed(kLate, 4 * kStepUs);
  std::uint64_t before = calm_needed();
  EXPECT_EQ(before, 5'000'000U);
  for (int i = 0; i < 3; ++i) {
    feed(kLate, 4 * kStepUs);
    const std::uint64_t now = calm_needed();
    EXPECT_EQ(now, 2 * before);
    before = now;
  }
  feed(kCalm, 600'000'000);
  feed(kLate, 4 * kStepUs);
  EXPECT_EQ(calm_needed(), 5'000'000U) << "another rush, another day";
}

TEST(Thinning, TheSameViewerAndTickAreJudgedTheSame) {
  const std::uint64_t seed = sample_seed("0-17") ^ sample_seed("zolder");
  for (std::uint64_t i = 0; i < 100; ++i) EXPECT_EQ(sampled_in(seed, i, 20), sampled_in(seed, i, 20));
}

TEST(Thinning, EveryoneGetsAboutTheirShareAndNotTheSameTicks) {
  constexpr int kViewers = 500;
  constexpr std::uint64_t kTicks = 800;
  for (const unsigned percent : {50U, 20U, 10U, 5U}) {
    std::uint64_t fewest_of_a_tick = kViewers;
    std::vector<std::uint64_t> of_viewer(kViewers);
    for (std::uint64_t tick = 0; tick < kTicks; ++tick) {
      std::uint64_t taken = 0;
      for (int viewer = 0; viewer < kViewers; ++viewer) {
        const std::uint64_t seed = sample_seed("0-" + std::to_string(viewer)) ^ sample_seed("t");
        if (!sampled_in(seed, tick, percent)) continue;
        ++taken;
        ++of_viewer[static_cast<std::size_t>(viewer)];
      }
      fewest_of_a_tick = std::min(fewest_of_a_tick, taken);
    }
    EXPECT_GT(fewest_of_a_tick, 0U) << percent;
    for (const std::uint64_t taken : of_viewer) {
      EXPECT_NEAR(static_cast<double>(taken), kTicks * percent / 100.0, kTicks * 0.08) << percent;
    }
  }
}

TEST(Thinning, ARateTakesEvenlySpreadTicks) {
  for (const unsigned hz : {1U, 3U, 5U, 7U, 10U, 19U, 20U, 50U}) {
    std::uint64_t taken = 0;
    std::uint64_t longest = 0;
    std::uint64_t since = 0;
    for (std::uint64_t tick = 0; tick < 2000; ++tick) {
      if (due_at_rate(tick, hz, 20)) {
        ++taken;
        since = 0;
      } else {
        longest = std::max(longest, ++since);
      }
    }
    EXPECT_EQ(taken, 100U * std::min(hz, 20U)) << hz;
    EXPECT_LE(longest, 20 / std::min(hz, 20U)) << hz;
  }
  EXPECT_TRUE(due_at_rate(3, 1, 0)) << "frames of which no rate is known are not thinned";
}

}  // namespace
}  // namespace holeshot::live
