#include "central/log/sqlite/seq_ranges.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace holeshot::log {
namespace {

TEST(SeqRanges, ARunWithoutHolesIsOneRange) {
  SeqRanges ranges;
  for (std::uint64_t seq = 1; seq <= 1000; ++seq) ranges.add(seq, seq);
  EXPECT_EQ(ranges.size(), 1U);
  EXPECT_EQ(ranges.high_water(), 1000U);
  EXPECT_TRUE(ranges.contains(1000));
  EXPECT_FALSE(ranges.contains(1001));
}

TEST(SeqRanges, AFilledHoleJoinsItsNeighbours) {
  SeqRanges ranges;
  ranges.add(1, 3);
  ranges.add(7, 9);
  EXPECT_EQ(ranges.high_water(), 3U);
  EXPECT_EQ(ranges.size(), 2U);
  ranges.add(4, 6);
  EXPECT_EQ(ranges.size(), 1U);
  EXPECT_EQ(ranges.high_water(), 9U);
}

TEST(SeqRanges, StartsLateAndHasNoHighWaterUntilOneComes) {
  SeqRanges ranges;
  ranges.add(5, 8);
  EXPECT_EQ(ranges.high_water(), 0U);
  ranges.add(1, 4);
  EXPECT_EQ(ranges.high_water(), 8U);
}

TEST(SeqRanges, AgreesWithASetOverRandomOverlappingRanges) {
  std::mt19937_64 rng(7);
  for (int round = 0; round < 50; ++round) {
    SeqRanges ranges;
    std::set<std::uint64_t> model;
    for (int step = 0; step < 40; ++step) {
      const std::uint64_t first = 1 + rng() % 200;
      const std::uint64_t last = first + rng() % 9;
      ranges.add(first, last);
      for (auto seq = first; seq <= last; ++seq) model.insert(seq);
      std::uint64_t runs = 0;
      for (const auto seq : model) runs += model.contains(seq - 1) ? 0U : 1U;
      ASSERT_EQ(ranges.size(), runs);
    }
    for (std::uint64_t seq = 1; seq < 220; ++seq) ASSERT_EQ(ranges.contains(seq), model.contains(seq)) << seq;
  }
}

}  // namespace
}  // namespace holeshot::log
