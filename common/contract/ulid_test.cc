#include "common/contract/ulid.h"

#include <gtest/gtest.h>

namespace holeshot::contract {
namespace {

TEST(Ulid, EncodesTimeThenChance) {
  EXPECT_EQ(ulid_text(0, 0, 0), "00000000000000000000000000");
  EXPECT_EQ(ulid_text(0xFFFF'FFFF'FFFF, 0xFFFF, ~std::uint64_t{0}), "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
  EXPECT_EQ(ulid_text(1469918176385, 0, 0).substr(0, 10), "01ARYZ6S41");  // the specification's example
}

TEST(Ulid, RisesWhileTheClockStandsOrRunsBack) {
  base::ManualClock clock(1'700'000'000'000'000);
  UlidMaker maker(clock, 1);
  std::string last = maker.next();
  for (int i = 0; i < 1000; ++i) {
    if (i == 300) clock.set_wall_us(1'600'000'000'000'000);
    if (i == 600) clock.set_wall_us(1'800'000'000'000'000);
    const std::string next = maker.next();
    ASSERT_LT(last, next);
    ASSERT_TRUE(is_ulid(next));
    last = next;
  }
}

TEST(Ulid, TwoMakersDoNotMeet) {
  const base::ManualClock clock(1'700'000'000'000'000);
  UlidMaker a(clock);
  UlidMaker b(clock);
  EXPECT_NE(a.next(), b.next());
}

TEST(EventId, IsUlidOrUuid) {
  EXPECT_TRUE(is_event_id("01ARZ3NDEKTSV4RRFFQ69G5FAV"));
  EXPECT_TRUE(is_event_id("f81d4fae-7dec-11d0-a765-00a0c91e6bf6"));
  EXPECT_FALSE(is_event_id("f81d4fae-7dec-11d0-a765-00a0c91e6bfg"));
  EXPECT_FALSE(is_event_id("01ARZ3NDEKTSV4RRFFQ69G5FAU"));
  EXPECT_FALSE(is_event_id("81ARZ3NDEKTSV4RRFFQ69G5FAV"));
  EXPECT_FALSE(is_event_id(""));
}

}  // namespace
}  // namespace holeshot::contract
