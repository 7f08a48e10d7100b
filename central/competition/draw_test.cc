#include "central/competition/draw.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "central/competition/competition_test_kit.h"

namespace holeshot::competition {
namespace {

using kit::book;

std::vector<DrawnMoto> draw(const RuleBook& rules, std::size_t count, std::size_t rounds,
                            std::uint64_t seed) {
  return draw_motos(rules, kit::riders(count), groups_for(count, rules.lanes), rounds, seed);
}

std::string text_of(const std::vector<DrawnMoto>& motos) {
  std::string out;
  for (const auto& moto : motos) {
    out += std::to_string(moto.round) + "/" + std::to_string(moto.group) + ":";
    for (const auto& entry : moto.entries) out += entry.rider_id + "@" + std::to_string(entry.lane) + ",";
  }
  return out;
}

// Everything that has to hold for each draw.
void check(const RuleBook& rules, std::size_t count, std::uint64_t seed) {
  const std::string where = rules.name + ", " + std::to_string(count) + " riders";
  const auto motos = draw(rules, count, rules.moto_rounds, seed);
  ASSERT_EQ(motos.size(), (count + 7) / 8 * rules.moto_rounds) << where;
  std::map<std::string, std::set<std::size_t>> lanes;
  std::map<std::string, std::set<std::size_t>> groups;
  std::map<std::size_t, std::multiset<std::string>> rounds;
  std::set<std::size_t> sizes;
  for (const auto& moto : motos) {
    std::set<std::size_t> taken;
    sizes.insert(moto.entries.size());
    for (const auto& entry : moto.entries) {
      EXPECT_TRUE(entry.lane >= 1 && entry.lane <= rules.lanes) << where;
      EXPECT_TRUE(taken.insert(entry.lane).second) << "lane twice in a moto, " << where;
      EXPECT_TRUE(lanes[entry.rider_id].insert(entry.lane).second) << "lane again, " << where;
      groups[entry.rider_id].insert(moto.group);
      rounds[moto.round].insert(entry.rider_id);
    }
  }
  EXPECT_LE(*sizes.rbegin(), rules.lanes) << where;
  EXPECT_LE(*sizes.rbegin() - *sizes.begin(), 1U) << "uneven groups, " << where;
  const auto all = kit::riders(count);
  ASSERT_EQ(rounds.size(), rules.moto_rounds) << where;
  for (const auto& [round, who] : rounds)
    EXPECT_EQ(who, (std::multiset<std::string>{all.begin(), all.end()}));
  if (rules.moto_draw == MotoDraw::kGroups) {
    for (const auto& [rider, in] : groups) EXPECT_EQ(in.size(), 1U) << rider << " " << where;
  }
}

TEST(Draw, HoldsForEverySizeOfClassAndEveryBook) {
  for (const auto name : rule_book_names()) {
    for (std::size_t count = 1; count <= 128; ++count) {
      for (std::uint64_t seed = 0; seed < 3; ++seed) check(book(name), count, seed * 7919 + count);
    }
  }
}

TEST(Draw, ScrambledMotosAreEvenTooAndMixOpponents) {
  RuleBook rules = book();
  rules.moto_draw = MotoDraw::kScrambled;
  for (std::size_t count = 1; count <= 128; ++count) check(rules, count, count);
  const auto motos = draw(rules, 24, 3, 1);
  std::map<std::string, std::set<std::string>> met;
  for (const auto& moto : motos) {
    for (const auto& one : moto.entries) {
      for (const auto& other : moto.entries) met[one.rider_id].insert(other.rider_id);
    }
  }
  for (const auto& [rider, opponents] : met) EXPECT_GT(opponents.size(), 8U) << rider;
}

TEST(Draw, NineRidersAreFiveAndFour) {
  const auto motos = draw(book(), 9, 1, 1);
  ASSERT_EQ(motos.size(), 2U);
  EXPECT_EQ(motos[0].entries.size(), 5U);
  EXPECT_EQ(motos[1].entries.size(), 4U);
}

TEST(Draw, IsTheSameForTheSameSeedAndAnotherForAnother) {
  EXPECT_EQ(text_of(draw(book(), 20, 3, 42)), text_of(draw(book(), 20, 3, 42)));
  EXPECT_NE(text_of(draw(book(), 20, 3, 42)), text_of(draw(book(), 20, 3, 43)));
  // Written down once: another machine, compiler or library has to draw this too.
  EXPECT_EQ(text_of(draw(book(), 3, 2, seed_of("class"))),
            "1/1:r000@8,r001@5,r002@1,2/1:r000@7,r001@8,r002@5,");
}

TEST(Draw, TakesLanesFromTheTableWhereTheBookHasOne) {
  const auto motos = draw(book("uci"), 8, 3, 5);
  for (std::size_t slot = 0; slot < 8; ++slot) {
    EXPECT_EQ(motos[0].entries[slot].lane, slot + 1);
    EXPECT_EQ(motos[1].entries[slot].lane, book("uci").lane_table[1][slot]);
  }
}

TEST(Draw, OfNobodyIsNothing) { EXPECT_TRUE(draw(book(), 0, 3, 1).empty()); }

TEST(Draw, EveryLaneIsEverybodysTurnSooner) {
  std::map<std::size_t, int> seen;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    for (const auto& entry : draw(book(), 4, 1, seed)[0].entries) ++seen[entry.lane];
  }
  for (std::size_t lane = 1; lane <= 8; ++lane) EXPECT_GT(seen[lane], 50) << lane;
}

TEST(Draw, LaterLanesGoBySeedOrAreDrawn) {
  const auto chosen = later_lanes(book("uci"), {"a", "b", "c"}, 1);
  EXPECT_EQ(chosen, (std::vector<Entry>{{"a", 1}, {"b", 2}, {"c", 3}}));
  std::set<std::size_t> lanes;
  for (std::uint64_t seed = 0; seed < 50; ++seed) lanes.insert(later_lanes(book(), {"a"}, seed)[0].lane);
  EXPECT_EQ(lanes.size(), 8U);
}

TEST(Draw, ALateRiderGetsAFreeLaneThatHeHadNotBefore) {
  EXPECT_EQ(free_lane(book(), {{"a", 1}, {"b", 3}}, {}), 2U);
  EXPECT_EQ(free_lane(book(), {{"a", 1}, {"b", 3}}, {2, 4}), 5U);
  std::vector<Entry> full;
  for (std::size_t lane = 1; lane <= 8; ++lane) full.push_back({"x", lane});
  EXPECT_EQ(free_lane(book(), full, {}), 0U);
  full.pop_back();
  EXPECT_EQ(free_lane(book(), full, {8}), 8U);
}

}  // namespace
}  // namespace holeshot::competition
