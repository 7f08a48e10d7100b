#include "central/log/tools/size_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace holeshot::log {
namespace {

SizeReport report_of(double rate, double tracks = 40) {
  return {.streams = size_streams(default_streams(), {.tracks = tracks, .messages_per_s = rate})};
}

TEST(SizeReport, TextHasARowPerStreamAndSaysThatAllIsWell) {
  const std::string text = size_text(report_of(1, 4));
  for (const auto& rule : default_streams())
    EXPECT_NE(text.find("\n" + rule.name), std::string::npos) << text;
  EXPECT_NE(text.find("every limit is large enough"), std::string::npos);
  EXPECT_EQ(text.find("TOO SMALL"), std::string::npos);
}

TEST(SizeReport, TextSaysWhatIsTooSmall) {
  SizeReport report = report_of(50);
  EXPECT_FALSE(report.enough());
  EXPECT_NE(size_text(report).find("TOO SMALL: timing_ingest_raw_v1: 100.0 GB hold"), std::string::npos);
  report = report_of(1, 4);
  report.disk = "the disk is small";
  EXPECT_FALSE(report.enough());
  EXPECT_NE(size_text(report).find("TOO SMALL: the disk is small"), std::string::npos);
}

TEST(SizeReport, JsonHoldsTheSameFigures) {
  const SizeReport report = report_of(50);
  const auto json = nlohmann::json::parse(size_json(report));
  EXPECT_EQ(json["enough"], false);
  EXPECT_EQ(json["disk_bytes"], report.disk_bytes());
  ASSERT_EQ(json["streams"].size(), report.streams.size());
  EXPECT_EQ(json["streams"][0]["stream"], "timing_ingest_raw_v1");
  EXPECT_EQ(json["streams"][0]["needed_bytes"], report.streams[0].needed_bytes);
  EXPECT_DOUBLE_EQ(json["streams"][0]["events_per_s"], 2000);
  EXPECT_EQ(json["advice"][0], report.streams[0].advice);
}

}  // namespace
}  // namespace holeshot::log
