#include "gateway/app/moment.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "gateway/app/terminal.h"

namespace holeshot::app {
namespace {

constexpr std::uint64_t kSecond = 1'000'000;
// 2026-11-20 17:05:43.25 UTC
constexpr std::uint64_t kNow = 1'795'194'343 * kSecond + 250'000;

// Local time is Zolder's, whoever runs the test.
class MomentTest : public testing::Test {
 protected:
  MomentTest() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
  }
  ~MomentTest() override {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
    unsetenv("TZ");
    tzset();
  }
  static std::uint64_t read(std::string_view text) {
    const auto moment = moment_from(text, kNow);
    EXPECT_TRUE(moment) << text;
    return moment.value_or(0);
  }
};

TEST_F(MomentTest, SoLongAgo) {
  EXPECT_EQ(read("now"), kNow);
  EXPECT_EQ(read("30s"), kNow - 30 * kSecond);
  EXPECT_EQ(read("90m"), kNow - 5'400 * kSecond);
  EXPECT_EQ(read("2h"), kNow - 7'200 * kSecond);
  EXPECT_EQ(read("1d"), kNow - 86'400 * kSecond);
  EXPECT_EQ(read("18446744073709551615w"), 0U);
}

TEST_F(MomentTest, IsoWithAndWithoutAZone) {
  EXPECT_EQ(read("2026-11-20T17:05:43.25Z"), kNow);
  EXPECT_EQ(read("2026-11-20T18:05:43.25+01:00"), kNow);
  EXPECT_EQ(read("2026-11-20T12:05:43.25-0500"), kNow);
  EXPECT_EQ(read("2026-11-20T18:05:43.25"), kNow);
  EXPECT_EQ(read("2026-11-20 18:05:43.250000"), kNow);
  EXPECT_EQ(read("2026-07-01T12:00Z"), read("2026-07-01 14:00")) << "summer";
  EXPECT_EQ(read("2026-11-20"), kNow - (18 * 3'600 + 5 * 60 + 43) * kSecond - 250'000);
}

TEST_F(MomentTest, AClockTimeIsOfToday) {
  EXPECT_EQ(read("18:05"), kNow - 43 * kSecond - 250'000);
  EXPECT_EQ(read("18:05:43.25"), kNow);
}

TEST_F(MomentTest, WhatIsShownCanBeRead) {
  EXPECT_EQ(local_text(kNow), "2026-11-20 18:05:43.250");
  EXPECT_EQ(read(local_text(kNow)), kNow);
  EXPECT_EQ(iso_text(kNow), "2026-11-20T17:05:43.250000Z");
  EXPECT_EQ(read(iso_text(kNow)), kNow);
  EXPECT_EQ(local_text(0), "-");
  EXPECT_EQ(iso_text(0), "");
}

TEST_F(MomentTest, WhatIsNoTimeIsRefused) {
  for (const char* bad : {"",
                          "h",
                          "2",
                          "-2h",
                          "2y",
                          "2hh",
                          "18:5",
                          "25:00",
                          "18:60",
                          "2026",
                          "2026-13-01",
                          "2026-02-30",
                          "2026-11-20T",
                          "2026-11-20T18",
                          "2026-11-20T18:05:43.",
                          "2026-11-20T18:05Zx",
                          "2026-11-20T18:05+",
                          "-026-11-20",
                          "1969-01-01",
                          "2026-11-20T18:05+15:00",
                          "yesterday",
                          "2026-1-1",
                          "\xff:00"})
    EXPECT_FALSE(moment_from(bad, kNow)) << bad;
}

TEST(Progress, IsABarWhereTheEndIsKnown) {
  EXPECT_EQ(progress_text("verify", 0, 1'000), "verify  [........................]  0 %  0 of 1,000");
  EXPECT_EQ(progress_text("verify", 500, 1'000), "verify  [############............]  50 %  500 of 1,000");
  EXPECT_EQ(progress_text("verify", 2'000, 1'000),
            "verify  [########################]  100 %  1,000 of 1,000");
  EXPECT_EQ(progress_text("verify", 12'345, 0), "verify  12,345");
}

}  // namespace
}  // namespace holeshot::app
