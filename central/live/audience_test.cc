#include "central/live/audience.h"

#include <gtest/gtest.h>

#include <cmath>

namespace holeshot::live {
namespace {

std::string id(std::size_t n) { return "client-" + std::to_string(n); }

HyperLogLog sketch_of(std::size_t from, std::size_t to) {
  HyperLogLog sketch;
  for (std::size_t i = from; i < to; ++i) sketch.add(id(i));
  return sketch;
}

TEST(HyperLogLog, SmallNumbersAreNearlyExact) {
  EXPECT_EQ(HyperLogLog{}.estimate(), 0U);
  EXPECT_EQ(sketch_of(0, 1).estimate(), 1U);
  EXPECT_NEAR(static_cast<double>(sketch_of(0, 100).estimate()), 100, 3);
}

TEST(HyperLogLog, StaysWithinItsErrorOverSixPowersOfTen) {
  // Four standard errors: a right sketch is outside once in 16,000 runs, and these runs are always the same.
  constexpr double kFour = 4 * 0.01625;
  for (const std::size_t count : {1'000U, 5'000U, 10'000U, 12'000U, 20'000U, 100'000U, 1'000'000U}) {
    const auto got = static_cast<double>(sketch_of(0, count).estimate());
    EXPECT_LT(std::abs(got / static_cast<double>(count) - 1), kFour) << count << " counted as " << got;
  }
}

TEST(HyperLogLog, TheErrorIsAsSmallAsThePaperSays) {
  // The root mean square over 64 sets: 1.6 % give or take. Far better or worse, and registers are not what they should be.
  constexpr std::size_t kCount = 20'000;
  constexpr std::size_t kSets = 64;
  double squares = 0;
  for (std::size_t set = 0; set < kSets; ++set) {
    const double error =
        static_cast<double>(sketch_of(set * kCount, (set + 1) * kCount).estimate()) / kCount - 1;
    squares += error * error;
  }
  const double error = std::sqrt(squares / kSets);
  EXPECT_GT(error, 0.008);
  EXPECT_LT(error, 0.024);
}

TEST(HyperLogLog, MergedIsAsIfAllHadBeenAddedToOne) {
  HyperLogLog left = sketch_of(0, 6'000);
  const HyperLogLog right = sketch_of(4'000, 9'000);
  HyperLogLog other = right;
  const std::uint64_t together = sketch_of(0, 9'000).estimate();
  other.merge(left);
  left.merge(right);
  EXPECT_EQ(left.estimate(), together);
  EXPECT_EQ(other.estimate(), together) << "in any order";
  left.merge(right);
  EXPECT_EQ(left.estimate(), together) << "and twice is once";
}

TEST(Audience, CountsClientsAndNotPolls) {
  constexpr std::uint64_t kSecond = 1'000'000;
  Audience audience;
  for (std::uint64_t at = 100; at < 110; ++at) {
    audience.seen("zolder", "a", at * kSecond);
    audience.seen("zolder", "b", at * kSecond);
    audience.seen("spa", "a", at * kSecond);
  }
  EXPECT_EQ(audience.counts(110 * kSecond),
            (std::map<std::string, std::uint64_t>{{"spa", 1}, {"zolder", 2}}));
}

TEST(Audience, WhoStopsAskingIsGoneAfterHalfAMinute) {
  constexpr std::uint64_t kSecond = 1'000'000;
  Audience audience;
  audience.seen("zolder", "a", 100 * kSecond);
  audience.seen("zolder", "b", 119 * kSecond);
  EXPECT_EQ(audience.counts(129 * kSecond)["zolder"], 2U);
  EXPECT_EQ(audience.counts(130 * kSecond)["zolder"], 1U);
  EXPECT_TRUE(audience.counts(149 * kSecond).empty());
  audience.seen("zolder", "c", 1000 * kSecond);
  EXPECT_EQ(audience.counts(1000 * kSecond)["zolder"], 1U);
}

TEST(Audience, NamesThatAreMadeUpCostBoundedMemory) {
  Audience audience;
  for (std::size_t i = 0; i < 3000; ++i) audience.seen(id(i), "a", 1);
  EXPECT_EQ(audience.counts(1).size(), 1024U);
}

}  // namespace
}  // namespace holeshot::live
