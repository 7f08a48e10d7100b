#include "central/sheets/page.h"

#include <gtest/gtest.h>

#include "central/sheets/csv.h"
#include "central/sheets/print.h"

namespace holeshot::sheets {
namespace {

TEST(Page, WhatPeopleWroteIsTextAndNothingElse) {
  EXPECT_EQ(escaped("<b>\"O'Neil\" & Co</b>"), "&lt;b&gt;&quot;O&#39;Neil&quot; &amp; Co&lt;/b&gt;");
  const auto html =
      html_page("<script>", "</p>", {{.heading = "<x>", .columns = {"<c>"}, .rows = {{"<d>"}}}});
  for (const char* tag : {"<script>", "<x>", "<c>", "<d>"})
    EXPECT_EQ(html.find(tag), std::string::npos) << tag;
  EXPECT_NE(html.find("@media print"), std::string::npos);
  EXPECT_EQ(html.find("http"), std::string::npos) << "needs nothing from anywhere";
}

ClassResults boys() {
  ClassResults its{.name = "Boys, 9-10", .state = "official"};
  its.lines.push_back({.rank = 1,
                       .rider = {"Zo\xC3\xAB", "O'Neil", "7A"},
                       .rider_id = "r1",
                       .code = "FIN",
                       .reached = "main",
                       .place = 1,
                       .elapsed_us = 38'123'999,
                       .moto_points = {"1", "2", "1"},
                       .total_points = 4});
  its.lines.push_back({.rank = 0,
                       .rider = {"Bo", "Li", "8"},
                       .rider_id = "r2",
                       .code = "DSQ",
                       .reached = "moto1",
                       .moto_points = {""},
                       .total_points = 0});
  return its;
}

TEST(Print, ResultsAreATableThatReadsBack) {
  const auto rows = base::value_or_die(parse_csv(results_csv({boys()})));
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].cells.size(), 15U);
  EXPECT_EQ(rows[1].cells[0], "Boys, 9-10");
  EXPECT_EQ(rows[1].cells[9], "38.123");
  EXPECT_EQ(rows[1].cells[12], "2");
  EXPECT_EQ(rows[2].cells[2], "");
  EXPECT_EQ(rows[2].cells[8], "DSQ");
}

TEST(Print, ResultsPageNamesStateAndRiders) {
  const auto html = results_page({"Cup", "2026-05-01", "Zolder"}, {boys()});
  for (const char* text : {"Official result", "O&#39;Neil", "38.123", "DSQ", "Zolder"})
    EXPECT_NE(html.find(text), std::string::npos) << text;
}

TEST(Print, MotoSheetsHaveLanesAndSayWhatIsNotFilled) {
  const auto html = moto_sheets_page(
      {"Cup", "2026-05-01", "Zolder"},
      {{1, "Boys 9", "moto2", 1, {{3, {"Bo", "Li", "8"}, "7000001"}}}, {2, "Boys 9", "main", 1, {}}});
  for (const char* text :
       {"1. Boys 9: Moto 2, group 1", "<td>3</td>", "7000001", "2. Boys 9: Main", "Filled from"})
    EXPECT_NE(html.find(text), std::string::npos) << text;
}

TEST(Print, TimesAreCutNotRounded) {
  EXPECT_EQ(seconds_text(999), "0.000");
  EXPECT_EQ(seconds_text(61'050'999), "61.050");
  EXPECT_EQ(seconds_text(std::nullopt), "");
  EXPECT_EQ(round_text("semi", 2), "Semi, heat 2");
}

}  // namespace
}  // namespace holeshot::sheets
