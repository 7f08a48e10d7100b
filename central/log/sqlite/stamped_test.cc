// What one log takes over from another: times that are kept, verdicts per batch, and marks that are on disk
// exactly when their events are.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <thread>

#include "central/log/log_test_kit.h"
#include "central/log/sqlite/faulty_vfs.h"
#include "central/log/sqlite/verify.h"

namespace holeshot::log {
namespace {

using base::Code;
using test::event;
using test::events;
using test::kStartUs;
using test::read_all;

class StampedTest : public testing::Test {
 protected:
  void SetUp() override { reopen(); }
  void TearDown() override {
    test::wal_faults().write = 0;
    test::wal_faults().sync = 0;
  }
  void reopen() {
    log_.reset();
    log_ = test::open_sqlite(folder_.path(), clock_, {.vfs = test::faulty_vfs()});
  }
  // Appends each of `many` with its time, relative to the start.
  base::Result<std::vector<std::vector<Appended>>> append(
      const std::vector<std::pair<std::vector<NewEvent>, std::int64_t>>& many,
      const std::vector<Mark>& marks = {}) {
    std::vector<Stamped> batches;
    for (const auto& [batch, us] : many)
      batches.push_back({batch, kStartUs + static_cast<std::uint64_t>(us)});
    return log_->append_stamped(batches, marks);
  }
  std::vector<std::int64_t> times() {
    std::vector<std::int64_t> times;
    for (const auto& e : read_all(*log_))
      times.push_back(static_cast<std::int64_t>(e.appended_at_us - kStartUs));
    return times;
  }
  static std::string text(const std::vector<Mark>& marks) {
    std::string out;
    for (const auto& mark : marks) {
      out.append(out.empty() ? "" : " ").append(mark.name).append("=").append(std::to_string(mark.value));
    }
    return out;
  }
  std::string marks() const { return text(log_->marks()); }

