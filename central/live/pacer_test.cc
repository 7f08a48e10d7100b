#include "central/live/pacer.h"

#include <gtest/gtest.h>

namespace holeshot::live {
namespace {

constexpr std::uint64_t kSecond = 1'000'000;
constexpr std::uint64_t kTick = 50'000;

// `ticks` sweeps of `sweep_us`, one each 50 ms; returns when the last has ended.
std::uint64_t sweep(Pacer& pacer, std::uint64_t from_us, int ticks, std::uint64_t sweep_us) {
  for (int i = 0; i < ticks; ++i, from_us += kTick) pacer.wrote(from_us, from_us + sweep_us);
  return from_us;
}

TEST(Pacer, GathersOnlyWhileItsLoopIsBusy) {
  Pacer pacer(60'000, 0.5);
  std::uint64_t now = sweep(pacer, kSecond, 40, 20'000);
  EXPECT_FALSE(pacer.gathering()) << "40 % of the time";
  now = sweep(pacer, now, 40, 30'000);
  EXPECT_TRUE(pacer.gathering()) << "60 %";
  now = sweep(pacer, now, 40, 5'000);
  EXPECT_FALSE(pacer.gathering()) << "10 %";
}

TEST(Pacer, GoesOnGatheringWhenThatHasHalvedTheWork) {
  Pacer pacer(60'000, 0.5);
  const std::uint64_t now = sweep(pacer, kSecond, 40, 30'000);
  sweep(pacer, now, 40, 15'000);
  EXPECT_TRUE(pacer.gathering()) << "30 % is what 60 % becomes";
}

TEST(Pacer, OneLateSweepIsNotLoad) {
  Pacer pacer(60'000, 0.5);
  std::uint64_t now = sweep(pacer, kSecond, 20, 5'000);
  now = sweep(pacer, now, 1, 100'000);
  now = sweep(pacer, now + kTick, 20, 5'000);
  EXPECT_FALSE(pacer.gathering());
}

TEST(Pacer, AnIdleLoopIsSeenToBeIdle) {
  Pacer pacer(60'000, 0.5);
  const std::uint64_t now = sweep(pacer, kSecond, 40, 45'000);
  ASSERT_TRUE(pacer.gathering());
  pacer.look(now + kSecond);
  pacer.look(now + 2 * kSecond);
  EXPECT_FALSE(pacer.gathering());
}

TEST(Pacer, WithoutTimeToHoldItNeverGathers) {
  Pacer pacer(0, 0.5);
  sweep(pacer, kSecond, 100, 50'000);
  EXPECT_FALSE(pacer.gathering());
}

}  // namespace
}  // namespace holeshot::live
