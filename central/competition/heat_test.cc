#include "central/competition/heat.h"

#include <gtest/gtest.h>

#include "central/competition/competition_test_kit.h"

namespace holeshot::competition {
namespace {

using kit::book;
using kit::heat;

std::string text_of_lines(const std::vector<ScoredLine>& lines) {
  std::string out;
  for (const auto& line : lines) {
    out += line.rider_id + " " + std::string{text_of(line.code)} + " " +
           (line.place ? std::to_string(*line.place) : "-") + " " +
           (line.points ? std::to_string(*line.points) : "-") + "\n";
  }
  return out;
}

TEST(Heat, PointsAreThePlace) {
  EXPECT_EQ(text_of_lines(score(book(), heat("moto1", 1, {"a", "b", "c"}))),
            "a FIN 1 1\nb FIN 2 2\nc FIN 3 3\n");
}

// BMX.md 3: DNF the last place, DNS gate + 2, REL ranked last with last-place points, DSQ nothing.
TEST(Heat, CodePointsAndPlaceAreThreeThings) {
  Heat moto = heat("moto1", 1, {"a", "b", "c", "d", "e", "f"});
  moto.outcomes["b"] = {Code::kRelegated, std::nullopt, 31'000'000};
  moto.outcomes["c"] = {Code::kDnf, std::nullopt, std::nullopt};
  moto.outcomes["d"] = {Code::kDisqualified, std::nullopt, 33'000'000};
  moto.outcomes.erase("f");
  EXPECT_EQ(text_of_lines(score(book(), moto)),
            "a FIN 1 1\ne FIN 2 2\nc DNF - 6\nb REL - 6\nf DNS - 10\nd DSQ - -\n");
  RuleBook starters = book();
  starters.dnf_points = LastPlace::kStarters;
  EXPECT_EQ(score(starters, moto)[2].points, 5);
}

TEST(Heat, APhotoFinishStandsAboveTheClockAndTheClockWhereThereIsNoPlace) {
  Heat moto = heat("moto1", 1, {"a", "b", "c", "d"});
  moto.outcomes["a"].elapsed_us = 99'000'000;
  moto.outcomes["c"].position.reset();
  moto.outcomes["d"] = {Code::kFinished, std::nullopt, 31'500'000};
  EXPECT_EQ(text_of_lines(score(book(), moto)), "a FIN 1 1\nb FIN 2 2\nd FIN 3 3\nc FIN 4 4\n");
}

TEST(Heat, ADeadHeatSharesItsPlace) {
  Heat moto = heat("moto1", 1, {"a", "b", "c"});
  moto.outcomes["b"].position = 1;
  moto.outcomes["b"].elapsed_us = moto.outcomes["a"].elapsed_us;
  EXPECT_EQ(text_of_lines(score(book(), moto)), "a FIN 1 1\nb FIN 1 1\nc FIN 3 3\n");
}

TEST(Heat, WhoRodeWithoutBeingListedCountsToo) {
  Heat moto = heat("moto1", 1, {"a", "b"});
  moto.entries.pop_back();
  EXPECT_EQ(score(book(), moto).size(), 2U);
  moto.finished = false;
  EXPECT_TRUE(score(book(), moto).empty());
}

TEST(Heat, ARoundIsFinishedWhenAllItsHeatsAre) {
  std::vector<Heat> heats{heat("semi", 2, {"a"}), heat("semi", 1, {"b"})};
  EXPECT_EQ(heats_of(heats, "semi")[0]->group, 1U);
  EXPECT_TRUE(round_finished(heats, "semi"));
  EXPECT_FALSE(round_finished(heats, "main"));
  heats[0].finished = false;
  EXPECT_FALSE(round_finished(heats, "semi"));
}

}  // namespace
}  // namespace holeshot::competition
