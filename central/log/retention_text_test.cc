#include "central/log/retention_text.h"

#include <gtest/gtest.h>

namespace holeshot::log {
namespace {

using std::chrono::hours;
constexpr std::chrono::seconds kWeek = hours{7 * 24};

RetentionLimits limits(std::string_view text) { return base::value_or_die(parse_retention(text)); }

TEST(RetentionText, ReadsAgesAndSizesInEitherOrder) {
  EXPECT_EQ(limits("7d,100GB"), (RetentionLimits{kWeek, 100'000'000'000}));
  EXPECT_EQ(limits(" 100 GB , 7d "), (RetentionLimits{kWeek, 100'000'000'000}));
  EXPECT_EQ(limits("36h"), (RetentionLimits{hours{36}, 0}));
  EXPECT_EQ(limits("90m"), (RetentionLimits{std::chrono::seconds{5400}, 0}));
  EXPECT_EQ(limits("512MiB"), (RetentionLimits{{}, 512U << 20}));
  EXPECT_EQ(limits("1TB").max_bytes, 1'000'000'000'000U);
  EXPECT_EQ(limits("4096B").max_bytes, 4096U);
  EXPECT_EQ(limits("forever"), RetentionLimits{});
}

TEST(RetentionText, RefusesWhatCouldBeMisread) {
  for (const char* bad :
       {"", "7", "GB", "7d,", ",7d", "7d,8d", "1GB,2GB", "7 weeks", "-7d", "7.5d", "0d", "0GB", "100gb", "7D",
        "forever,7d", "7d,100GB,1h", "99999999999999999999GB", "9999999999999TB", "7d 100GB"}) {
    const auto parsed = parse_retention(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().code, base::Code::kInvalid);
    EXPECT_NE(parsed.error().text().find("7d,100GB"), std::string::npos) << "an example helps";
  }
}

TEST(RetentionText, WritesTheShortestTextThatReadsTheSame) {
  for (const char* text : {"7d,100GB", "36h", "90m", "61s", "512MiB", "100KB", "forever", "1d,1537B"}) {
    EXPECT_EQ(retention_text(limits(text)), text);
  }
  EXPECT_EQ(retention_text(limits("24h,1000MB")), "1d,1GB");
}

TEST(RetentionText, DefaultsOfTheStreamsCanBeWrittenAsSettings) {
  for (const StreamRule& rule : default_streams()) {
    if (retention_setting(rule.name).empty()) continue;
    const RetentionLimits its{rule.max_age, rule.max_bytes};
    EXPECT_EQ(limits(retention_text(its)), its) << rule.name;
  }
}

TEST(SetRetention, ChangesOneStreamAndKeepsItsNumberPerSubject) {
  auto streams = default_streams();
  set_retention(streams, "retention_snapshot", limits("2h,1GB"));
  set_retention(streams, "retention_raw", limits("forever"));
  for (std::size_t i = 0; i < streams.size(); ++i) {
    const StreamRule& before = default_streams()[i];
    EXPECT_EQ(streams[i].max_per_subject, before.max_per_subject);
    if (streams[i].name == "timing_race_snapshot_v1") {
      EXPECT_EQ(streams[i].max_age, hours{2});
      EXPECT_EQ(streams[i].max_bytes, 1'000'000'000U);
    } else if (streams[i].name == "timing_ingest_raw_v1") {
      EXPECT_EQ(streams[i].max_age.count(), 0);
      EXPECT_EQ(streams[i].max_bytes, 0U);
    } else {
      EXPECT_EQ(streams[i].max_age, before.max_age);
      EXPECT_EQ(streams[i].max_bytes, before.max_bytes);
    }
  }
}

TEST(RetentionSetting, IsThereForWhatMayBeRemovedAlone) {
  EXPECT_EQ(retention_setting("timing_dlq_v1"), "retention_dlq");
  EXPECT_EQ(retention_setting("timing_race_events_v1"), "retention_events");
  EXPECT_EQ(retention_setting("timing_registry_v1"), "") << "the registry is kept for ever";
  EXPECT_EQ(retention_setting("timing_race_checkpoint_v1"), "") << "engines start from these";
}

}  // namespace
}  // namespace holeshot::log
