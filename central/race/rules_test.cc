#include "central/race/rules.h"

#include <gtest/gtest.h>

#include "central/race/race_day_test_kit.h"
#include "central/race/rule_books.h"

namespace holeshot::race {
namespace {

using kit::moto_of;
using kit::RaceDay;
using kit::Words;

TEST(RuleBooks, TheClubsBookIsTheDefaults) { EXPECT_EQ(rule_book("club"), Rules{}); }

TEST(RuleBooks, EveryBookCanBeReadAndDiffersFromTheClubs) {
  for (const BookText& book : rule_book_texts()) {
    ASSERT_TRUE(read_rule_book(book.json)) << book.name;
    EXPECT_EQ(rule_book(book.name) == Rules{}, book.name == kDefaultRuleBook) << book.name;
  }
  EXPECT_EQ(rule_book("curling"), std::nullopt);
}

TEST(RuleBooks, ARuleThatNobodyKnowsIsNamed) {
  const auto book = read_rule_book(R"({"rules":{"gate_color":3}})");
  ASSERT_FALSE(book);
  EXPECT_NE(book.error().message.find("gate_color"), std::string::npos);
  EXPECT_FALSE(read_rule_book(R"({"rules":{"max_lane":"eight"}})"));
}

TEST(RuleBooks, AStageIntentNamesItsBookAndMayOverrideSingleNumbers) {
  StageRequest request = moto_of(2);
  request.rule_book = "curling";
  RaceDay day;
  EXPECT_EQ(day.stage(request).said(), Words{"intent_result:unknown_rule_book"});
  request.rule_book = "uci";
  request.rules = {{"gate_color", 3}};
  EXPECT_EQ(day.stage(request).said(), Words{"intent_result:unknown_rule"});
  request.rules = {{"hold_off_us", 100}, {"max_riders", 0}};
  EXPECT_EQ(day.stage(request).said(), Words{"intent_result:bad_rule"});
  request.rules = {{"hold_off_us", 100}};
  day.stage(request);
  EXPECT_EQ(day.engine.state().motos.front().rules.hold_off_us, 100U);
  EXPECT_EQ(day.engine.state().motos.front().rules.strict_clocks, 1U);
  day.gate(10).pass(1, "finish", 35).pass(2, "finish", 36);
  EXPECT_TRUE(day.says("race_finished", R"("rule_book":"uci")"));
}

}  // namespace
}  // namespace holeshot::race
