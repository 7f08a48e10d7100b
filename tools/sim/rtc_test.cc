#include "tools/sim/rtc.h"

#include <gtest/gtest.h>

namespace holeshot::sim {
namespace {

constexpr std::uint64_t kNow = 1'761'800'000'123'456;
constexpr std::uint64_t kHour = 3'600'000'000;

TEST(SimRtc, IsRightUntilSomebodySetsIt) {
  Rtc clock;
  EXPECT_EQ(clock.at(kNow), kNow);
  clock.step(-5'000'000);
  EXPECT_EQ(clock.at(kNow), kNow - 5'000'000);
}

TEST(SimRtc, DriftsFromThenOnAndKeepsWhatItGained) {
  Rtc clock;
  clock.drift(100, kNow);
  EXPECT_EQ(clock.at(kNow), kNow);
  EXPECT_EQ(clock.at(kNow + kHour), kNow + kHour + 360'000);
  clock.drift(-20, kNow + kHour);
  EXPECT_EQ(clock.at(kNow + kHour), kNow + kHour + 360'000);
  EXPECT_EQ(clock.at(kNow + 2 * kHour), kNow + 2 * kHour + 360'000 - 72'000);
}

TEST(SimRtc, ShowsWholeStepsAndNeverANegativeTime) {
  Rtc clock(1000);
  EXPECT_EQ(clock.at(kNow), kNow - 456);
  clock.step(-static_cast<std::int64_t>(2 * kNow));
  EXPECT_EQ(clock.at(kNow), 0U);
}

}  // namespace
}  // namespace holeshot::sim
