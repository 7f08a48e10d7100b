#include "central/read/standings.h"

#include <gtest/gtest.h>

namespace holeshot::read {
namespace {

std::string order(const std::vector<Scored>& scored) {
  std::string out;
  for (const auto& s : standings_of(scored)) {
    out += s.rider_id + ":" + std::to_string(s.rank) + "/" + std::to_string(s.total) + " ";
  }
  return out;
}

TEST(Points, ArePlaceOrNumberOfRidersOrTen) {
  EXPECT_EQ(points_of({.position = 3}, 8), 3);
  EXPECT_EQ(points_of({.dnf = true}, 5), 5);
  EXPECT_EQ(points_of({.dns = true}, 5), 10);
  EXPECT_EQ(points_of({.dnf = true, .dns = true}, 5), 10);
  EXPECT_EQ(points_of({.position = 1, .rel = true}, 5), 5);
  EXPECT_EQ(points_of({.position = 1, .dsq = true}, 5), std::nullopt);
  EXPECT_EQ(points_of({}, 5), std::nullopt);
}

TEST(Standings, LowestTotalLeads) {
  EXPECT_EQ(order({{"a", {3, 3, 3}}, {"b", {1, 2, 1}}, {"c", {10, 1, 2}}}), "b:1/4 a:2/9 c:3/13 ");
}

TEST(Standings, TiesGoToTheLastMotoThenToTheBestOne) {
  EXPECT_EQ(order({{"a", {1, 3}}, {"b", {3, 1}}}), "b:1/4 a:2/4 ");
  EXPECT_EQ(order({{"a", {3, 3, 2}}, {"b", {5, 1, 2}}}), "b:1/8 a:2/8 ");
}

TEST(Standings, EqualRidersShareARankAndTheNextOneIsSkipped) {
  EXPECT_EQ(order({{"a", {2}}, {"b", {1}}, {"c", {1}}, {"d", {2}}, {"e", {3}}}),
            "b:1/1 c:1/1 a:3/2 d:3/2 e:5/3 ");
}

TEST(Standings, WhoIsOutStandsLastWithoutARank) {
  EXPECT_EQ(order({{"out", {1, 1}, true}, {"idle", {}}, {"a", {8, 8}}}), "a:1/16 idle:0/0 out:0/2 ");
}

TEST(Standings, NobodyLeadsByHavingRacedLess) {
  EXPECT_EQ(order({{"idle", {}}, {"one", {1}}, {"two", {8, 8}}}), "two:1/16 one:2/1 idle:0/0 ");
}

}  // namespace
}  // namespace holeshot::read
