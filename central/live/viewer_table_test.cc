#include "central/live/viewer_table.h"

#include <gtest/gtest.h>

#include <set>

#include "central/live/viewer_world.h"

namespace holeshot::live {
namespace {

class ViewerTableTest : public ::testing::Test, public ViewerWorld {
 protected:
  ViewerTable table_;
};

TEST_F(ViewerTableTest, APlaceIsUsedAgainButAnIdNever) {
  const std::uint64_t first = table_.add({}, chores_).id();
  EXPECT_GT(first, 0xFF'FFFFU);
  table_.erase(*table_.find(first));
  Viewer& second = table_.add({}, chores_);
  EXPECT_NE(second.id(), first);
  EXPECT_EQ(table_.find(first), nullptr) << "gone, though its place is taken";
  EXPECT_EQ(table_.find(second.id()), &second);
  EXPECT_EQ(table_.find(0), nullptr);
  EXPECT_EQ(table_.size(), 1U);
}

TEST_F(ViewerTableTest, SomeAtATimeAreAllOnce) {
  std::vector<std::uint64_t> ids;
  for (int i = 0; i < 10; ++i) ids.push_back(table_.add({}, chores_).id());
  for (const std::size_t i : {0U, 4U, 9U}) table_.erase(*table_.find(ids[i]));
  std::multiset<std::uint64_t> seen;
  std::size_t place = 0;
  do {
    place = table_.some(place, 3, [&](Viewer& viewer) { seen.insert(viewer.id()); });
  } while (place != 0);
  std::multiset<std::uint64_t> all;
  table_.each([&](Viewer& viewer) { all.insert(viewer.id()); });
  EXPECT_EQ(seen, all);
  EXPECT_EQ(all.size(), 7U);
  EXPECT_EQ(table_.some(5, 0, [](Viewer&) { FAIL(); }), 5U) << "none asked for, none seen";
}

}  // namespace
}  // namespace holeshot::live