  test::TempFolder folder_;
  base::ManualClock clock_{kStartUs + 1'000'000};
  std::unique_ptr<SqliteLog> log_;
};

TEST_F(StampedTest, KeepsTheTimesRaisedWhereTheyWouldFall) {
  const auto verdicts =
      base::value_or_die(append({{events("a", 1, 2), 50}, {{event("b", 1)}, 20}, {{event("a", 3)}, 70}}));
  ASSERT_EQ(verdicts.size(), 3U);
  EXPECT_EQ(verdicts[0].size(), 2U);
  EXPECT_EQ(verdicts[2][0].offset, Offset{4});
  EXPECT_EQ(times(), (std::vector<std::int64_t>{50, 50, 50, 70}));
  base::value_or_die(append({{{event("b", 2)}, 10}}));
  reopen();
  base::value_or_die(append({{{event("b", 3)}, 60}}));
  EXPECT_EQ(times(), (std::vector<std::int64_t>{50, 50, 50, 70, 70, 70}));
  base::value_or_die(log_->append(std::vector{event("c", 1)}));
  EXPECT_EQ(times().back(), 1'000'000) << "append() itself goes by the clock";
}

TEST_F(StampedTest, ABatchOfDuplicatesDoesNotMoveTheTime) {
  base::value_or_die(append({{{event("a", 1)}, 10}}));
  base::value_or_die(append({{{event("a", 1)}, 900}, {{event("a", 2)}, 20}}));
  EXPECT_EQ(times(), (std::vector<std::int64_t>{10, 20}));
}

TEST_F(StampedTest, VerdictsAreByBatchAndDuplicatesAreFoundBetweenBatches) {
  base::value_or_die(log_->append(events("a", 1, 2)));
  const auto verdicts = base::value_or_die(append(
      {{{event("a", 2), event("a", 3)}, 1}, {}, {{event("a", 3), event("a", 1, R"({"other":1})")}, 2}}));
  ASSERT_EQ(verdicts.size(), 3U);
  EXPECT_EQ(verdicts[0][0].verdict, Verdict::kDuplicate);
  EXPECT_EQ(verdicts[0][1].verdict, Verdict::kAppended);
  EXPECT_TRUE(verdicts[1].empty());
  EXPECT_EQ(verdicts[2][0].verdict, Verdict::kDuplicate);
  EXPECT_EQ(verdicts[2][0].offset, Offset{3});
  EXPECT_EQ(verdicts[2][1].verdict, Verdict::kConflict);
  EXPECT_EQ(log_->stats().duplicates, 2U);
  EXPECT_EQ(log_->stats().conflicts, 1U);
}

TEST_F(StampedTest, OneCallIsOneSync) {
  std::vector<std::pair<std::vector<NewEvent>, std::int64_t>> many;
  for (std::uint64_t i = 0; i < 50; ++i) many.push_back({events("a", i * 3 + 1, i * 3 + 3), 10});
  base::value_or_die(append({{{event("z", 1)}, 1}}));
  const int before = test::wal_faults().syncs_seen;
  base::value_or_die(append(many, {{"from", 150}}));
  EXPECT_EQ(test::wal_faults().syncs_seen, before + 1);
  EXPECT_EQ(log_->last(), Offset{151});
}

TEST_F(StampedTest, MarksAreSetWithTheirEventsAndSurvive) {
  base::value_or_die(append({{{event("a", 1)}, 1}}, {{"stream b", 7}, {"stream a", ~std::uint64_t{0}}}));
  EXPECT_EQ(marks(), "stream a=18446744073709551615 stream b=7");
  reopen();
  EXPECT_EQ(marks(), "stream a=18446744073709551615 stream b=7");
  base::value_or_die(append({}, {{"stream b", 9}, {"stream a", 3}, {"stream b", 8}}));
  EXPECT_EQ(marks(), "stream a=3 stream b=8") << "marks alone, the last one counts, and it may fall";
  reopen();
  EXPECT_EQ(marks(), "stream a=3 stream b=8");
  EXPECT_TRUE(base::value_or_die(verify_log(log_path(folder_.path()))).ok());
}

TEST_F(StampedTest, AMarkThatStaysCostsNoSyncAndAMovedOneDoesThoughNoEventIsNew) {
  base::value_or_die(append({{{event("a", 1)}, 1}}, {{"m", 1}}));
  int before = test::wal_faults().syncs_seen;
  base::value_or_die(append({{{event("a", 1)}, 1}}, {{"m", 1}}));
  EXPECT_EQ(test::wal_faults().syncs_seen, before);
  before = test::wal_faults().syncs_seen;
  base::value_or_die(append({{{event("a", 1)}, 1}}, {{"m", 2}}));
  EXPECT_GT(test::wal_faults().syncs_seen, before);
}

TEST_F(StampedTest, OnAFullDiskNeitherEventsNorMarksAreThere) {
  base::value_or_die(append({{{event("a", 1)}, 1}}, {{"m", 1}}));
  test::wal_faults().write = SQLITE_FULL;
  const auto refused = append({{{event("a", 2)}, 2}}, {{"m", 2}, {"n", 1}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kFull);
  EXPECT_EQ(marks(), "m=1");
  test::wal_faults().write = 0;
  base::value_or_die(append({{{event("a", 2)}, 2}}, {{"m", 2}}));
  EXPECT_EQ(marks(), "m=2");
  EXPECT_EQ(times(), (std::vector<std::int64_t>{1, 2}));
}

TEST_F(StampedTest, AfterAFailedSyncNoMarkIsShownAndAfterReopeningItFitsTheEvents) {
  base::value_or_die(append({{{event("a", 1)}, 1}}, {{"m", 1}}));
  test::wal_faults().sync = SQLITE_IOERR_FSYNC;
  const auto refused = append({{{event("a", 2)}, 2}}, {{"m", 2}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kClosed);
  EXPECT_EQ(marks(), "m=1");
  test::wal_faults().sync = 0;
  reopen();
  // Whether the transaction survived is the disk's affair; its two halves went the same way.
  EXPECT_EQ(marks(), log_->last() == Offset{2} ? "m=2" : "m=1");
}

TEST_F(StampedTest, AReadOnlyLogReadsTheMarksOfTheFileAndSetsNone) {
  const auto reader = test::open_sqlite(folder_.path(), clock_, {.read_only = true});
  EXPECT_TRUE(reader->marks().empty());
  base::value_or_die(append({{{event("a", 1)}, 1}}, {{"m", 1}}));
  EXPECT_EQ(text(reader->marks()), "m=1");
  EXPECT_EQ(reader->last_of("a"), Offset{1});
  const std::vector<Mark> mark{{"m", 2}};
  const auto refused = reader->append_stamped({}, mark);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kDenied);
}

TEST_F(StampedTest, RefusesWhatIsNoEventOrNoMarkAndStoresNothingOfTheCall) {
  const auto code = [](const auto& result) { return result ? Code::kRetry : result.error().code; };
  EXPECT_EQ(code(append({{{event("a", 1)}, 1}, {{event("a", 0)}, 1}}, {{"m", 1}})), Code::kInvalid);
  EXPECT_EQ(code(append({{{event("a", 1)}, 1}}, {{"", 1}})), Code::kInvalid);
  EXPECT_EQ(log_->last(), Offset{});
  EXPECT_EQ(marks(), "");
  EXPECT_TRUE(base::value_or_die(append({})).empty());
}

TEST_F(StampedTest, SharesCommitsWithOrdinaryAppends) {
  constexpr std::uint64_t kCalls = 60;
  {
    std::vector<std::jthread> writers;
    for (int w = 0; w < 3; ++w) {
      writers.emplace_back([&, w] {
        const std::string boot = "b" + std::to_string(w);
        for (std::uint64_t seq = 1; seq <= kCalls; ++seq) {
          base::value_or_die(log_->append(std::vector{event("a", seq, {}, boot)}));
        }
      });
    }
    for (std::uint64_t seq = 1; seq <= kCalls; ++seq) {
      const auto verdicts = base::value_or_die(append({{{event("s", seq)}, 5}}, {{"s", seq}}));
      ASSERT_EQ(verdicts[0][0].verdict, Verdict::kAppended);
      ASSERT_EQ(marks(), "s=" + std::to_string(seq));
    }
  }
  EXPECT_EQ(log_->stats().events, 4 * kCalls);
  EXPECT_TRUE(base::value_or_die(verify_log(log_path(folder_.path()))).ok());
}

}  // namespace
}  // namespace holeshot::log
