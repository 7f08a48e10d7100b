// What is SQLite's own beyond the contract of EventLog: files, locks, failures of the disk, damage.
#include "central/log/sqlite/sqlite_log.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <fstream>
#include <thread>

#include "central/log/log_test_kit.h"
#include "central/log/sqlite/database.h"
#include "central/log/sqlite/faulty_vfs.h"
#include "central/log/sqlite/verify.h"

namespace holeshot::log {
namespace {

using base::Code;
using test::event;
using test::events;
using test::names;
using test::open_sqlite;
using test::read_all;

class SqliteLogTest : public testing::Test {
 protected:
  void TearDown() override {
    test::wal_faults().write = 0;
    test::wal_faults().sync = 0;
  }
  std::unique_ptr<SqliteLog> open(SqliteLogOptions options = {}) {
    return open_sqlite(folder_.path(), clock_, std::move(options));
  }
  base::Error refusal(SqliteLogOptions options = {}) {
    options.path = log_path(folder_.path());
    auto result = SqliteLog::open(options, clock_);
    EXPECT_FALSE(result);
    return result ? base::Error{} : result.error();
  }
  void sql(const std::string& text) {
    auto db = base::value_or_die(Database::open(log_path(folder_.path()), OpenMode::kReadWrite));
    base::value_or_die(db.exec(text));
  }
  std::uint64_t number(const std::string& text) {
    auto db = base::value_or_die(Database::open(log_path(folder_.path()), OpenMode::kReadOnly));
    return base::value_or_die(db.number(text));
  }
  VerifyReport verified() { return base::value_or_die(verify_log(log_path(folder_.path()))); }
  static Code code_of(const base::Result<std::vector<Appended>>& result) {
    return result ? Code::kMissing : result.error().code;
  }

