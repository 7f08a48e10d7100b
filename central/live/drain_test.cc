#include "central/live/drain.h"

#include <gtest/gtest.h>

namespace holeshot::live {
namespace {

constexpr std::uint64_t kSecond = 1'000'000;

TEST(DrainPlan, LetsManyGoEvenlyOverTheTimeItHas) {
  const Drain drain = Drain::begin(kSecond, 10'000, 20'000, 10 * kSecond);
  EXPECT_EQ(drain.due(kSecond), Drain::kAtOnce);
  EXPECT_EQ(drain.due(2 * kSecond), 1'000U);
  EXPECT_EQ(drain.due(6 * kSecond), 5'000U);
  EXPECT_EQ(drain.due(11 * kSecond), 10'000U);
  EXPECT_EQ(drain.due(99 * kSecond), 10'000U);
}

TEST(DrainPlan, IsOverSoonWhereFewAreThere) {
  EXPECT_EQ(Drain::begin(kSecond, 40, 40, 10 * kSecond).due(kSecond), 40U) << "all at once";
  const Drain drain = Drain::begin(kSecond, 500, 500, 10 * kSecond);
  EXPECT_EQ(drain.due(kSecond + kSecond / 4), 250U) << "a thousand in a second";
  EXPECT_EQ(drain.due(kSecond + kSecond / 2), 500U);
}

TEST(DrainPlan, WithoutTimeAllGoAtOnce) {
  EXPECT_EQ(Drain::begin(kSecond, 9'000, 9'000, 0).due(kSecond), 9'000U);
}

TEST(DrainPlan, TheWindowToComeBackInGrowsWithTheNumber) {
  EXPECT_EQ(Drain::jitter_ms(1), 2'000U);
  EXPECT_EQ(Drain::jitter_ms(20'000), 20'000U);
  EXPECT_EQ(Drain::jitter_ms(1'000'000), 60'000U);
}

}  // namespace
}  // namespace holeshot::live
