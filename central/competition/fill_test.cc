#include "central/competition/fill.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "central/competition/competition_test_kit.h"
#include "central/competition/ranking.h"

namespace holeshot::competition {
namespace {

using kit::book;
using kit::heat;
using kit::ids_of;
using Order = std::vector<std::string>;

// A class that is raced to its end, whoever wins: draws, rides, fills, rides on.
class RaceDay {
 public:
  RaceDay(const RuleBook& rules, std::size_t riders, Format format, Scoring scoring, std::uint64_t seed)
      : rules_(rules), plan_(base::value_or_die(plan_class(rules, riders, format, scoring))), rng_(seed) {
    for (const auto& moto : draw_motos(rules_, kit::riders(riders), plan_.groups,
                                       plan_.by_transfer() ? 1 : plan_.moto_rounds, seed)) {
      add("moto" + std::to_string(moto.round), moto.group, moto.entries);
    }
    for (const auto& vacant : vacant_heats(plan_)) add(vacant.round, vacant.group, {});
  }

  // Rides what has riders, fills what can be filled, until nothing changes.
  void run() {
    for (int step = 0; step < 20; ++step) {
      bool moved = false;
      for (auto& one : heats_) {
        if (one.finished || one.entries.empty()) continue;
        ride(one);
        moved = true;
        break;
      }
      while (ride_next()) moved = true;
      for (const auto& filled : fill_rounds(rules_, plan_, heats_, {}, 7)) moved = put(filled) || moved;
      if (!moved) return;
    }
  }

  const std::vector<Heat>& heats() const { return heats_; }
  const ClassPlan& plan() const { return plan_; }

 private:
  bool ride_next() {
    const auto next = std::find_if(heats_.begin(), heats_.end(),
                                   [](const Heat& one) { return !one.finished && !one.entries.empty(); });
    if (next != heats_.end()) ride(*next);
    return next != heats_.end();
  }
  void add(const std::string& round, std::size_t group, std::vector<Entry> entries) {
    heats_.push_back({.id = round + "/" + std::to_string(group),
                      .round = round,
                      .group = group,
                      .entries = std::move(entries)});
  }
  void ride(Heat& one) {
    auto order = one.entries;
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[rng_() % i]);
    std::int64_t place = 0;
    for (const auto& entry : order) {
      const auto luck = rng_() % 20;
      Outcome outcome{luck == 0 ? Code::kDnf : luck == 1 ? Code::kDns : Code::kFinished, {}, {}};
      if (outcome.code == Code::kFinished)
        outcome.position = ++place, outcome.elapsed_us = 30'000'000 + place;
      one.outcomes[entry.rider_id] = outcome;
    }
    one.finished = true;
  }
  bool put(const Filled& filled) {
    for (auto& one : heats_) {
      if (one.round != filled.round || one.group != filled.group || one.finished) continue;
      one.entries = filled.entries;
      if (one.entries.empty()) one.finished = true;  // nobody is left to ride
      return true;
    }
    return false;
  }

