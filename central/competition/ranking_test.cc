#include "central/competition/ranking.h"

#include <gtest/gtest.h>

#include "central/competition/competition_test_kit.h"
#include "central/competition/publication.h"

namespace holeshot::competition {
namespace {

using kit::book;
using kit::heat;
using Order = std::vector<std::string>;

ClassPlan motos_only(std::size_t riders) {
  return base::value_or_die(plan_class(book(), riders, Format::kMotosOnly, Scoring::kTotalPoints));
}

// "a1 b2 c2": riders with their ranks.
std::string text_of_ranks(const std::vector<RankRow>& rows) {
  std::string out;
  for (const auto& row : rows) out += (out.empty() ? "" : " ") + row.rider_id + std::to_string(row.rank);
  return out;
}

std::vector<Heat> three_motos(const Order& one, const Order& two, const Order& three) {
  return {heat("moto1", 1, one), heat("moto2", 1, two), heat("moto3", 1, three)};
}

TEST(Ranking, LowestTotalWins) {
  const auto heats = three_motos({"a", "b", "c"}, {"b", "a", "c"}, {"b", "c", "a"});
  const auto cards = cards_of(book(), heats, {});
  EXPECT_EQ(cards.at("a").total, 6);
  EXPECT_EQ(cards.at("b").total, 4);
  EXPECT_EQ(cards.at("c").total, 8);
  EXPECT_EQ(text_of_ranks(rank_class(book(), motos_only(3), heats, {})), "b1 a2 c3");
}

// a: 1+2+3, b: 2+3+1, c: 3+1+2: all six. Last moto says b, c, a; the count-back knows no difference.
TEST(Ranking, TiesGoByTheBooksList) {
  const auto heats = three_motos({"a", "b", "c"}, {"c", "a", "b"}, {"b", "c", "a"});
  EXPECT_EQ(text_of_ranks(rank_class(book("club"), motos_only(3), heats, {})), "b1 c2 a3");
  RuleBook counting = book("uci");
  counting.ties = {TieBreak::kBestResults};
  EXPECT_EQ(text_of_ranks(rank_class(counting, motos_only(3), heats, {})), "a1 b1 c1");
  // d: 1+1+4, e: 2+2+2: six both; the count-back says d, the last moto e.
  const auto others = three_motos({"d", "e", "f", "g"}, {"d", "e", "f", "g"}, {"g", "e", "f", "d"});
  EXPECT_EQ(rank_class(book("uci"), motos_only(4), others, {})[0].rider_id, "d");
  EXPECT_EQ(rank_class(book("usabmx"), motos_only(4), others, {})[0].rider_id, "e");
}

TEST(Ranking, TheTimeOfTheLastMotoDecidesWhereTheBookSaysSo) {
  auto heats = three_motos({"a", "b"}, {"b", "a"}, {"a", "b"});
  heats[2] = heat("moto3", 1, {"a", "c"});
  heats.push_back(heat("moto3", 2, {"b", "d"}));
  heats[3].outcomes["b"].elapsed_us = 29'000'000;
  RuleBook rules = book();
  rules.ties = {TieBreak::kLastTime};
  EXPECT_EQ(text_of_ranks(rank_class(rules, motos_only(4), heats, {})).substr(0, 5), "b1 a2");
}

TEST(Ranking, WhoComesLateDidNotStartBefore) {
  auto heats = three_motos({"a", "b"}, {"a", "b", "late"}, {"late", "a", "b"});
  const auto cards = cards_of(book(), heats, {"late"});
  EXPECT_EQ(cards.at("late").total, 10 + 3 + 1);
  EXPECT_EQ(cards.at("late").lines.size(), 3U);
  heats[0].finished = false;
  EXPECT_EQ(cards_of(book(), heats, {"late"}).at("late").lines.size(), 2U);
}

TEST(Ranking, DisqualifiedHaveNoRankAndDnfStandsBeforeDns) {
  auto heats = three_motos({"a", "b", "c", "d"}, {"a", "b", "c", "d"}, {"a", "b", "c", "d"});
  for (auto& one : heats) {
    one.outcomes["b"] = {Code::kDnf, std::nullopt, std::nullopt};
    one.outcomes["c"] = {Code::kDns, std::nullopt, std::nullopt};
  }
  heats[0].outcomes["d"] = {Code::kDisqualified, std::nullopt, std::nullopt};
  EXPECT_EQ(text_of_ranks(rank_class(book(), motos_only(4), heats, {"nobody"})), "a1 b2 c3 d0 nobody0");
}

TEST(Ranking, TheMainStandsBeforeTheSemisAndTheSemisBeforeTheMotos) {
  const auto plan =
      base::value_or_die(plan_class(book(), 18, Format::kMotosSemisMain, Scoring::kTotalPoints));
  ASSERT_EQ(plan.later.size(), 2U);
  std::vector<Heat> heats;
  for (const char* round : {"moto1", "moto2", "moto3"}) {
    heats.push_back(heat(round, 1, {"a1", "a2", "a3"}));
    heats.push_back(heat(round, 2, {"b1", "b2", "b3"}));
  }
  heats.push_back(heat("semi", 1, {"a2", "b1"}));
  heats.push_back(heat("semi", 2, {"b2", "a1"}));
  heats.push_back(heat("main", 1, {"b2", "a2"}));
  const auto rows = rank_class(book(), plan, heats, {});
  // Both second in their semi: the motos decide, and they are equal there, as are the third ones.
  EXPECT_EQ(text_of_ranks(rows), "b21 a22 a13 b13 a35 b35");
  EXPECT_EQ(rows[0].reached, "main");
  EXPECT_EQ(rows[2].reached, "semi");
  EXPECT_EQ(rows[2].place, 2);
  EXPECT_EQ(rows[4].reached, "moto3");
}

TEST(Ranking, WhoDoesNotStartInTheMainIsItsLast) {
  const auto plan = base::value_or_die(plan_class(book(), 3, Format::kMotosMain, Scoring::kTotalPoints));
  auto heats = three_motos({"a", "b", "c"}, {"a", "b", "c"}, {"a", "b", "c"});
  heats.push_back(heat("main", 1, {"a", "b", "c"}));
  heats[3].outcomes.erase("a");
  EXPECT_EQ(text_of_ranks(rank_class(book(), plan, heats, {})), "b1 c2 a3");
}

TEST(Ranking, WhoTransferredStandsBeforeThoseWhoStillTry) {
  const auto plan = base::value_or_die(plan_class(book(), 4, Format::kMotosMain, Scoring::kTransfer));
  std::vector<Heat> heats{heat("moto1", 1, {"a", "b", "c", "d"}), heat("moto2", 1, {"c", "b", "d"})};
  EXPECT_EQ(transferred(book(), plan, heats, 1), Order{"a"});
  EXPECT_EQ(transferred(book(), plan, heats, 2), Order{"c"});
  EXPECT_TRUE(transferred(book(), plan, heats, 3).empty());
  EXPECT_EQ(text_of_ranks(rank_class(book(), plan, heats, {})), "a1 c2 b3 d4");
}

TEST(Publication, ProvisionalThenOfficialAfterTheProtestTime) {
  PublicationNow now{.state = PublicationState::kNone, .all_finished = false};
  EXPECT_FALSE(may_publish_provisional(now));
  now.all_finished = true;
  EXPECT_TRUE(may_publish_provisional(now));
  EXPECT_FALSE(may_become_official(now, true));
  now = {PublicationState::kProvisional, true, true, 1000, 999};
  EXPECT_FALSE(may_become_official(now, false));
  EXPECT_TRUE(may_become_official(now, true));
  now.now_us = 1000;
  EXPECT_TRUE(may_become_official(now, false));
  now.same_rows = false;
  EXPECT_FALSE(may_become_official(now, true));
  EXPECT_TRUE(may_publish_provisional(now)) << "a correction";
  EXPECT_FALSE(may_reopen(now));
  now.state = PublicationState::kOfficial;
  EXPECT_FALSE(may_publish_provisional(now));
  EXPECT_FALSE(may_become_official(now, true));
  EXPECT_TRUE(may_reopen(now));
  for (const char* word : {"none", "provisional", "official"})
    EXPECT_EQ(text_of(publication_state_of(word)), word);
}

TEST(Publication, CorrectionsNameWhoMoved) {
  const std::vector<PublishedRow> before{
      {"a", 1, "FIN", "main", {}}, {"b", 2, "FIN", "main", {}}, {"c", 3, "FIN", "main", {}}};
  const std::vector<PublishedRow> after{
      {"a", 1, "FIN", "main", {}}, {"c", 2, "FIN", "main", {}}, {"d", 3, "DNF", "main", {}}};
  const auto moved = corrections(before, after);
  ASSERT_EQ(moved.size(), 3U);
  EXPECT_EQ(moved[0].rider_id, "c");
  EXPECT_EQ(moved[0].before->rank, 3);
  EXPECT_EQ(moved[0].after->rank, 2);
  EXPECT_FALSE(moved[1].before);
  EXPECT_EQ(moved[2].rider_id, "b");
  EXPECT_FALSE(moved[2].after);
  EXPECT_TRUE(corrections(before, before).empty());
}

}  // namespace
}  // namespace holeshot::competition
