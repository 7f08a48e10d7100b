// What people do with a spool: look at it, check it, put rows back, remove what is done; and what a season of use
// leaves on the disk.
#include <sqlite3.h>

#include <algorithm>
#include <thread>

#include "gateway/spool/spool_test_kit.h"
#include "gateway/spool/view.h"

namespace holeshot::spool {
namespace {

using Ids = std::vector<std::uint64_t>;

class SpoolOpsTest : public SpoolTest {
 protected:
  Ids ids(const RowFilter& filter) {
    auto view = base::value_or_die(SpoolView::open(path_.string()));
    Ids found;
    base::value_or_die(view.each(filter, [&](const SpoolRow& row) {
      found.push_back(row.id);
      return true;
    }));
    return found;
  }
  // One row each of two decoders and three riders.
  void append_riders() {
    auto envelopes = burst(4, 1);
    const auto payload = [](const char* decoder, const char* name, int number) {
      return R"({"decoder_id":")" + std::string{decoder} + R"(","message_type":"PASSING","transponder_id":)" +
             std::to_string(number) + R"(,"transponder_string":")" + name + "\"}";
    };
    envelopes[0].payload = payload("D0000C00", "FL-94890", 12);
    envelopes[1].payload = payload("D0000C01", "FL-94890", 12);
    envelopes[2].payload = payload("D0000C00", "AB-00001", 123);
    envelopes[3].payload = payload("D0000C00", "AB-00002", 4123);
    base::value_or_die(spool_->append(envelopes));
  }
};

TEST_F(SpoolOpsTest, RowsAreFoundByTimeTransponderDecoderBootAndState) {
  open("BOOT1");
  append_riders();
  open("BOOT2");
  next_ = 5;
  append(2);
  ASSERT_TRUE(spool_->acknowledge(2, std::vector<Rejected>{{1, "conflict", ""}}));
  const Order up = Order::kOldestFirst;
  EXPECT_EQ(ids({.limit = 0}), (Ids{6, 5, 4, 3, 2, 1}));
  EXPECT_EQ(ids({.limit = 0, .order = up}), (Ids{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(ids({.limit = 2, .order = up}), (Ids{1, 2}));
  EXPECT_EQ(ids({.transponder = "FL-94890", .order = up}), (Ids{1, 2}));
  EXPECT_EQ(ids({.transponder = "123"}), (Ids{3})) << "a whole number, not the end of one";
  EXPECT_EQ(ids({.transponder = "12", .order = up}), (Ids{1, 2})) << "nor its beginning";
  EXPECT_EQ(ids({.decoder_id = "D0000C01"}), (Ids{2}));
  EXPECT_EQ(ids({.boot_id = "BOOT2"}), (Ids{6, 5}));
  EXPECT_EQ(ids({.from_us = kNow + 2, .to_us = kNow + 4, .order = up}), (Ids{2, 3}));
  EXPECT_EQ(ids({.state = "quarantined", .boot_id = "BOOT1"}), (Ids{1}));
}

TEST_F(SpoolOpsTest, ManyRowsAreGoneThroughInStepsEachOnceInBothOrders) {
  open();
  append(1'000);
  std::vector<Rejected> rejected;
  for (std::uint64_t id = 3; id <= 700; id += 3) rejected.push_back({id, "conflict", ""});
  ASSERT_TRUE(spool_->acknowledge(700, rejected));
  Ids expected;
  for (std::uint64_t id = 1; id <= 1'000; ++id) expected.push_back(id);
  EXPECT_EQ(ids({.limit = 0, .order = Order::kOldestFirst}), expected);
  std::reverse(expected.begin(), expected.end());
  EXPECT_EQ(ids({.limit = 0}), expected);
}

TEST_F(SpoolOpsTest, RequeuedRowsGoToTheEndWithTheirIdentity) {
  open("BOOT1");
  append(4);
  open("BOOT2");
  append(2);
  ASSERT_TRUE(spool_->acknowledge(4, std::vector<Rejected>{{2, "conflict", ""}, {3, "bad_shape", ""}}));
  const RequeueReport one = base::value_or_die(spool_->requeue(Ids{3, 99}));
  EXPECT_EQ(one.requeued, 1U);
  EXPECT_EQ(one.unknown, 1U);
  const RequeueReport rest = base::value_or_die(spool_->requeue());
  EXPECT_EQ(rest.requeued, 1U);
  append(1);
  std::vector<std::string> keys;
  for (const auto& row : base::value_or_die(spool_->next_batch(100, 1U << 20)).rows) {
    keys.push_back(base::value_or_die(contract::parse_envelope(row.body)).key());
  }
  EXPECT_EQ(keys, (std::vector<std::string>{"hill-8m:laptop-1:BOOT2:1", "hill-8m:laptop-1:BOOT2:2",
                                            "hill-8m:laptop-1:BOOT1:3", "hill-8m:laptop-1:BOOT1:2",
                                            "hill-8m:laptop-1:BOOT2:3"}));
  EXPECT_EQ(spool_->health().quarantined, 0U);
  EXPECT_EQ(spool_->health().pending, 5U);
  const auto stats = base::value_or_die(spool_->stats());
  EXPECT_EQ(stats.pending, 5U);
  EXPECT_EQ(stats.boots.at(0).last_seq, 4U);
  EXPECT_EQ(stats.boots.at(1).last_seq, 3U);
}

TEST_F(SpoolOpsTest, WithoutAGatewayASpoolIsOpenedForRepairAndLeavesNoBoot) {
  open("BOOT1");
  append(3);
  ASSERT_TRUE(spool_->acknowledge(2, std::vector<Rejected>{{1, "conflict", ""}}));
  spool_.reset();
  spool_ = base::value_or_die(Spool::open(path_.string(), {}, clock_));
  EXPECT_EQ(base::value_or_die(spool_->requeue()).requeued, 1U);
  auto one = burst(1, 9);
  EXPECT_EQ(spool_->append(one).error().code, base::Code::kInvalid);
  EXPECT_EQ(pending(), (Ids{3, 1}));
  open("BOOT2");
  next_ = 4;
  append(1);
  const auto boots = base::value_or_die(spool_->stats()).boots;
  ASSERT_EQ(boots.size(), 2U);
  EXPECT_EQ(boots[0].last_seq, 3U);
  EXPECT_EQ(boots[1].last_seq, 1U);
  EXPECT_EQ(pending(), (Ids{3, 1, 4}));
}

TEST_F(SpoolOpsTest, PruneRemovesWhatIsDoneAndNothingThatWaits) {
  open();
  append(3'000);
  ASSERT_TRUE(spool_->acknowledge(10, std::vector<Rejected>{{1, "conflict", ""}}));
  clock_.advance_us(1'000'000);
  const std::uint64_t later = clock_.wall_us();
  ASSERT_TRUE(spool_->acknowledge(2'500, std::vector<Rejected>{{11, "conflict", ""}}));
  const PruneReport report =
      base::value_or_die(spool_->prune({.acknowledged = true, .quarantined_before_us = later}));
  EXPECT_EQ(report.acknowledged, 2'498U);
  EXPECT_EQ(report.quarantined, 1U);
  EXPECT_EQ(ids({.state = "quarantined"}), (Ids{11}));
  EXPECT_EQ(ids({.state = "acked"}), (Ids{}));
  EXPECT_EQ(pending().size(), 500U);
  EXPECT_EQ(spool_->health().quarantined, 1U);
}

TEST_F(SpoolOpsTest, VerifyPutsDamagedRowsAsideWhereverTheyAre) {
  open("BOOT1");
  append(100);
  ASSERT_TRUE(spool_->acknowledge(20));
  spool_.reset();
  run_sql(path_, "UPDATE envelopes SET body = replace(body, 'PASSING', 'PASSINg') WHERE id IN (5, 50, 60)");
  {
    auto view = base::value_or_die(SpoolView::open(path_.string()));
    const VerifyReport seen = base::value_or_die(view.verify());
    EXPECT_EQ(seen.rows, 100U);
    EXPECT_EQ(seen.damaged, (Ids{5, 50, 60}));
    EXPECT_TRUE(seen.structure.empty());
  }
  open("BOOT2");
  EXPECT_EQ(base::value_or_die(spool_->verify()).damaged, (Ids{5, 50, 60}));
  EXPECT_EQ(ids({.state = "quarantined", .order = Order::kOldestFirst}), (Ids{5, 50, 60}));
  EXPECT_EQ(pending().size(), 78U);
  EXPECT_EQ(spool_->health().pending, 78U);
  EXPECT_EQ(base::value_or_die(spool_->requeue()).damaged, 3U) << "what is damaged is never sent";
}

TEST_F(SpoolOpsTest, ALongReaderNeitherStopsAppendsNorKeepsTheLogLargeForEver) {
  open("BOOT1", {.keep_acknowledged = 100, .max_bytes = 64U << 20});
  append(10);
  sqlite3* reader = nullptr;
  ASSERT_EQ(sqlite3_open_v2(path_.c_str(), &reader, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(reader, "BEGIN; SELECT count(*) FROM envelopes", nullptr, nullptr, nullptr),
            SQLITE_OK);
  const auto log_size = [&] { return std::filesystem::file_size(path_.string() + "-wal"); };
  for (int i = 0; i < 40; ++i) {
    append(1'000);
    ASSERT_TRUE(spool_->acknowledge(spool_->last_id()));
  }
  EXPECT_GT(log_size(), 12U << 20) << "the reader holds it, or this test shows nothing";
  sqlite3_close(reader);
  for (int i = 0; i < 20; ++i) append(500);
  EXPECT_LE(log_size(), 9U << 20);
}

TEST_F(SpoolOpsTest, ASeasonOfAppendingAndSendingDoesNotGrowTheFile) {
  open("BOOT1", {.keep_acknowledged = 1'000, .reserve_bytes = 0});
  const auto day = [&] {
    for (int i = 0; i < 20; ++i) {
      append(500);
      ASSERT_TRUE(spool_->acknowledge(spool_->last_id() - 10));
    }
  };
  for (int i = 0; i < 3; ++i) day();
  spool_.reset();  // closing copies the log back
  const std::uint64_t bytes = std::filesystem::file_size(path_);
  open("BOOT2", {.keep_acknowledged = 1'000, .reserve_bytes = 0});
  for (int i = 0; i < 12; ++i) {
    day();
    EXPECT_LT(std::filesystem::file_size(path_), bytes + bytes / 4) << "day " << i;
    EXPECT_LT(std::filesystem::file_size(path_.string() + "-wal"), 20U << 20);
  }
}

}  // namespace
}  // namespace holeshot::spool
