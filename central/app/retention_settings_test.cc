#include "central/app/retention_settings.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "central/app/serve_settings.h"

namespace holeshot::central_app {
namespace {

const auto kNoEnv = [](const char*) -> const char* { return nullptr; };

const log::StreamRule& rule(const std::vector<log::StreamRule>& streams, const std::string& name) {
  return *std::ranges::find(streams, name, &log::StreamRule::name);
}

base::Result<ServeOptions> options_of(std::map<std::string, std::string> flags) {
  flags["data"] = "/tmp/x";
  return read_serve_options(flags, "", kNoEnv);
}

TEST(RetentionSettings, WithoutAWordTheStreamsAreTheDefaultOnes) {
  const auto options = options_of({});
  ASSERT_TRUE(options) << options.error().text();
  const auto expected = log::default_streams();
  ASSERT_EQ(options->central.log.streams.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(options->central.log.streams[i].max_age, expected[i].max_age) << expected[i].name;
    EXPECT_EQ(options->central.log.streams[i].max_bytes, expected[i].max_bytes) << expected[i].name;
  }
  EXPECT_EQ(options->central.expected.tracks, 0);
}

TEST(RetentionSettings, SetTheLimitsOfTheirStreamAlone) {
  const auto options = options_of({{"retention_raw", "30d,500GB"}, {"retention_dlq", "forever"}});
  ASSERT_TRUE(options) << options.error().text();
  const auto& streams = options->central.log.streams;
  EXPECT_EQ(rule(streams, "timing_ingest_raw_v1").max_age, std::chrono::hours{30 * 24});
  EXPECT_EQ(rule(streams, "timing_ingest_raw_v1").max_bytes, 500'000'000'000U);
  EXPECT_EQ(rule(streams, "timing_dlq_v1").max_age.count(), 0);
  EXPECT_EQ(rule(streams, "timing_race_events_v1").max_bytes, 50'000'000'000U);
}

TEST(RetentionSettings, AMistakeIsNamedWithItsSettingAndItsPlace) {
  for (const char* key : {"retention_raw", "retention_events", "retention_snapshot", "retention_dlq"}) {
    const auto wrong = options_of({{key, "7 weeks"}});
    ASSERT_FALSE(wrong) << key;
    EXPECT_NE(wrong.error().text().find(key), std::string::npos) << wrong.error().text();
    EXPECT_NE(wrong.error().text().find("7d,100GB"), std::string::npos) << wrong.error().text();
  }
}

TEST(RetentionSettings, WhatIsExpectedIsNumbers) {
  const auto options = options_of({{"expected_tracks", "40"}, {"expected_rate", "2.5"}});
  ASSERT_TRUE(options) << options.error().text();
  EXPECT_EQ(options->central.expected.tracks, 40);
  EXPECT_EQ(options->central.expected.messages_per_s, 2.5);
  for (const char* bad : {"-1", "many", "2.5/s", "1e9", "nan"}) {
    const auto wrong = options_of({{"expected_rate", bad}});
    ASSERT_FALSE(wrong) << bad;
    EXPECT_NE(wrong.error().text().find("expected_rate"), std::string::npos);
  }
  EXPECT_FALSE(options_of({{"expected_tracks", "-1"}}));
}

TEST(ReadStreams, KnowsFileAndEnvironmentWithoutADataFolder) {
  const auto env = [](const char* name) -> const char* {
    return std::string_view{name} == "HOLESHOT_RETENTION_EVENTS" ? "2d" : nullptr;
  };
  const auto streams = read_streams("", env);
  ASSERT_TRUE(streams) << streams.error().text();
  EXPECT_EQ(rule(*streams, "timing_race_events_v1").max_age, std::chrono::hours{48});
  EXPECT_EQ(rule(*streams, "timing_race_events_v1").max_bytes, 0U);
  EXPECT_FALSE(read_streams("/nonexistent/central.toml", env));
}

}  // namespace
}  // namespace holeshot::central_app
