#include <gtest/gtest.h>

#include "central/race/race_event.h"

namespace holeshot::race {
namespace {

TEST(EventList, HoldsWhatWasAddedInOrder) {
  EventList list;
  EXPECT_TRUE(list.empty());
  list.add().ordinal = 1;
  list.add().ordinal = 2;
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list.front().ordinal, 1U);
  EXPECT_EQ(list.back().ordinal, 2U);
  EXPECT_EQ(list[1].ordinal, 2U);
  EXPECT_EQ(list.end() - list.begin(), 2);
}

TEST(EventList, KeepsTheMemoryOfWhatItLetsGo) {
  EventList list;
  list.add().payload.assign(4096, 'x');
  const char* const memory = list.front().payload.data();
  list.clear();
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.begin(), list.end());
  RaceEvent& again = list.add();
  again.payload.assign("{}");
  EXPECT_EQ(again.payload.data(), memory);
}

}  // namespace
}  // namespace holeshot::race