  test::TempFolder folder_;
  base::ManualClock clock_{test::kStartUs};
};

TEST_F(SqliteLogTest, ABatchOfOneSourceIsOneRow) {
  auto log = open();
  base::value_or_die(log->append(events("a", 1, 100)));
  EXPECT_EQ(number("SELECT count(*) FROM runs"), 1U);
  EXPECT_EQ(number("SELECT count FROM runs"), 100U);
  base::value_or_die(
      log->append(std::vector{event("a", 101), event("b", 1), event("a", 102), event("a", 104)}));
  EXPECT_EQ(number("SELECT count(*) FROM runs"), 5U);
  base::value_or_die(log->append(events("c", 1, 2000)));
  EXPECT_EQ(number("SELECT max(count) FROM runs"), 512U);
  EXPECT_TRUE(verified().ok());
}

TEST_F(SqliteLogTest, EveryAppendOfSomethingNewIsSynced) {
  auto log = open({.vfs = test::faulty_vfs()});
  for (std::uint64_t seq = 1; seq <= 5; ++seq) {
    const int before = test::wal_faults().syncs_seen;
    base::value_or_die(log->append(std::vector{event("a", seq)}));
    EXPECT_GT(test::wal_faults().syncs_seen, before);
  }
}

TEST_F(SqliteLogTest, ASecondWriterIsRefusedAndAReaderIsNot) {
  auto log = open();
  base::value_or_die(log->append(events("a", 1, 3)));
  const auto error = refusal();
  EXPECT_EQ(error.code, Code::kClosed);
  EXPECT_NE(error.text().find("another holeshot-central"), std::string::npos);
  auto reader = open({.read_only = true});
  EXPECT_EQ(names(read_all(*reader)), "a1 a2 a3");
  EXPECT_EQ(code_of(reader->append(events("a", 4, 4))), Code::kDenied);
  EXPECT_EQ(reader->log_id(), log->log_id());
  log.reset();
  open();
}

TEST_F(SqliteLogTest, AReadOnlyLogFollowsTheWriter) {
  auto log = open();
  auto reader = open({.read_only = true});
  EXPECT_EQ(reader->last(), Offset{});
  base::value_or_die(log->append(std::vector{event("new", 1), event("new", 2)}));
  EXPECT_TRUE(reader->wait_past(Offset{}, {}, std::chrono::seconds{30}));
  ReadRange range;
  range.subjects = {"new"};
  EXPECT_EQ(names(read_all(*reader, range)), "new1 new2");
  EXPECT_EQ(reader->subjects(), std::vector<std::string>{"new"});
  EXPECT_EQ(reader->high_water("new", event("new", 1).client, event("new", 1).boot), 2U);
  EXPECT_FALSE(reader->wait_past(Offset{2}, {}, std::chrono::milliseconds{1}));
}

TEST_F(SqliteLogTest, WhatIsNoLogOrNewerIsRefusedInWords) {
  {
    open();
  }
  sql("PRAGMA user_version = 3");
  EXPECT_EQ(refusal().code, Code::kInvalid);
  EXPECT_NE(refusal().message.find("schema 3"), std::string::npos);
  EXPECT_NE(refusal({.read_only = true}).message.find("schema 3"), std::string::npos);
  sql("PRAGMA application_id = 7");
  EXPECT_NE(refusal().message.find("no Holeshot log"), std::string::npos);
  std::ofstream(log_path(folder_.path()), std::ios::trunc) << std::string(8192, 'x');
  EXPECT_EQ(refusal().code, Code::kCorrupt);
}

TEST_F(SqliteLogTest, AMissingFolderOrFileIsAnErrorInWords) {
  EXPECT_EQ(refusal({.read_only = true}).code, Code::kMissing);
  auto result = SqliteLog::open({.path = folder_.file("none/log.sqlite")}, clock_);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kMissing);
}

TEST_F(SqliteLogTest, AFullLogRefusesAndStaysUsable) {
  auto log = open({.max_bytes = 300'000});
  const std::string body = "{\"x\":\"" + std::string(10'000, 'x') + "\"}";
  std::uint64_t seq = 1;
  while (log->append(std::vector{event("a", seq, body)})) ++seq;
  EXPECT_GT(seq, 5U);
  EXPECT_EQ(code_of(log->append(std::vector{event("a", seq, body)})), Code::kFull);
  EXPECT_EQ(code_of(log->append(std::vector{event("a", seq), event("a", seq + 1, body)})), Code::kFull);
  EXPECT_EQ(log->last(), Offset{seq - 1});
  // What it holds is still known, and what fits still goes in.
  EXPECT_EQ(log->append(std::vector{event("a", 1, body)}).value()[0].verdict, Verdict::kDuplicate);
  const auto small = log->append(std::vector{event("a", seq)});
  ASSERT_TRUE(small) << small.error().text();
  EXPECT_EQ(small->front().verdict, Verdict::kAppended);
  EXPECT_EQ(small->front().offset, Offset{seq});
  log.reset();
  EXPECT_TRUE(verified().ok());
}

TEST_F(SqliteLogTest, AFullDiskAtCommitIsRolledBackAndNotLatched) {
  auto log = open({.vfs = test::faulty_vfs()});
  base::value_or_die(log->append(events("a", 1, 3)));
  test::wal_faults().write = SQLITE_FULL;
  EXPECT_EQ(code_of(log->append(events("a", 4, 6))), Code::kFull);
  EXPECT_EQ(code_of(log->append(events("new", 1, 1))), Code::kFull);
  EXPECT_EQ(names(read_all(*log)), "a1 a2 a3");
  EXPECT_EQ(log->subjects(), std::vector<std::string>{"a"});
  test::wal_faults().write = 0;
  const auto verdicts = base::value_or_die(log->append(events("a", 4, 6)));
  EXPECT_EQ(verdicts[0].verdict, Verdict::kAppended);
  EXPECT_EQ(verdicts[0].offset, Offset{4});
  base::value_or_die(log->append(events("new", 1, 1)));
  log.reset();
  EXPECT_TRUE(verified().ok());
}

TEST_F(SqliteLogTest, AFailedSyncLatchesUntilReopened) {
  auto log = open({.vfs = test::faulty_vfs()});
  base::value_or_die(log->append(events("a", 1, 3)));
  test::wal_faults().sync = SQLITE_IOERR_FSYNC;
  EXPECT_EQ(code_of(log->append(events("a", 4, 6))), Code::kClosed);
  EXPECT_EQ(log->last(), Offset{3});
  test::wal_faults().sync = 0;
  const auto refused = log->append(events("a", 4, 6));
  EXPECT_EQ(code_of(refused), Code::kClosed);
  EXPECT_NE(refused.error().hint.find("restart"), std::string::npos);
  EXPECT_EQ(names(read_all(*log)), "a1 a2 a3") << "reading goes on";
  log.reset();
  log = open();
  // Whether the unsynced events survived is the disk's affair; each is there once after the retry.
  base::value_or_die(log->append(events("a", 4, 6)));
  EXPECT_EQ(names(read_all(*log)), "a1 a2 a3 a4 a5 a6");
}

TEST_F(SqliteLogTest, AllWhoWaitShareTheFailure) {
  auto log = open({.vfs = test::faulty_vfs()});
  test::wal_faults().sync = SQLITE_IOERR_FSYNC;
  std::atomic<int> closed{0};
  {
    std::vector<std::jthread> writers;
    for (int w = 0; w < 6; ++w) {
      writers.emplace_back([&, w] {
        for (std::uint64_t seq = 1; seq <= 5; ++seq) {
          if (code_of(log->append(std::vector{event("a", seq, {}, "b" + std::to_string(w))})) ==
              Code::kClosed) {
            ++closed;
          }
        }
      });
    }
  }
  EXPECT_EQ(closed, 30);
  EXPECT_EQ(log->last(), Offset{});
}

TEST_F(SqliteLogTest, AReaderDoesNotHoldTheJournal) {
  auto log = open();
  const std::string body = "{\"x\":\"" + std::string(100'000, 'x') + "\"}";
  for (std::uint64_t seq = 1; seq <= 400; ++seq) {
    base::value_or_die(log->append(std::vector{event("a", seq, body)}));
    if (seq % 50 == 0) (void)read_all(*log, {.after = Offset{seq - 10}});
  }
  std::ifstream wal(log_path(folder_.path()) + "-wal", std::ios::ate | std::ios::binary);
  EXPECT_LT(wal.tellg(), 16 << 20) << "40 MB went through";
}

TEST_F(SqliteLogTest, DamageIsFoundAndWhatStandsBeforeItIsGiven) {
  {
    auto log = open();
    for (std::uint64_t seq = 1; seq <= 5; ++seq)
      base::value_or_die(log->append(std::vector{event("a", seq)}));
  }
  EXPECT_TRUE(verified().ok());
  sql("UPDATE runs SET body = '{\"seq\":7}' WHERE first_offset = 4");
  auto log = open();
  EXPECT_EQ(names(base::value_or_die(log->read({}))), "a1 a2 a3");
  ReadRange range;
  range.after = Offset{3};
  const auto damaged = log->read(range);
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code, Code::kCorrupt);
  EXPECT_NE(damaged.error().message.find("offset 4"), std::string::npos);
  EXPECT_EQ(code_of(log->append(std::vector{event("a", 4)})), Code::kCorrupt);
  base::value_or_die(log->append(std::vector{event("a", 6)}));
  const auto report = verified();
  ASSERT_EQ(report.problems.size(), 1U);
  EXPECT_NE(report.problems[0].find("offset 4"), std::string::npos);
}

TEST_F(SqliteLogTest, VerifyFindsHolesDoublesAndFallingTimes) {
  {
    auto log = open();
    for (std::uint64_t seq = 1; seq <= 6; ++seq)
      base::value_or_die(log->append(std::vector{event("a", seq)}));
  }
  sql("DELETE FROM runs WHERE first_offset = 2");
  sql("UPDATE runs SET first_seq = 3 WHERE first_offset = 5");
  sql("UPDATE runs SET appended_at_us = 5 WHERE first_offset = 6");
  sql("UPDATE runs SET subject_id = 9 WHERE first_offset = 1");
  const auto report = verified();
  std::string all;
  for (const auto& problem : report.problems) all += problem + "\n";
  EXPECT_NE(all.find("offset 2 was expected"), std::string::npos) << all;
  EXPECT_NE(all.find("seq 3 of source 1 is in the log twice"), std::string::npos) << all;
  EXPECT_NE(all.find("its time is before"), std::string::npos) << all;
  EXPECT_NE(all.find("1 runs do not fit"), std::string::npos) << all;
  EXPECT_EQ(report.events, 5U);
}

}  // namespace
}  // namespace holeshot::log
