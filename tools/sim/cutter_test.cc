#include "tools/sim/cutter.h"

#include <gtest/gtest.h>

#include <set>

namespace holeshot::sim {
namespace {

Cutter cutter(std::string_view text, std::uint64_t seed = 1) {
  return base::value_or_die(Cutter::parse(text, seed));
}

TEST(SimCutter, FixedPiecesNeverExceedWhatIsReady) {
  auto cut = cutter("7");
  EXPECT_EQ(cut.next(100), 7U);
  EXPECT_EQ(cut.next(3), 3U);
}

TEST(SimCutter, RandomPiecesAreSeededAndOfManySizes) {
  auto one = cutter("random", 5);
  auto same = cutter("random", 5);
  auto other = cutter("random", 5).for_client(1);
  std::set<std::size_t> sizes;
  bool differs = false;
  for (int i = 0; i < 500; ++i) {
    const std::size_t size = one.next(1000);
    EXPECT_EQ(same.next(1000), size);
    differs = differs || other.next(1000) != size;
    EXPECT_GE(size, 1U);
    sizes.insert(size);
  }
  EXPECT_TRUE(differs);
  EXPECT_TRUE(sizes.contains(1));
  EXPECT_GT(sizes.size(), 30U);
}

TEST(SimCutter, RefusesWhatIsNoWayToCut) {
  for (const std::string_view text : {"", "0", "-1", "7x", "sometimes"})
    EXPECT_FALSE(Cutter::parse(text, 1)) << text;
}

}  // namespace
}  // namespace holeshot::sim
