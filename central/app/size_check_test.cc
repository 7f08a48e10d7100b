#include "central/app/size_check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "central/app/size_command.h"
#include "central/log/sqlite/sqlite_log.h"
#include "common/base/folder_test_kit.h"

namespace holeshot::central_app {
namespace {

using base::value_or_die;
using Json = nlohmann::json;
constexpr std::uint64_t kNow = 1'795'687'200'000'000;

class SizeCheckTest : public testing::Test {
 protected:
  SizeCheckTest() {
    log::SqliteLogOptions options;
    options.path = log::log_path(folder_.path());
    log_ = value_or_die(log::SqliteLog::open(options, clock_));
    // No test depends on how large this machine's disk is.
    for (auto& stream : streams_) stream.max_bytes = std::min<std::uint64_t>(stream.max_bytes, 1000);
  }
  // So many raw events of 100 bytes, now.
  void append(std::uint64_t count, const std::string& subject = "timing.ingest.raw.v1.zolder") {
    std::vector<log::NewEvent> events;
    for (std::uint64_t i = 0; i < count; ++i) {
      events.push_back({subject, value_or_die(contract::ClientId::parse("gw", "c")),
                        value_or_die(contract::BootId::parse("b", "b")), ++seq_,
                        "{\"a\":\"" + std::string(92, 'x') + "\"}"});
    }
    value_or_die(log_->append(events));
  }
  std::vector<std::string> warnings(const ExpectedLoad& expected = {}) {
    return size_warnings(*log_, folder_.path(), streams_, expected);
  }
  int size(SizeCommand command, std::string& out) {
    std::ostringstream text;
    const int status = log_size(command, clock_, text);
    out = text.str();
    return status;
  }

  base::TestFolder folder_;
  base::ManualClock clock_{kNow};
  std::unique_ptr<log::SqliteLog> log_;
  std::vector<log::StreamRule> streams_ = log::default_streams();
  std::uint64_t seq_ = 0;
};

TEST_F(SizeCheckTest, AnEmptyLogAndNothingExpectedSayNothing) { EXPECT_TRUE(warnings().empty()); }

TEST_F(SizeCheckTest, WhatTheLastDayBroughtIsHeldAgainstTheLimits) {
  append(7200);
  const auto load = value_or_die(measure(*log_, folder_.path(), streams_));
  EXPECT_DOUBLE_EQ(load.messages_per_s, 2.0) << "all at once counts as within an hour";
  EXPECT_DOUBLE_EQ(load.shares[0].bytes, 100);
  const auto words = warnings();
  ASSERT_FALSE(words.empty());
  EXPECT_NE(words[0].find("timing_ingest_raw_v1: 1.0 KB hold 0.0 of 7.0 days at 17.3 MB a day"),
            std::string::npos)
      << words[0];
  EXPECT_NE(words[0].find("retention_raw = \"7d,1GB\""), std::string::npos) << words[0];
}

TEST_F(SizeCheckTest, OlderDaysDoNotCount) {
  append(36'000);
  clock_.advance_us(3 * 86'400'000'000ULL);
  append(3600);
  EXPECT_DOUBLE_EQ(value_or_die(measure(*log_, folder_.path(), streams_)).messages_per_s, 1.0);
}

TEST_F(SizeCheckTest, WhatIsExpectedIsHeldAgainstTheLimitsBeforeAnythingCame) {
  const auto words = warnings({.tracks = 10, .messages_per_s = 2});
  ASSERT_FALSE(words.empty());
  EXPECT_NE(words[0].find("expected_rate"), std::string::npos);
  for (auto& stream : streams_) stream.max_bytes = 0;
  EXPECT_TRUE(warnings({.tracks = 10, .messages_per_s = 2}).empty())
      << "without a limit nothing is too small";
}

TEST_F(SizeCheckTest, ADiskThatIsSmallerThanTheLimitsIsSaid) {
  streams_[0].max_bytes = std::uint64_t{1} << 62;
  const auto words = warnings();
  ASSERT_EQ(words.size(), 1U);
  EXPECT_NE(words[0].find("free"), std::string::npos);
}

TEST_F(SizeCheckTest, TheCommandReckonsFromItsOptions) {
  std::string out;
  EXPECT_EQ(size({.tracks = 3, .rate = 5, .bytes = 400, .json = true}, out), 0);
  const Json few = Json::parse(out);
  EXPECT_EQ(few["streams"][0]["bytes_per_day"], 3 * 5 * 400 * 86'400);
  EXPECT_EQ(size({.tracks = 400, .rate = 50, .days = 30}, out), 1);
  EXPECT_NE(out.find("TOO SMALL"), std::string::npos);
  EXPECT_NE(out.find("retention_raw = \"30d,"), std::string::npos) << out;
}

TEST_F(SizeCheckTest, TheCommandMeasuresALogBesideItsWriter) {
  append(3600);
  append(7200, "timing.race.events.v1.zolder");
  std::string out;
  (void)size({.data = folder_.path(), .json = true}, out);
  const Json measured = Json::parse(out);
  EXPECT_DOUBLE_EQ(measured["streams"][0]["events_per_s"], 1.0);
  EXPECT_EQ(measured["streams"][0]["bytes_per_event"], 100);
  EXPECT_DOUBLE_EQ(measured["streams"][1]["events_per_s"], 2.0);
  (void)size({.tracks = 10, .rate = 3, .data = folder_.path(), .json = true}, out);
  EXPECT_DOUBLE_EQ(Json::parse(out)["streams"][1]["events_per_s"], 60.0)
      << "the rate given, the shares measured";
}

TEST_F(SizeCheckTest, TheCommandAsksForWhatItDoesNotKnow) {
  std::string out;
  EXPECT_EQ(size({}, out), 2);
  EXPECT_EQ(size({.tracks = 3}, out), 2);
  EXPECT_EQ(size({.data = folder_.path()}, out), 2) << "an empty log has no rate";
  EXPECT_EQ(size({.tracks = 1, .rate = 1, .data = folder_.path() / "none"}, out), 1);
}

}  // namespace
}  // namespace holeshot::central_app
