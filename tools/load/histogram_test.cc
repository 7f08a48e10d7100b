#include "tools/load/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace holeshot::load {
namespace {

TEST(Histogram, WithNothingInItIsZero) {
  EXPECT_EQ(Histogram{}.quantile(0.99), 0U);
  EXPECT_EQ(Histogram{}.max(), 0U);
}

TEST(Histogram, IsExactForShortTimes) {
  Histogram h;
  for (std::uint64_t us = 1; us <= 100; ++us) h.add(us);
  EXPECT_EQ(h.quantile(0.5), 50U);
  EXPECT_EQ(h.quantile(0.99), 99U);
  EXPECT_EQ(h.quantile(1), 100U);
  EXPECT_EQ(h.quantile(0), 1U);
}

TEST(Histogram, AgreesWithSortingToABucketsWidth) {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> times(8, 3);
  std::vector<std::uint64_t> all;
  Histogram h;
  for (int i = 0; i < 20'000; ++i) {
    all.push_back(static_cast<std::uint64_t>(std::min(times(random), 1e11)));
    h.add(all.back());
  }
  std::ranges::sort(all);
  for (const double q : {0.01, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const std::uint64_t exact = all[static_cast<std::size_t>(q * 20'000) - 1];
    EXPECT_GE(h.quantile(q), exact) << q;
    EXPECT_LE(h.quantile(q), exact + exact / 63) << q;
  }
  EXPECT_EQ(h.max(), all.back());
}

TEST(Histogram, TakesTheLongestTimesThereAre) {
  Histogram h;
  h.add(~std::uint64_t{0});
  EXPECT_EQ(h.max(), ~std::uint64_t{0});
  EXPECT_EQ(h.quantile(0.5), (std::uint64_t{1} << 40U) - 1);
}

TEST(Histogram, MergedIsTheSameAsAddedTogether) {
  Histogram a;
  Histogram b;
  Histogram both;
  for (std::uint64_t us = 1; us < 1'000'000; us = us * 3 / 2 + 1) {
    (us % 2 == 0 ? a : b).add(us);
    both.add(us);
  }
  a.merge(b);
  EXPECT_EQ(a.count(), both.count());
  for (const double q : {0.1, 0.5, 0.9, 1.0}) EXPECT_EQ(a.quantile(q), both.quantile(q));
}

}  // namespace
}  // namespace holeshot::load
