#include "central/competition/class_plan.h"

#include <gtest/gtest.h>

#include "central/competition/competition_test_kit.h"

namespace holeshot::competition {
namespace {

using kit::book;
using Rounds = std::vector<std::string>;

ClassPlan plan(const RuleBook& rules, std::size_t riders, Format format,
               Scoring scoring = Scoring::kTotalPoints) {
  return base::value_or_die(plan_class(rules, riders, format, scoring));
}
constexpr Format kFull = Format::kMotosQuartersSemisMain;

// The table of BMX.md 3 A.
TEST(ClassPlan, PointsClassesRideTheRoundsOfTheTable) {
  const struct {
    std::size_t riders;
    std::size_t groups;
    Rounds later;
  } table[] = {{3, 1, {"main"}},
               {8, 1, {"main"}},
               {9, 2, {"main"}},
               {16, 2, {"main"}},
               {17, 3, {"semi", "main"}},
               {32, 4, {"semi", "main"}},
               {33, 5, {"quarter", "semi", "main"}},
               {64, 8, {"quarter", "semi", "main"}},
               {65, 9, {"eighth", "quarter", "semi", "main"}},
               {128, 16, {"eighth", "quarter", "semi", "main"}}};
  for (const auto& row : table) {
    const auto made = plan(book("uci"), row.riders, kFull);
    EXPECT_EQ(made.groups, row.groups) << row.riders;
    EXPECT_EQ(made.later, row.later) << row.riders;
    EXPECT_EQ(made.moto_rounds, 3U);
    EXPECT_FALSE(made.by_transfer());
  }
}

TEST(ClassPlan, TheFormatIsTheMostRoundsThatTheOfficeWants) {
  EXPECT_EQ(plan(book(), 40, Format::kMotosOnly).later, Rounds{});
  EXPECT_EQ(plan(book(), 40, Format::kMotosMain).later, Rounds{"main"});
  EXPECT_EQ(plan(book(), 40, Format::kMotosSemisMain).later, (Rounds{"semi", "main"}));
  EXPECT_EQ(plan(book(), 10, Format::kMotosSemisMain).later, Rounds{"main"});
}

// The table of BMX.md 3 B.
TEST(ClassPlan, TransferClassesFollowTheTable) {
  using Transfers = std::vector<std::size_t>;
  const struct {
    std::size_t riders;
    std::size_t groups;
    Transfers transfers;
    Rounds later;
  } table[] = {{3, 1, {}, {}},
               {4, 1, {1, 1, 1}, {"main"}},
               {5, 1, {1, 1, 2}, {"main"}},
               {6, 1, {1, 2, 2}, {"main"}},
               {7, 1, {2, 2, 2}, {"main"}},
               {8, 1, {2, 2, 3}, {"main"}},
               {9, 2, {1, 1, 4}, {"main"}},
               {10, 2, {1, 1, 2}, {"main"}},
               {14, 2, {1, 1, 2}, {"main"}},
               {15, 3, {1, 1, 2}, {"semi", "main"}}};
  for (const auto& row : table) {
    const auto made = plan(book("usabmx"), row.riders, Format::kMotosMain, Scoring::kTransfer);
    EXPECT_EQ(made.groups, row.groups) << row.riders;
    EXPECT_EQ(made.transfers, row.transfers) << row.riders;
    EXPECT_EQ(made.later, row.later) << row.riders;
  }
  EXPECT_EQ(plan(book("usabmx"), 9, kFull, Scoring::kTransfer).moto_heats(2), 2U);
  EXPECT_EQ(plan(book("usabmx"), 9, kFull, Scoring::kTransfer).moto_heats(3), 1U);
}

TEST(ClassPlan, EveryTransferTableLeavesAFullGateOrLess) {
  for (std::size_t riders = 4; riders <= 128; ++riders) {
    const auto made = plan(book("usabmx"), riders, kFull, Scoring::kTransfer);
    std::size_t through = 0;
    for (std::size_t moto = 1; moto <= made.transfers.size(); ++moto)
      through += made.transfers[moto - 1] * made.moto_heats(moto);
    ASSERT_FALSE(made.later.empty());
    EXPECT_LE(through, heats_of_round(made.later[0]) * 8) << riders;
    EXPECT_LE(through, riders) << riders;
  }
}

TEST(ClassPlan, RefusesWhatIsTooFewOrTooMany) {
  const auto few = plan_class(book("usabmx"), 2, kFull, Scoring::kTransfer);
  ASSERT_FALSE(few);
  EXPECT_EQ(few.error().code, base::Code::kConflict);
  EXPECT_NE(few.error().text().find("merge"), std::string::npos);
  EXPECT_TRUE(plan_class(book("club"), 1, kFull, Scoring::kTotalPoints));
  EXPECT_FALSE(plan_class(book("club"), 2, kFull, Scoring::kTransfer)) << "no transfers for two";
  EXPECT_FALSE(plan_class(book("club"), 129, kFull, Scoring::kTotalPoints));
}

TEST(ClassPlan, ReadsTheWordsOfTheContract) {
  EXPECT_EQ(format_of("motos_semis_main").value(), Format::kMotosSemisMain);
  EXPECT_FALSE(format_of("motos"));
  EXPECT_EQ(scoring_of("transfer").value(), Scoring::kTransfer);
  EXPECT_FALSE(scoring_of(""));
}

}  // namespace
}  // namespace holeshot::competition
