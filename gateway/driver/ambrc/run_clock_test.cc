#include "gateway/driver/ambrc/run_clock.h"

#include <gtest/gtest.h>

namespace holeshot::driver::ambrc {
namespace {

constexpr std::uint64_t kSecond = 1'000'000;
constexpr std::uint64_t kHour = 3'600 * kSecond;
constexpr std::uint64_t kWall = 1'760'000'000 * kSecond;

class RunClockTest : public testing::Test {
 protected:
  void pass(std::uint64_t us) {
    now_.wall_us += us;
    now_.mono_us += us;
  }
  RunClock::Placed place(std::uint64_t since_us, bool back = false) {
    return clock_.place(since_us, back, now_);
  }

  RunClock clock_;
  Moment now_{.wall_us = kWall, .mono_us = 50 * kSecond};
};

TEST_F(RunClockTest, TheFirstPassingIsNowAndIntervalsAreTheDecodersOwn) {
  EXPECT_EQ(place(600 * kSecond).rtc_time_us, kWall);
  pass(3 * kSecond + 77'000);  // it came late
  const auto second = place(603 * kSecond + 160'000);
  EXPECT_EQ(second.rtc_time_us, kWall + 3 * kSecond + 160'000);
  EXPECT_FALSE(second.new_run);
}

TEST_F(RunClockTest, DriftAndLateBytesDoNotMoveTheTie) {
  static_cast<void>(place(600 * kSecond));
  pass(kHour);
  EXPECT_EQ(place(600 * kSecond + kHour - 9 * kSecond).rtc_time_us, kWall + kHour - 9 * kSecond);
}

TEST_F(RunClockTest, AWallClockThatIsSetMovesNothingAndShowsInTheOffset) {
  static_cast<void>(place(600 * kSecond));
  EXPECT_EQ(clock_.offset(now_), 0);
  pass(kSecond);
  now_.wall_us += kHour;
  const auto placed = place(601 * kSecond);
  EXPECT_EQ(placed.rtc_time_us, kWall + kSecond);
  EXPECT_FALSE(placed.new_run);
  EXPECT_EQ(clock_.offset(now_), -static_cast<std::int64_t>(kHour));
}

TEST_F(RunClockTest, ACountThatRunsBackIsANewRun) {
  static_cast<void>(place(600 * kSecond));
  pass(60 * kSecond);
  const auto placed = place(20 * kSecond);
  EXPECT_TRUE(placed.new_run);
  EXPECT_EQ(placed.rtc_time_us, now_.wall_us);
  EXPECT_EQ(clock_.offset(now_), 0);
}

TEST_F(RunClockTest, RidersCloseTogetherMayComeInOtherOrder) {
  static_cast<void>(place(600 * kSecond));
  const auto earlier = place(600 * kSecond - 30'000);
  EXPECT_FALSE(earlier.new_run);
  EXPECT_EQ(earlier.rtc_time_us, kWall - 30'000);
  EXPECT_FALSE(place(599 * kSecond, true).new_run) << "a run that old cannot have begun just now";
}

TEST_F(RunClockTest, AShortRunAfterAShortOneIsKnownByItsNumbers) {
  static_cast<void>(place(8 * kSecond));
  pass(7 * kSecond);
  EXPECT_TRUE(place(3 * kSecond, true).new_run);
}

TEST_F(RunClockTest, ALostLineKeepsTheTie) {
  static_cast<void>(place(600 * kSecond));
  pass(2 * kHour);
  clock_.after_gap();
  EXPECT_EQ(place(600 * kSecond + 2 * kHour + 40'000).rtc_time_us, kWall + 2 * kHour + 40'000);
}

TEST_F(RunClockTest, BytesThatWaitedOutAGapKeepTheTie) {
  static_cast<void>(place(600 * kSecond));
  pass(60 * kSecond);
  clock_.after_gap();
  const auto placed = place(610 * kSecond);
  EXPECT_FALSE(placed.new_run);
  EXPECT_EQ(placed.rtc_time_us, kWall + 10 * kSecond);
}

TEST_F(RunClockTest, ADecoderThatWasOffInALongGapIsFoundThoughItsCountIsHigher) {
  static_cast<void>(place(600 * kSecond));
  pass(10 * kHour);
  clock_.after_gap();
  const auto placed = place(kHour);
  EXPECT_TRUE(placed.new_run);
  EXPECT_EQ(placed.rtc_time_us, now_.wall_us);
}

TEST_F(RunClockTest, OutlivesTheGateway) {
  clock_.restore(kWall - 600 * kSecond, 590 * kSecond);
  EXPECT_EQ(clock_.offset(now_), std::nullopt);
  const auto placed = place(600 * kSecond - 40'000);
  EXPECT_FALSE(placed.new_run);
  EXPECT_EQ(placed.rtc_time_us, kWall - 40'000);
  EXPECT_EQ(clock_.offset(now_), -40'000);
}

TEST_F(RunClockTest, AWallClockSetBackWhileTheGatewayWasOffKeepsTheTie) {
  clock_.restore(kWall + kHour, 590 * kSecond);
  EXPECT_FALSE(place(600 * kSecond).new_run);
}

TEST_F(RunClockTest, ADecoderThatWasOffWhileTheGatewayWasIsANewRun) {
  clock_.restore(kWall - 20 * kHour, 590 * kSecond);
  EXPECT_TRUE(place(kHour).new_run);
}

}  // namespace
}  // namespace holeshot::driver::ambrc