  RuleBook rules_;
  ClassPlan plan_;
  std::mt19937_64 rng_;
  std::vector<Heat> heats_;
};

void check(const RaceDay& day, std::size_t riders, const std::string& where) {
  for (const auto& one : day.heats()) {
    EXPECT_TRUE(one.finished) << where << " " << one.id;
    EXPECT_LE(one.entries.size(), 8U) << where << " " << one.id;
    std::set<std::size_t> lanes;
    for (const auto& entry : one.entries) EXPECT_TRUE(lanes.insert(entry.lane).second) << where << one.id;
  }
  std::map<std::string, std::set<std::string>> in_round;
  for (const auto& one : day.heats()) {
    for (const auto& entry : one.entries)
      EXPECT_TRUE(in_round[one.round].insert(entry.rider_id).second) << where << " twice in " << one.round;
  }
  const auto& later = day.plan().later;
  for (std::size_t i = 1; i < later.size(); ++i) {
    for (const auto& rider : in_round[later[i]])
      EXPECT_TRUE(in_round[later[i - 1]].contains(rider)) << where << " from nowhere into " << later[i];
  }
  std::set<std::string> ranked;
  std::int64_t before = 0;
  for (const auto& row : rank_class(book(), day.plan(), day.heats(), kit::riders(riders))) {
    EXPECT_TRUE(ranked.insert(row.rider_id).second) << where;
    EXPECT_GE(row.rank, before) << where;
    before = row.rank;
  }
  EXPECT_EQ(ranked.size(), riders) << where;
}

TEST(Fill, EveryClassOfEverySizeComesToItsMain) {
  for (const auto name : rule_book_names()) {
    for (std::size_t riders = 4; riders <= 128; riders += riders < 40 ? 1 : 7) {
      for (const auto scoring : {Scoring::kTotalPoints, Scoring::kTransfer}) {
        RaceDay day(book(name), riders, Format::kMotosQuartersSemisMain, scoring, riders);
        day.run();
        check(day, riders, std::string{name} + " " + std::to_string(riders));
      }
    }
  }
}

TEST(Fill, EveryFormatComesToItsEnd) {
  for (std::size_t riders = 3; riders <= 70; ++riders) {
    for (const auto format : {Format::kMotosOnly, Format::kMotosMain, Format::kMotosSemisMain}) {
      RaceDay day(book(), riders, format, Scoring::kTotalPoints, riders);
      day.run();
      check(day, riders, std::to_string(riders));
    }
  }
}

std::vector<Heat> raced(const std::vector<Order>& groups) {
  std::vector<Heat> heats;
  for (const char* round : {"moto1", "moto2", "moto3"}) {
    for (std::size_t i = 0; i < groups.size(); ++i) heats.push_back(heat(round, i + 1, groups[i]));
  }
  return heats;
}
ClassPlan points_plan(std::size_t riders, Format format = Format::kMotosQuartersSemisMain) {
  return base::value_or_die(plan_class(book("uci"), riders, format, Scoring::kTotalPoints));
}

TEST(Fill, TopFourOfEachGroupRideTheMain) {
  const auto heats = raced({{"a1", "a2", "a3", "a4", "a5"}, {"b1", "b2", "b3", "b4"}});
  const auto filled = fill_rounds(book("uci"), points_plan(9), heats, {}, 1);
  ASSERT_EQ(filled.size(), 1U);
  EXPECT_EQ(filled[0].round, "main");
  EXPECT_EQ(ids_of(filled[0].entries), (Order{"a1", "b1", "a2", "b2", "a3", "b3", "a4", "b4"}));
  EXPECT_EQ(filled[0].entries[0].lane, 1U) << "the best seed has the first choice";
}

TEST(Fill, OfNineOnlySevenWhereTheBookSaysSo) {
  RuleBook rules = book("uci");
  rules.exceptions = {{9, 7}};
  const auto heats = raced({{"a1", "a2", "a3", "a4", "a5"}, {"b1", "b2", "b3", "b4"}});
  EXPECT_EQ(fill_rounds(rules, points_plan(9), heats, {}, 1)[0].entries.size(), 7U);
}

TEST(Fill, ThreeGroupsAndAMainGiveTwoOfEachAndTheBestTwoOfTheRest) {
  const auto heats = raced({{"a1", "a2", "a3"}, {"b1", "b2", "b3"}, {"c1", "c2", "c3"}});
  const auto filled = fill_rounds(book("uci"), points_plan(20, Format::kMotosMain), heats, {}, 1);
  EXPECT_EQ(ids_of(filled[0].entries), (Order{"a1", "b1", "c1", "a2", "b2", "c2", "a3", "b3"}));
}

TEST(Fill, SemisAreSeededAsASnake) {
  const auto heats = raced({{"a1", "a2", "a3", "a4"}, {"b1", "b2", "b3", "b4"}, {"c1", "c2", "c3", "c4"}});
  const auto filled = fill_rounds(book("uci"), points_plan(17), heats, {}, 1);
  ASSERT_EQ(filled.size(), 2U);
  EXPECT_EQ(ids_of(filled[0].entries), (Order{"a1", "a2", "b2", "b3", "c3", "c4"}));
  EXPECT_EQ(ids_of(filled[1].entries), (Order{"b1", "c1", "c2", "a3", "a4", "b4"}));
}

TEST(Fill, ScratchedDisqualifiedAndAbsentRidersAdvanceToNothing) {
  auto heats = raced({{"a1", "a2", "a3", "a4", "a5", "a6", "a7"}, {"b1", "b2"}});
  heats[0].outcomes["a2"].code = Code::kDisqualified;
  for (auto& one : heats) {
    if (one.group == 2) one.outcomes["b2"] = {Code::kDns, {}, {}};
  }
  const auto filled = fill_rounds(book("uci"), points_plan(9), heats, {"a1"}, 1);
  EXPECT_EQ(ids_of(filled[0].entries), (Order{"b1", "a3", "a4", "a5", "a6", "a7"}));
}

TEST(Fill, WaitsForTheLastHeat) {
  auto heats = raced({{"a1", "a2"}, {"b1", "b2"}});
  heats.back().finished = false;
  EXPECT_TRUE(fill_rounds(book("uci"), points_plan(9), heats, {}, 1).empty());
}

// BMX.md 3 B: 4 riders are 1-1-1, then a main of three.
TEST(Fill, FourRidersTransferOneByOne) {
  const auto plan = base::value_or_die(plan_class(book("usabmx"), 4, Format::kMotosMain, Scoring::kTransfer));
  std::vector<Heat> heats{heat("moto1", 1, {"a", "b", "c", "d"})};
  auto filled = fill_rounds(book("usabmx"), plan, heats, {}, 1);
  ASSERT_EQ(filled.size(), 1U);
  EXPECT_EQ(ids_of(filled[0].entries), (Order{"b", "c", "d"}));
  heats.push_back(heat("moto2", 1, {"d", "c", "b"}));
  heats.push_back(heat("moto3", 1, {"b", "c"}));
  filled = fill_rounds(book("usabmx"), plan, heats, {}, 1);
  EXPECT_EQ(filled.back().round, "main");
  EXPECT_EQ(ids_of(filled.back().entries), (Order{"a", "d", "b"}));
}

// 9 riders: 1-1 of each group, then those who are left ride as one and four of them transfer.
TEST(Fill, NineRidersCombineForTheThirdMoto) {
  const auto plan = base::value_or_die(plan_class(book("usabmx"), 9, Format::kMotosMain, Scoring::kTransfer));
  std::vector<Heat> heats{heat("moto1", 1, {"a1", "a2", "a3", "a4", "a5"}),
                          heat("moto1", 2, {"b1", "b2", "b3", "b4"}),
                          heat("moto2", 1, {"a2", "a3", "a4", "a5"}), heat("moto2", 2, {"b2", "b3", "b4"})};
  auto filled = fill_rounds(book("usabmx"), plan, heats, {}, 1);
  EXPECT_EQ(filled.back().round, "moto3");
  EXPECT_EQ(ids_of(filled.back().entries), (Order{"a3", "a4", "a5", "b3", "b4"}));
  heats.push_back(heat("moto3", 1, {"b4", "a3", "b3", "a4", "a5"}));
  filled = fill_rounds(book("usabmx"), plan, heats, {}, 1);
  EXPECT_EQ(ids_of(filled.back().entries), (Order{"a1", "b1", "a2", "b2", "b4", "a3", "b3", "a4"}));
}

TEST(Fill, IsTheSameForTheSameResults) {
  const auto heats = raced({{"a1", "a2", "a3"}, {"b1", "b2", "b3"}});
  const auto one = fill_rounds(book("club"), points_plan(9), heats, {}, 3);
  const auto two = fill_rounds(book("club"), points_plan(9), heats, {}, 3);
  EXPECT_EQ(one[0].entries, two[0].entries);
}

TEST(Fill, VacantHeatsAreThoseThatResultsFill) {
  const auto plan = base::value_or_die(plan_class(book("usabmx"), 9, Format::kMotosMain, Scoring::kTransfer));
  std::string text;
  for (const auto& vacant : vacant_heats(plan))
    text += vacant.round + "/" + std::to_string(vacant.group) + " ";
  EXPECT_EQ(text, "moto2/1 moto2/2 moto3/1 main/1 ");
  EXPECT_TRUE(vacant_heats(points_plan(9, Format::kMotosOnly)).empty());
}

}  // namespace
}  // namespace holeshot::competition
