#include "central/log/tools/figures.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "central/log/log_test_kit.h"

namespace holeshot::log {
namespace {

using test::event;
using Json = nlohmann::json;
constexpr std::uint64_t kHour = 3'600'000'000;

class FiguresTest : public testing::Test {
 protected:
  FiguresTest() {
    append({event("timing.ingest.raw.v1.zolder", 1), event("timing.ingest.raw.v1.zolder", 1),
            event("timing.registry.v1", 1)});
    clock_.advance_us(2 * kHour);
    append({event("timing.race.events.v1.zolder", 1), event("timing.ingest.raw.v1.peer", 1)});
  }
  void append(const std::vector<NewEvent>& events) { base::value_or_die(log_->append(events)); }
  LogFigures figures(const EventFilter& filter = {}) {
    return base::value_or_die(figures_of(*log_, log_path(folder_.path()), filter, clock_.wall_us()));
  }

  test::TempFolder folder_;
  base::ManualClock clock_{test::kStartUs};
  std::unique_ptr<SqliteLog> log_ = test::open_sqlite(folder_.path(), clock_);
};

TEST_F(FiguresTest, JsonCountsAllOfItBySubjectAndByTrack) {
  const Json stats = Json::parse(stats_json(figures()));
  EXPECT_EQ(stats["events"], 4);
  EXPECT_EQ(stats["duplicates"], 1);
  EXPECT_EQ(stats["last_offset"], 4);
  EXPECT_EQ(stats["log_id"], log_->log_id());
  EXPECT_EQ(stats["event_bytes"], 4 * 9);
  EXPECT_EQ(stats["average_bytes"], 9);
  EXPECT_EQ(stats["first_us"], test::kStartUs);
  EXPECT_EQ(stats["last_us"], test::kStartUs + 2 * kHour);
  EXPECT_EQ(stats["subjects"], Json({"timing.ingest.raw.v1.peer", "timing.ingest.raw.v1.zolder",
                                     "timing.race.events.v1.zolder", "timing.registry.v1"}));
  EXPECT_EQ(stats["by_subject"].size(), 4U);
  ASSERT_EQ(stats["by_track"].size(), 2U);
  EXPECT_EQ(stats["by_track"][1]["track"], "zolder");
  EXPECT_EQ(stats["by_track"][1]["events"], 2);
  EXPECT_EQ(stats["by_track"][1]["last_us"], test::kStartUs + 2 * kHour);
  EXPECT_EQ(stats["removed_through"], Json::object());
}

TEST_F(FiguresTest, RatesAreThoseOfTheLastHourAndDay) {
  const Json stats = Json::parse(stats_json(figures()));
  EXPECT_EQ(stats["last_hour"]["events"], 2);
  EXPECT_EQ(stats["last_day"]["events"], 4);
  EXPECT_EQ(stats["last_hour"]["bytes"], 18);
  EXPECT_DOUBLE_EQ(stats["last_hour"]["events_per_s"], 0.001);
}

TEST_F(FiguresTest, AFilterChoosesSubjectsTracksAndTimes) {
  EXPECT_EQ(figures({.tracks = {"peer"}, .subjects = {"timing.ingest.raw.v1.*"}}).events(), 1U);
  EXPECT_EQ(figures({.from_us = test::kStartUs + 1}).events(), 2U);
  EXPECT_EQ(figures({.to_us = test::kStartUs + 1}).events(), 2U);
  const auto none = figures({.subjects = {"none"}});
  EXPECT_EQ(none.events(), 0U);
  EXPECT_EQ(none.average_bytes(), 0U);
  EXPECT_EQ(none.first_us(), 0U);
}

TEST_F(FiguresTest, TextNamesEverySubjectAndTrack) {
  const std::string text = stats_text(figures());
  for (const char* word :
       {"timing.registry.v1", "timing.race.events.v1.zolder", "\npeer ", "\nzolder ", "last hour  2 events"})
    EXPECT_NE(text.find(word), std::string::npos) << word << "\n" << text;
  EXPECT_EQ(text.find("retention"), std::string::npos) << "nothing was removed";
  EXPECT_FALSE(stats_text(figures({.subjects = {"none"}})).empty());
}

TEST_F(FiguresTest, TextSaysWhatRetentionRemoved) {
  LogFigures some = figures();
  some.removed_through = {{"timing.ingest.raw.v1.peer", Offset{17}}};
  EXPECT_NE(stats_text(some).find("timing.ingest.raw.v1.peer  17"), std::string::npos);
  EXPECT_EQ(Json::parse(stats_json(some))["removed_through"]["timing.ingest.raw.v1.peer"], 17);
}

TEST_F(FiguresTest, VerifySaysInBothFormsWhetherAllIsWell) {
  const auto report = base::value_or_die(verify_log(log_path(folder_.path())));
  EXPECT_EQ(verify_json(report),
            R"({"events":4,"ok":true,"problem_count":0,"problems":[],"pruned":0,"runs":4,"sources":4})");
  EXPECT_NE(verify_text(report).find("4 events in 4 runs of 4 sources: every checksum"), std::string::npos);
  VerifyReport bad{
      .runs = 1, .events = 1, .sources = 1, .problem_count = 2, .problems = {"run at offset 1: bad"}};
  EXPECT_NE(verify_text(bad).find("2 problems\n  run at offset 1: bad\n  ... and more"), std::string::npos);
}

TEST(BytesText, IsShort) {
  EXPECT_EQ(bytes_text(0), "0 B");
  EXPECT_EQ(bytes_text(999), "999 B");
  EXPECT_EQ(bytes_text(1000), "1.0 KB");
  EXPECT_EQ(bytes_text(999'960), "1.0 MB");
  EXPECT_EQ(bytes_text(100'000'000'000), "100.0 GB");
  EXPECT_EQ(bytes_text(5'000'000'000'000'000), "5000.0 TB");
}

}  // namespace
}  // namespace holeshot::log
