#include "gateway/driver/p3/seen_ring.h"

#include <gtest/gtest.h>

#include <deque>

#include "common/p3/record_writer.h"
#include "common/p3/testing.h"
#include "common/p3/views.h"

namespace holeshot::driver::p3 {
namespace {

namespace wire = holeshot::p3;

TEST(SeenRing, KnowsOnlyWhatIsTheSameInAllThree) {
  SeenRing ring;
  EXPECT_FALSE(ring.holds({1, 2, 3}));
  ring.add({1, 2, 3});
  EXPECT_TRUE(ring.holds({1, 2, 3}));
  EXPECT_FALSE(ring.holds({9, 2, 3}));
  EXPECT_FALSE(ring.holds({1, 9, 3}));
  EXPECT_FALSE(ring.holds({1, 2, 9}));
}

TEST(SeenRing, TheOldestMakesRoom) {
  wire::testing::Random random(3);
  SeenRing ring(100);
  std::deque<SeenPassing> all;
  for (int i = 0; i < 5'000; ++i) {
    // Few numbers, and some that share a bucket.
    const auto number = static_cast<std::uint32_t>(random.below(20) * 16'384 + random.below(3));
    all.push_back({number, random.next(), 0});
    ring.add(all.back());
    ASSERT_EQ(ring.size(), std::min<std::size_t>(all.size(), 100));
    if (all.size() > 100) {
      ASSERT_FALSE(ring.holds(all.front()));
      all.pop_front();
    }
    ASSERT_TRUE(ring.holds(all[random.below(all.size())]));
  }
}

TEST(SeenRing, AnEchoIsNoPartOfAPassing) {
  wire::Passing passing;
  passing.passing_number = 7;
  passing.strength = 90;
  const auto hash = [&] {
    return body_hash(wire::testing::record_in(wire::write_passing(passing, wire::PassingShape::kTranx)));
  };
  const std::uint64_t plain = hash();
  passing.request_id = {1, 2, 3, 4, 5, 6, 7, 8};
  EXPECT_EQ(hash(), plain);
  passing.strength = 91;
  EXPECT_NE(hash(), plain);
}

}  // namespace
}  // namespace holeshot::driver::p3
