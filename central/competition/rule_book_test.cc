#include "central/competition/rule_book.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace holeshot::competition {
namespace {

using Json = nlohmann::json;

RuleBook parse(const Json& json) { return base::value_or_die(parse_rule_book(json.dump())); }

TEST(RuleBook, EveryBuiltInBookReads) {
  EXPECT_EQ(rule_book_names(), (std::vector<std::string_view>{"club", "uci", "usabmx"}));
  for (const auto name : rule_book_names()) {
    const auto book = rule_book(name);
    ASSERT_TRUE(book) << book.error().text();
    EXPECT_EQ(book->name, name);
    EXPECT_EQ(book->dns_points(), 10) << "gate size + 2";
  }
  const auto none = rule_book("fifa");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, base::Code::kMissing);
  EXPECT_NE(none.error().text().find("club, uci, usabmx"), std::string::npos);
}

TEST(RuleBook, TheTableGivesARiderEachLaneOnce) {
  for (const auto name : rule_book_names()) {
    const auto book = base::value_or_die(rule_book(name));
    for (std::size_t slot = 0; !book.lane_table.empty() && slot < book.lanes; ++slot) {
      std::set<std::size_t> lanes;
      for (const auto& row : book.lane_table) EXPECT_TRUE(lanes.insert(row[slot]).second) << name << slot;
    }
  }
}

TEST(RuleBook, EveryNumberIsASetting) {
  Json json = Json::parse(rule_book_text("club"));
  json["gate"]["lanes"] = 6;
  json["later_lanes"]["preference"] = {6, 5, 4, 3, 2, 1};
  json["points"]["dns_over_gate"] = 3;
  json["advance"]["per_heat"] = 3;
  json["transfer"] = Json::array();
  const auto book = parse(json);
  EXPECT_EQ(book.dns_points(), 9);
  EXPECT_EQ(book.per_heat, 3U);
}

TEST(RuleBook, SaysWhatIsWrongAndWhere) {
  const struct {
    const char* path;
    Json value;
  } faults[] = {{"/gate/lanes", 0},
                {"/gate/lanes", "eight"},
                {"/motos/rounds", 7},
                {"/motos/draw", "raffle"},
                {"/motos/lanes", "table"},
                {"/later_lanes/preference", {1, 2, 3}},
                {"/order_of_codes", {"FIN", "DNF", "DNF", "DNS", "DSQ"}},
                {"/ties/0", "coin"},
                {"/rounds/0/rounds", {"main", "semi"}},
                {"/rounds/0/rounds/0", "final"},
                {"/transfer/0/transfers", {9}},
                {"/advance/need_start", 1},
                {"/protest_minutes", -1}};
  for (const auto& fault : faults) {
    Json json = Json::parse(rule_book_text("club"));
    json[Json::json_pointer(fault.path)] = fault.value;
    const auto book = parse_rule_book(json.dump());
    ASSERT_FALSE(book) << fault.path;
    EXPECT_EQ(book.error().code, base::Code::kInvalid);
  }
  EXPECT_FALSE(parse_rule_book("[]"));
  EXPECT_FALSE(parse_rule_book("{"));
  Json json = Json::parse(rule_book_text("club"));
  json["points"].erase("dnf");
  EXPECT_NE(parse_rule_book(json.dump()).error().text().find("/points/dnf has to be one of listed, starters"),
            std::string::npos);
}

TEST(RuleBook, RoundsHaveAnOrder) {
  EXPECT_LT(order_of_round("moto1"), order_of_round("moto3"));
  EXPECT_LT(order_of_round("moto6"), order_of_round("eighth"));
  EXPECT_LT(order_of_round("semi"), order_of_round("main"));
  EXPECT_EQ(order_of_round("final"), -1);
  EXPECT_TRUE(is_moto_round("moto2"));
  EXPECT_FALSE(is_moto_round("semi"));
  EXPECT_FALSE(is_moto_round("x"));
}

}  // namespace
}  // namespace holeshot::competition
