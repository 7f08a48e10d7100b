#include "gateway/upload/central_clock.h"

#include <gtest/gtest.h>

namespace holeshot::upload {
namespace {

constexpr std::uint64_t kNow = 1'760'000'000'000'000;
constexpr std::uint64_t kDay = 86'400'000'000;
constexpr std::int64_t kAhead = 3'600'000'000;  // central's clock is an hour ahead

class CentralClockTest : public testing::Test {
 protected:
  // An answer that was `there` on the way to central and `back` on the way home.
  void answer(std::uint64_t there_us, std::uint64_t back_us, std::int64_t ahead_us = kAhead) {
    const std::uint64_t sent = clock_.mono_us();
    clock_.advance_us(there_us);
    const auto server = static_cast<std::uint64_t>(static_cast<std::int64_t>(true_us()) + ahead_us);
    clock_.advance_us(back_us);
    central_.learn(sent, server);
  }
  // The wall clock as it would be had nobody set it.
  std::uint64_t true_us() const { return kNow + clock_.mono_us() - 1'000'000; }

  base::ManualClock clock_{kNow};
  CentralClock central_{clock_};
};

TEST_F(CentralClockTest, KnowsNothingBeforeTheFirstAnswer) {
  EXPECT_EQ(central_.offset_us(), std::nullopt);
  EXPECT_EQ(central_.now_us(), kNow);
  central_.learn(clock_.mono_us(), 0);
  central_.learn(clock_.mono_us(), ~std::uint64_t{0});
  EXPECT_EQ(central_.offset_us(), std::nullopt);
}

TEST_F(CentralClockTest, TakesTheMiddleOfTheRoundTrip) {
  answer(20'000, 20'000);
  EXPECT_EQ(central_.offset_us(), kAhead);
  EXPECT_EQ(central_.now_us(), true_us() + kAhead);
}

TEST_F(CentralClockTest, TheSmallestRoundTripWins) {
  answer(5'000, 5'000);
  answer(400'000, 20'000);  // a lopsided one that would be 190 ms off
  EXPECT_EQ(central_.offset_us(), kAhead);
  answer(0, 1'000);
  EXPECT_EQ(central_.offset_us(), kAhead - 500);
}

TEST_F(CentralClockTest, AnOldGoodAnswerGivesWayToAYoungWorseOne) {
  answer(0, 1'000);
  clock_.advance_us(3'600'000'000);  // an hour: 360 ms of drift at most
  answer(0, 400'000);
  EXPECT_EQ(central_.offset_us(), kAhead - 200'000);
}

TEST_F(CentralClockTest, WhereTheAnswersContradictEachOtherTheNewOneIsBelieved) {
  answer(1'000, 1'000);
  answer(50'000, 50'000, kAhead + 60'000'000);  // central's clock was set
  EXPECT_EQ(central_.offset_us(), kAhead + 60'000'000);
}

TEST_F(CentralClockTest, SettingTheWallClockLosesNothingOfCentralsTime) {
  for (const std::int64_t jump : {static_cast<std::int64_t>(kDay), -static_cast<std::int64_t>(kDay)}) {
    clock_.set_wall_us(true_us());
    answer(1'000, 1'000);
    clock_.set_wall_us(static_cast<std::uint64_t>(static_cast<std::int64_t>(true_us()) + jump));
    EXPECT_EQ(central_.now_us(), true_us() + kAhead);
    EXPECT_EQ(central_.offset_us(), std::nullopt) << "it may as well have slept";
    answer(200'000, 200'000);  // worse than the best, but it agrees
    EXPECT_EQ(central_.offset_us(), kAhead - jump);
  }
}

TEST_F(CentralClockTest, ASlewedWallClockIsNoStep) {
  answer(1'000, 1'000);
  for (int hour = 1; hour <= 5; ++hour) {
    clock_.advance_us(3'600'000'000);
    clock_.set_wall_us(clock_.wall_us() + 1'800'000);  // 500 ppm
    EXPECT_EQ(central_.offset_us(), kAhead - hour * 1'800'000) << hour;
  }
}

}  // namespace
}  // namespace holeshot::upload
