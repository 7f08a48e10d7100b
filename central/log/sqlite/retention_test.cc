// Retention in the SQLite log beyond what every backing promises: what it writes, how it shares the front with
// appends, what a failing disk does to it, and what verify makes of the holes.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <thread>

#include "central/log/log_test_kit.h"
#include "central/log/sqlite/faulty_vfs.h"
#include "central/log/sqlite/verify.h"

namespace holeshot::log {
namespace {

using base::Code;
using test::event;
using test::events;
using test::names;
using test::read_all;

const StreamRule kNewestOnly{"s", {"a", "b"}, {}, 0, 1};

class RetentionTest : public testing::Test {
 protected:
  void TearDown() override {
    test::wal_faults().write = 0;
    test::wal_faults().sync = 0;
  }
  std::unique_ptr<SqliteLog> open(std::vector<StreamRule> streams, SqliteLogOptions options = {}) {
    options.streams = std::move(streams);
    return test::open_sqlite(folder_.path(), clock_, std::move(options));
  }
  static void append(SqliteLog& log, const std::vector<NewEvent>& many) {
    base::value_or_die(log.append(many));
  }
  void sql(const std::string& text) {
    auto db = base::value_or_die(Database::open(log_path(folder_.path()), OpenMode::kReadWrite));
    base::value_or_die(db.exec(text));
  }
  std::uint64_t number(const std::string& text) {
    auto db = base::value_or_die(Database::open(log_path(folder_.path()), OpenMode::kReadOnly));
    return base::value_or_die(db.number(text));
  }
  std::string problems() {
    std::string all;
    for (const auto& problem : base::value_or_die(verify_log(log_path(folder_.path()))).problems) {
      all += problem + "\n";
    }
    return all;
  }
  // Polls, bounded, for what another thread brings about.
  template <class Condition>
  static bool soon(Condition condition) {
    for (int i = 0; i < 3000; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    return false;
  }

  test::TempFolder folder_;
  base::ManualClock clock_{test::kStartUs};
};

TEST_F(RetentionTest, WithoutStreamsEverythingIsKept) {
  auto log = open({});
  append(*log, events("a", 1, 10));
  clock_.advance_us(std::uint64_t{1} << 50);
  EXPECT_EQ(base::value_or_die(log->prune()).events, 0U);
  EXPECT_EQ(log->stats().events, 10U);
}

TEST_F(RetentionTest, RemovesInManyShortTransactionsAndNotesOneRangePerSource) {
  auto log = open({kNewestOnly});
  for (std::uint64_t seq = 1; seq <= 1500; ++seq) append(*log, {event("a", seq)});
  append(*log, {event("a", 1, {}, "b2"), event("b", 3)});
  const auto report = base::value_or_die(log->prune());
  EXPECT_EQ(report.events, 1500U);
  EXPECT_EQ(report.runs, 1500U);
  EXPECT_GE(report.transactions, 5U);
  EXPECT_EQ(report.bytes, 16893U) << "of {\"seq\":1} to {\"seq\":1500}";
  EXPECT_EQ(number("SELECT count(*) FROM pruned"), 1U);
  EXPECT_EQ(number("SELECT last_seq FROM pruned"), 1500U);
  EXPECT_EQ(log->stats().commits, 1501U) << "a prune is no commit of events";
  EXPECT_EQ(problems(), "");
}

TEST_F(RetentionTest, SeqsThatCameOutOfOrderMeetInOneRange) {
  auto log = open({kNewestOnly});
  for (const std::uint64_t seq : {3U, 1U, 7U, 2U, 9U}) {
    append(*log, {event("a", seq)});
    base::value_or_die(log->prune());
  }
  EXPECT_EQ(number("SELECT count(*) FROM pruned"), 2U) << "1 to 3, and 7";
  EXPECT_EQ(number("SELECT max(last_seq - first_seq) FROM pruned"), 2U);
  EXPECT_EQ(problems(), "");
}

TEST_F(RetentionTest, AFileThatIsPrunedDoesNotGrowForEver) {
  auto log = open({{"s", {"a"}, {}, 200'000, 0}});
  const std::string body = "{\"x\":\"" + std::string(20'000, 'x') + "\"}";
  std::uint64_t seq = 0;
  const auto round = [&] {
    for (int i = 0; i < 50; ++i) append(*log, {event("a", ++seq, body)});
    base::value_or_die(log->prune());
    sql("PRAGMA wal_checkpoint(TRUNCATE)");
    return std::filesystem::file_size(log_path(folder_.path()));
  };
  round();
  const auto before = round();
  for (int i = 0; i < 8; ++i) EXPECT_LE(round(), before + before / 8);
  EXPECT_EQ(log->stats().events, 10U);
}

TEST_F(RetentionTest, BytesAreCountedThroughReopensAndPrunes) {
  const std::string body(500, '5');
  const StreamRule rule{"s", {"a", "b"}, {}, 5000, 0};
  std::uint64_t seq = 0;
  for (int round = 0; round < 6; ++round) {
    auto log = open({rule});
    for (int i = 0; i < 7; ++i) append(*log, {event(i % 2 == 0 ? "a" : "b", ++seq, body)});
    if (round % 2 == 0) continue;
    base::value_or_die(log->prune());
    EXPECT_EQ(number("SELECT sum(length(body)) FROM runs"), 5000U);
  }
  EXPECT_EQ(problems(), "");
  sql("UPDATE subjects SET bytes = bytes + 1 WHERE name = 'a'");
  EXPECT_NE(problems().find("bytes of bodies"), std::string::npos);
}

TEST_F(RetentionTest, BytesAreWrittenDownNowAndThenSoThatOpeningStaysShort) {
  auto log = open({{"s", {"b"}, {}, 1'000'000, 0}});
  for (std::uint64_t seq = 1; seq <= 4100; ++seq) append(*log, {event("b", seq, "{\"x\":1}")});
  EXPECT_EQ(number("SELECT bytes FROM subjects"), 0U);
  EXPECT_EQ(base::value_or_die(log->prune()).events, 0U);
  EXPECT_EQ(number("SELECT bytes FROM subjects"), 4100U * 7);
  EXPECT_EQ(number("SELECT counted_through FROM subjects"), 4100U);
  log.reset();
  EXPECT_EQ(problems(), "");
}

TEST_F(RetentionTest, MoreOverItsBytesThanOnePlanLooksForIsRemovedInOneCall) {
  auto log = open({{"s", {"a", "b"}, {}, 700, 0}});
  std::vector<std::vector<NewEvent>> calls;
  for (std::uint64_t seq = 1; seq <= 9000; ++seq)
    calls.push_back({event(seq % 2 == 0 ? "a" : "b", seq, "{\"x\":1}")});
  std::vector<Stamped> batches;
  for (const auto& call : calls) batches.push_back({call, test::kStartUs});
  base::value_or_die(log->append_stamped(batches, {}));
  EXPECT_EQ(base::value_or_die(log->prune()).events, 8900U);
  EXPECT_EQ(read_all(*log).front().offset, Offset{8901});
  EXPECT_EQ(problems(), "");
}

TEST_F(RetentionTest, AReadOnlyLogKnowsWhatWasRemoved) {
  auto log = open({kNewestOnly});
  append(*log, events("a", 1, 3));
  append(*log, events("kept", 1, 1));
  const auto reader = open({}, {.read_only = true});
  base::value_or_die(log->prune());
  EXPECT_EQ(names(read_all(*reader)), "a3 kept1");
  EXPECT_EQ(reader->pruned_through("a"), Offset{2});
  EXPECT_EQ(reader->last_of("a"), Offset{3});
  EXPECT_EQ(reader->high_water("a", event("a", 1).client, event("a", 1).boot), 3U);
  EXPECT_EQ(reader->stats().events, 2U);
  EXPECT_EQ(reader->stats().pruned, 2U);
  const auto refused = reader->prune();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kDenied);
}

TEST_F(RetentionTest, OnAFullDiskNothingIsRemovedAndLaterItIs) {
  auto log = open({kNewestOnly}, {.vfs = test::faulty_vfs()});
  append(*log, events("a", 1, 3));
  test::wal_faults().write = SQLITE_FULL;
  const auto refused = log->prune();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kFull);
  EXPECT_EQ(names(read_all(*log)), "a1 a2 a3");
  EXPECT_EQ(log->pruned_through("a"), Offset{});
  EXPECT_EQ(log->stats().pruned, 0U);
  EXPECT_EQ(log->append(std::vector{event("a", 2, R"({"x":1})")}).value()[0].verdict, Verdict::kConflict)
      << "it is there and is compared";
  test::wal_faults().write = 0;
  EXPECT_EQ(base::value_or_die(log->prune()).events, 2U);
  EXPECT_EQ(names(read_all(*log)), "a3");
  append(*log, {event("a", 4)});
  log.reset();
  EXPECT_EQ(problems(), "");
}

TEST_F(RetentionTest, AFailedSyncWhilePruningLatchesTheLog) {
  auto log = open({kNewestOnly}, {.vfs = test::faulty_vfs()});
  append(*log, events("a", 1, 3));
  test::wal_faults().sync = SQLITE_IOERR_FSYNC;
  const auto failed = log->prune();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::kClosed);
  test::wal_faults().sync = 0;
  const auto refused = log->append(events("a", 4, 4));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kClosed);
  EXPECT_FALSE(log->prune());
  EXPECT_EQ(names(read_all(*log)), "a1 a2 a3") << "reading goes on, of what is known to be durable";
  log.reset();
  log = open({kNewestOnly});
  append(*log, events("a", 1, 4));
  base::value_or_die(log->prune());
  EXPECT_EQ(names(read_all(*log)), "a4");
  log.reset();
  EXPECT_EQ(problems(), "");
}

TEST_F(RetentionTest, AppendsGetTheirTurnBetweenThePartsOfAPrune) {
  auto log = open({kNewestOnly});
  for (std::uint64_t seq = 1; seq <= 3000; ++seq) append(*log, {event("a", seq)});
  const auto commits = log->stats().commits;
  {
    std::jthread writer([&] {
      for (std::uint64_t seq = 1; seq <= 200; ++seq) append(*log, {event("kept", seq)});
    });
    EXPECT_GE(base::value_or_die(log->prune()).transactions, 11U);
  }
  EXPECT_EQ(log->stats().commits, commits + 200);
  EXPECT_EQ(log->stats().events, 201U);
  EXPECT_EQ(problems(), "");
}

TEST_F(RetentionTest, TheWorkerPrunesByItself) {
  auto log = open({kNewestOnly}, {.prune_every = std::chrono::milliseconds{1}});
  append(*log, events("a", 1, 5));
  EXPECT_TRUE(soon([&] { return log->stats().events == 1; }));
  log.reset();
  EXPECT_EQ(problems(), "");
}

TEST_F(RetentionTest, AFullLogMakesTheWorkerPruneAtOnce) {
  auto log = open({{"s", {"a"}, std::chrono::hours{1}, 0, 0}},
                  {.max_bytes = 400'000, .prune_every = std::chrono::hours{24}});
  const std::string body = "{\"x\":\"" + std::string(10'000, 'x') + "\"}";
  std::uint64_t seq = 1;
  while (log->append(std::vector{event("a", seq, body)})) ++seq;
  clock_.advance_us(std::uint64_t{7200} * 1'000'000);
  EXPECT_TRUE(soon([&] { return log->append(std::vector{event("a", seq, body)}).has_value(); }));
  EXPECT_TRUE(soon([&] { return log->stats().events == 1; }));
  log.reset();
  EXPECT_EQ(problems(), "");
}

TEST_F(RetentionTest, ADamagedRunThatWasToBeCutStaysAndHoldsNobodyUp) {
  auto log = open({{"s", {"a", "b"}, {}, 0, 2}});
  append(*log, events("a", 1, 5));
  append(*log, events("b", 1, 5));
  sql("UPDATE runs SET body = replace(body, '1', '9') WHERE first_offset = 1");
  const auto report = base::value_or_die(log->prune());
  EXPECT_EQ(report.damaged, 1U);
  EXPECT_EQ(report.events, 3U);
  ReadRange range;
  range.subjects = {"b"};
  EXPECT_EQ(names(read_all(*log, range)), "b4 b5");
}

class VerifyHolesTest : public RetentionTest {
 protected:
  // Left: kept1 at 4, a8 at 9, kept2 at 10
  void SetUp() override {
    auto log = open({kNewestOnly});
    append(*log, events("a", 1, 3));
    append(*log, events("kept", 1, 1));
    append(*log, events("a", 4, 8));
    base::value_or_die(log->prune());
    append(*log, events("kept", 2, 2));
  }
};

TEST_F(VerifyHolesTest, HolesThatPruningMadeAreFine) {
  const auto report = base::value_or_die(verify_log(log_path(folder_.path())));
  EXPECT_TRUE(report.ok()) << problems();
  EXPECT_EQ(report.events, 3U);
  EXPECT_EQ(report.pruned, 7U);
}

TEST_F(VerifyHolesTest, ARunThatIsMissingAmongThemIsNoticed) {
  sql("DELETE FROM runs WHERE first_offset = 4");
  EXPECT_NE(problems().find("gave 10 offsets, and holds or has removed 9 events"), std::string::npos)
      << problems();
}

TEST_F(VerifyHolesTest, ARunThatIsMissingBehindThemIsNoticedWithItsPlace) {
  {
    auto log = open({});
    append(*log, events("kept", 3, 3));
  }
  sql("DELETE FROM runs WHERE first_offset = 10");
  EXPECT_NE(problems().find("run at offset 11: offset 10 was expected"), std::string::npos) << problems();
}

TEST_F(VerifyHolesTest, AForgottenRangeIsNoticed) {
  sql("UPDATE pruned SET last_seq = last_seq - 1");
  EXPECT_NE(problems().find("gave 10 offsets, and holds or has removed 9 events"), std::string::npos)
      << problems();
}

TEST_F(VerifyHolesTest, ASeqThatIsBothThereAndRemovedIsNoticed) {
  sql("UPDATE pruned SET last_seq = last_seq + 1");
  EXPECT_NE(problems().find("seq 8 of source 1 is noted as removed and is in the log"), std::string::npos)
      << problems();
}

TEST_F(VerifyHolesTest, ARunThatOughtToBeGoneIsNoticed) {
  sql("UPDATE subjects SET pruned_through = 9 WHERE name = 'a'");
  EXPECT_NE(problems().find("its subject is noted as removed through offset 9"), std::string::npos)
      << problems();
}

}  // namespace
}  // namespace holeshot::log
