#include "central/competition/running_order.h"

#include <gtest/gtest.h>

namespace holeshot::competition {
namespace {

TEST(RunningOrder, GoesByRoundThenClassThenGroup) {
  const auto order = in_running_order({{"main-a", "main", 0, 1, {}},
                                       {"m2-a", "moto2", 0, 1, {}},
                                       {"m1-b2", "moto1", 1, 2, {}},
                                       {"m1-b1", "moto1", 1, 1, {}},
                                       {"semi-b", "semi", 1, 1, {}},
                                       {"m1-a", "moto1", 0, 1, {}}});
  std::string text;
  for (const auto& gate : order) text += gate.moto_id + " ";
  EXPECT_EQ(text, "m1-a m1-b1 m1-b2 m2-a semi-b main-a ");
}

TEST(RunningOrder, NamesWhoRacesAgainTooSoon) {
  const std::vector<Gate> order{{"1", "moto1", 0, 1, {"x", "y"}},
                                {"2", "moto1", 1, 1, {"y"}},
                                {"3", "moto1", 2, 1, {"z"}},
                                {"4", "moto1", 3, 1, {"x"}}};
  const auto found = too_soon(order, 3);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].rider_id, "y");
  EXPECT_EQ(found[0].gates_between, 0U);
  EXPECT_EQ(found[1].rider_id, "x");
  EXPECT_EQ(found[1].second_moto, "4");
  EXPECT_EQ(found[1].gates_between, 2U);
  EXPECT_TRUE(too_soon(order, 0).empty());
}

}  // namespace
}  // namespace holeshot::competition
