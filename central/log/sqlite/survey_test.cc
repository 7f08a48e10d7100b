#include "central/log/sqlite/survey.h"

#include <gtest/gtest.h>

#include "central/log/log_test_kit.h"

namespace holeshot::log {
namespace {

using test::event;

class SurveyTest : public testing::Test {
 protected:
  void append(const std::vector<NewEvent>& events) { base::value_or_die(log_->append(events)); }
  std::vector<SubjectFigures> survey(const SurveyRange& range = {}) {
    return base::value_or_die(survey_log(log_path(folder_.path()), range));
  }

  test::TempFolder folder_;
  base::ManualClock clock_{test::kStartUs};
  std::unique_ptr<SqliteLog> log_ = test::open_sqlite(folder_.path(), clock_);
};

TEST_F(SurveyTest, CountsEventsBytesAndTimesOfEachSubject) {
  append({event("b", 1, "{\"12\":3}"), event("b", 2, "{}"), event("b", 3, "{}"),
          event("a", 1, "{\"x\":\"\u00e9\"}")});
  clock_.advance_us(5000);
  append({event("b", 4, "{}")});
  const auto figures = survey();
  ASSERT_EQ(figures.size(), 2U);
  EXPECT_EQ(figures[0].subject, "a");
  EXPECT_EQ(figures[0].events, 1U);
  EXPECT_EQ(figures[0].bytes, 10U) << "bytes, not letters";
  EXPECT_EQ(figures[0].last_us, test::kStartUs);
  EXPECT_EQ(figures[1].events, 4U);
  EXPECT_EQ(figures[1].bytes, 8U + 2 + 2 + 2);
  EXPECT_EQ(figures[1].first_us, test::kStartUs);
  EXPECT_EQ(figures[1].last_us, test::kStartUs + 5000);
}

TEST_F(SurveyTest, AgreesWithWhatIsReadOverManyRuns) {
  for (std::uint64_t seq = 1; seq <= 9000; ++seq) {
    const std::string body = "{\"seq\":" + std::string(seq % 7, '1') + "1}";
    append({event(seq % 3 == 0 ? "a" : "b", seq, body)});
  }
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> read;
  for (const auto& one : test::read_all(*log_)) {
    ++read[one.subject].first;
    read[one.subject].second += one.body.size();
  }
  for (const auto& one : survey()) {
    EXPECT_EQ(one.events, read[one.subject].first);
    EXPECT_EQ(one.bytes, read[one.subject].second);
  }
}

TEST_F(SurveyTest, TakesRunsOfARangeAlone) {
  for (std::uint64_t seq = 1; seq <= 5; ++seq) {
    append({event("a", seq)});
    clock_.advance_us(1000);
  }
  EXPECT_EQ(survey({.after = Offset{2}})[0].events, 3U);
  EXPECT_EQ(survey({.to_us = test::kStartUs + 2000})[0].events, 2U);
  EXPECT_TRUE(survey({.after = Offset{5}}).empty());
}

TEST_F(SurveyTest, AnEmptyLogAndNoLogAreToldApart) {
  EXPECT_TRUE(survey().empty());
  const auto none = survey_log(folder_.file("none.sqlite"), {});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, base::Code::kMissing);
}

}  // namespace
}  // namespace holeshot::log
