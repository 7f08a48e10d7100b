#include "central/log/tools/selection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <thread>

#include "central/log/log_test_kit.h"

namespace holeshot::log {
namespace {

using test::event;
constexpr const char* kRaw = "timing.ingest.raw.v1.zolder";

class SelectionTest : public testing::Test {
 protected:
  std::string dumped(const Selection& selection = {}) {
    std::ostringstream out;
    base::value_or_die(dump(*log_, selection, LineStyle::kJson, out));
    return out.str();
  }
  std::string dumped_of(const std::string& subject) { return dumped({.filter = {.subjects = {subject}}}); }
  // "a1 a2 b1", as test::names().
  std::string chosen(const Selection& selection, EventLog* from = nullptr) {
    std::vector<Event> events;
    const auto count =
        each_event(from == nullptr ? *log_ : *from, selection, [&](const Event& one) -> base::Status {
          events.push_back(one);
          return {};
        });
    EXPECT_EQ(base::value_or_die(count), events.size());
    return test::names(events);
  }
  void append(const std::vector<NewEvent>& events) { base::value_or_die(log_->append(events)); }

  test::TempFolder folder_;
  base::ManualClock clock_{test::kStartUs};
  std::unique_ptr<SqliteLog> log_ = test::open_sqlite(folder_.path(), clock_);
};

TEST_F(SelectionTest, DumpsRawEnvelopesWithTheirTimeAndOthersAsTheyAre) {
  append({event(kRaw, 1, R"({"z":1,"a":2})"), event("timing.race.events.v1.zolder", 1, R"({"z":1,"a":2})")});
  EXPECT_EQ(dumped_of(kRaw),
            R"({"a":2,"contract_version":"track_ingest.v2","ingested_at_us":1700000000000000,"z":1})"
            "\n");
  EXPECT_EQ(dumped_of("timing.race.events.v1.zolder"), "{\"z\":1,\"a\":2}\n");
  EXPECT_EQ(dumped_of("nothing"), "");
  EXPECT_EQ(dumped(), dumped_of(kRaw) + dumped_of("timing.race.events.v1.zolder"));
}

TEST_F(SelectionTest, DumpsMoreThanOnePageInOrder) {
  append(test::events("a", 1, 2500));
  std::string expected;
  for (int seq = 1; seq <= 2500; ++seq) expected += "{\"seq\":" + std::to_string(seq) + "}\n";
  EXPECT_EQ(dumped_of("a"), expected);
}

TEST_F(SelectionTest, TextIsALinePerEvent) {
  append(test::events("a", 1, 3));
  std::ostringstream out;
  EXPECT_EQ(base::value_or_die(dump(*log_, {}, LineStyle::kText, out)), 3U);
  EXPECT_EQ(std::ranges::count(out.str(), '\n'), 3);
}

TEST_F(SelectionTest, AFullOutputIsAnError) {
  append(test::events("a", 1, 10));
  std::ostringstream out;
  out.setstate(std::ios::badbit);
  EXPECT_FALSE(dump(*log_, {}, LineStyle::kJson, out));
}

TEST_F(SelectionTest, BeginsAfterAnOffsetAndEndsAtTheLimit) {
  append({event("a", 1), event("b", 1), event("a", 2), event("a", 3), event("b", 2)});
  EXPECT_EQ(chosen({.after = Offset{2}}), "a2 a3 b2");
  EXPECT_EQ(chosen({.limit = 2}), "a1 b1");
  EXPECT_EQ(chosen({.filter = {.subjects = {"b"}}, .limit = 1}), "b1");
  EXPECT_EQ(chosen({.after = Offset{99}}), "");
}

TEST_F(SelectionTest, TimesAreFoundAndEndTheWalk) {
  for (std::uint64_t seq = 1; seq <= 5; ++seq) {
    append({event("a", seq)});
    clock_.advance_us(1000);
  }
  EventFilter filter{.from_us = test::kStartUs + 1000, .to_us = test::kStartUs + 4000};
  EXPECT_EQ(chosen({.filter = filter}), "a2 a3 a4");
  EXPECT_EQ(chosen({.filter = filter, .after = Offset{3}}), "a4");
  EXPECT_EQ(chosen({.filter = {.from_us = test::kStartUs + 9000}}), "");
}

TEST_F(SelectionTest, TheNewestAreFoundHoweverFarBackTheyStand) {
  append({event("rare", 1), event("rare", 2), event("rare", 3)});
  append(test::events("a", 1, 5000));
  append({event("rare", 4)});
  append(test::events("a", 5001, 5010));
  EXPECT_EQ(chosen({.newest = 2}), "a5009 a5010");
  EXPECT_EQ(chosen({.filter = {.subjects = {"rare"}}, .newest = 2}), "rare3 rare4");
  EXPECT_EQ(chosen({.filter = {.subjects = {"rare"}}, .newest = 99}), "rare1 rare2 rare3 rare4");
  EXPECT_EQ(chosen({.filter = {.subjects = {"rare"}}, .after = Offset{2}, .newest = 99}), "rare3 rare4");
  EXPECT_EQ(chosen({.filter = {.subjects = {"none"}}, .newest = 3}), "");
}

TEST_F(SelectionTest, AnErrorOfTheSinkEndsTheWalk) {
  append(test::events("a", 1, 3));
  int seen = 0;
  const auto done = each_event(*log_, {}, [&](const Event&) -> base::Status {
    return ++seen == 2 ? base::Status{base::fail(base::Code::kFull, "no room")} : base::Status{};
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, base::Code::kFull);
  EXPECT_EQ(seen, 2);
}

TEST_F(SelectionTest, ProgressRisesToTheEnd) {
  append(test::events("a", 1, 2500));
  std::vector<std::uint64_t> told;
  base::value_or_die(each_event(
      *log_, {}, [](const Event&) -> base::Status { return {}; },
      [&](Offset at) { told.push_back(at.value()); }));
  EXPECT_TRUE(std::ranges::is_sorted(told));
  EXPECT_EQ(told.back(), 2500U);
  EXPECT_GT(told.size(), 2U);
}

TEST_F(SelectionTest, ReadsBesideTheWriterWhatIsThereWhenItLooks) {
  SqliteLogOptions options{.path = log_path(folder_.path()), .read_only = true};
  append({event("a", 1)});
  const auto reader = base::value_or_die(SqliteLog::open(options, clock_));
  EXPECT_EQ(chosen({}, reader.get()), "a1");
  append({event("b", 1)});  // a subject that the reader has not heard of
  EXPECT_EQ(chosen({.filter = {.subjects = {"b"}}}, reader.get()), "b1");
}

// Stops the tail once it has put out what is awaited.
class StopAfter final : public std::stringbuf {
 public:
  StopAfter(std::string awaited, std::stop_source stop)
      : awaited_(std::move(awaited)), stop_(std::move(stop)) {}
  int sync() override {
    if (str().find(awaited_) != std::string::npos) stop_.request_stop();
    return 0;
  }

 private:
  std::string awaited_;
  std::stop_source stop_;
};

TEST_F(SelectionTest, TailGivesWhatComesLater) {
  append({event("a", 1), event("b", 1)});
  std::stop_source stop;
  StopAfter buffer("{\"seq\":3}", stop);
  std::ostream out(&buffer);
  std::jthread writer([&] {
    append({event("b", 2)});
    append({event("a", 2)});
    append({event("a", 3)});
  });
  base::value_or_die(tail(*log_, {.filter = {.subjects = {"a"}}, .after = Offset{1}}, LineStyle::kJson,
                          stop.get_token(), out));
  EXPECT_EQ(buffer.str(), "{\"seq\":2}\n{\"seq\":3}\n");
}

TEST_F(SelectionTest, TailSeesASubjectThatWasNotThereWhenItBegan) {
  append({event("a", 1)});
  std::stop_source stop;
  StopAfter buffer("{\"seq\":2}", stop);
  std::ostream out(&buffer);
  std::jthread writer(
      [&] { append({event("timing.race.events.v1.new", 1), event("timing.race.events.v1.new", 2)}); });
  base::value_or_die(tail(*log_, {.filter = {.tracks = {"new"}}}, LineStyle::kJson, stop.get_token(), out));
  EXPECT_EQ(buffer.str(), "{\"seq\":1}\n{\"seq\":2}\n");
}

TEST_F(SelectionTest, TailEndsAtItsLimitAndBeginsAtATime) {
  append({event("a", 1)});
  clock_.advance_us(1000);
  append({event("a", 2), event("a", 3), event("a", 4)});
  std::ostringstream out;
  base::value_or_die(tail(*log_, {.filter = {.from_us = test::kStartUs + 500}, .limit = 2}, LineStyle::kJson,
                          std::stop_source{}.get_token(), out));
  EXPECT_EQ(out.str(), "{\"seq\":2}\n{\"seq\":3}\n");
}

}  // namespace
}  // namespace holeshot::log
