#include "central/live/rate_limit.h"

#include <gtest/gtest.h>

namespace holeshot::live {
namespace {

constexpr std::uint64_t kSecond = 1'000'000;
constexpr std::uint64_t kStart = 50 * kSecond;

TEST(RateLimit, ABurstThenOneEachInterval) {
  RateLimit limit(RateRule::per_second(2, 3));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limit.take(kStart), 0U) << i;
  EXPECT_EQ(limit.take(kStart), kSecond / 2);
  EXPECT_EQ(limit.take(kStart), kSecond / 2) << "a refusal takes nothing";
  EXPECT_EQ(limit.take(kStart + kSecond / 2 - 1), 1U);
  EXPECT_EQ(limit.take(kStart + kSecond / 2), 0U);
  EXPECT_NE(limit.take(kStart + kSecond / 2), 0U);
}

TEST(RateLimit, APauseGivesBackTheBurstAndNoMore) {
  RateLimit limit(RateRule::per_second(1, 2));
  EXPECT_EQ(limit.take(kStart), 0U);
  const std::uint64_t later = kStart + 3600 * kSecond;
  EXPECT_EQ(limit.take(later), 0U);
  EXPECT_EQ(limit.take(later), 0U);
  EXPECT_NE(limit.take(later), 0U);
}

TEST(RateLimit, ZeroIsNoLimit) {
  RateLimit limit(RateRule::per_second(0, 1));
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(limit.take(kStart), 0U);
}

TEST(KeyedRateLimit, KeysDoNotTouchOneAnother) {
  KeyedRateLimit limit(RateRule::per_second(1, 1), 10);
  EXPECT_EQ(limit.take("a", kStart), 0U);
  EXPECT_EQ(limit.take("b", kStart), 0U);
  EXPECT_EQ(limit.take("a", kStart), kSecond);
  EXPECT_EQ(limit.take("a", kStart + kSecond), 0U);
}

TEST(KeyedRateLimit, NobodyGainsByATurnOfTheTable) {
  // Asked every 100 ms over many turns: one a second passes, whatever is forgotten between.
  KeyedRateLimit limit(RateRule::per_second(1, 1), 10);
  int passed = 0;
  for (std::uint64_t at = kStart; at < kStart + 60 * kSecond; at += kSecond / 10)
    passed += limit.take("a", at) == 0 ? 1 : 0;
  EXPECT_EQ(passed, 60);
}

TEST(KeyedRateLimit, MemoryIsBoundedAndForgotten) {
  constexpr std::size_t kMost = 100;
  KeyedRateLimit limit(RateRule::per_second(1, 1), kMost);
  for (int i = 0; i < 10'000; ++i) EXPECT_EQ(limit.take("made-up-" + std::to_string(i), kStart), 0U);
  EXPECT_EQ(limit.keys(), kMost);
  EXPECT_NE(limit.take("made-up-0", kStart), 0U) << "who is known stays limited";
  limit.take("late", kStart + 100 * kSecond);
  EXPECT_EQ(limit.keys(), 1U);
}

}  // namespace
}  // namespace holeshot::live
