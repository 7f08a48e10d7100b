#include "gateway/upload/drain_limit.h"

#include <gtest/gtest.h>

#include <random>

namespace holeshot::upload {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

constexpr std::uint64_t kSecond = 1'000'000;

TEST(TokenBucket, GivesItsBurstAtOnceAndThenItsRate) {
  TokenBucket bucket(1'000, 4'000);
  std::uint64_t now = 5 * kSecond;
  EXPECT_EQ(bucket.wait(now), microseconds{0});
  bucket.spend(now, 4'000);
  EXPECT_EQ(bucket.wait(now), microseconds{0}) << "the burst is just used up";
  bucket.spend(now, 500);
  EXPECT_EQ(bucket.wait(now), microseconds{500'000});
  now += kSecond / 2;
  EXPECT_EQ(bucket.wait(now), microseconds{0});
  now += 3'600 * kSecond;
  bucket.spend(now, 4'001);  // a long rest saves up a burst, and no more
  EXPECT_EQ(bucket.wait(now), microseconds{1'000});
}

TEST(TokenBucket, OverAnyLongTimeNoMoreThanRateAndBurstAndOneBatchGoOut) {
  std::mt19937 random(7);
  TokenBucket bucket(10'000, 40'000);
  std::uint64_t now = kSecond;
  std::uint64_t sent = 0;
  constexpr std::uint64_t kBatch = 5'000;
  while (now < 300 * kSecond) {
    const auto wait = bucket.wait(now);
    if (wait.count() > 0) {
      now += static_cast<std::uint64_t>(wait.count());
      EXPECT_EQ(bucket.wait(now), microseconds{0});
    }
    const std::uint64_t bytes = random() % kBatch;
    bucket.spend(now, bytes);
    sent += bytes;
    ASSERT_LE(sent, 10'000 * (now / kSecond) + 40'000 + kBatch);
    now += random() % 50'000;
  }
  EXPECT_GT(sent, 2'900'000U) << "and it does use its rate";
}

TEST(TokenBucket, OfRateZeroNeverWaits) {
  TokenBucket bucket(0, 0);
  bucket.spend(1, 1U << 30);
  EXPECT_EQ(bucket.wait(1), microseconds{0});
}

TEST(DrainLimit, WhatWasThereAtTheStartIsBacklogAndWhatComesIsNot) {
  DrainLimit limit(1'000, 500);
  limit.note(kSecond, 510);
  limit.sent(kSecond, 1, 1'000'000);
  EXPECT_GT(limit.wait(kSecond, 500), seconds{900});
  EXPECT_EQ(limit.wait(kSecond, 501), microseconds{0}) << "live data never waits";
  limit.forgive();
  EXPECT_EQ(limit.wait(kSecond, 500), microseconds{0});
}

TEST(DrainLimit, LiveDataIsNeverDelayedAndCostsTheBacklogNothing) {
  DrainLimit limit(1'000, 0);
  for (std::uint64_t second = 1; second <= 600; ++second) {
    limit.note(second * kSecond, second * 100);
    EXPECT_EQ(limit.wait(second * kSecond, second * 100), microseconds{0});
    limit.sent(second * kSecond, second * 100, 1'000'000);
  }
  EXPECT_EQ(limit.wait(600 * kSecond, 1), microseconds{0});
}

TEST(DrainLimit, WhatHasWaitedAMinuteBecomesBacklog) {
  DrainLimit limit(1'000, 0);
  for (std::uint64_t second = 1; second <= 100; ++second) limit.note(second * kSecond, second);
  limit.sent(100 * kSecond, 1, 1'000'000);
  EXPECT_GT(limit.wait(100 * kSecond, 35), microseconds{0});
  EXPECT_EQ(limit.wait(100 * kSecond, 46), microseconds{0});
}

TEST(DrainLimit, AnHourWithoutANoteOnlyMakesRowsYounger) {
  DrainLimit limit(1'000, 0);
  limit.note(kSecond, 10);
  limit.note(3'601 * kSecond, 20);
  limit.sent(3'601 * kSecond, 10, 1'000'000);
  EXPECT_GT(limit.wait(3'601 * kSecond, 10), microseconds{0});
  EXPECT_EQ(limit.wait(3'601 * kSecond, 11), microseconds{0});
}

}  // namespace
}  // namespace holeshot::upload
