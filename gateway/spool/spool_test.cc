#include "gateway/spool/spool.h"

#include <algorithm>
#include <thread>

#include "common/contract/batch.h"
#include "gateway/spool/schema.h"
#include "gateway/spool/spool_test_kit.h"
#include "gateway/spool/view.h"

namespace holeshot::spool {
namespace {

using Numbers = std::vector<std::uint64_t>;

TEST_F(SpoolTest, GivesBackWhatWasAppendedInOrderWithIdentityAndGaplessNumbers) {
  open("BOOT1");
  auto first = burst(2, 1);
  auto range = base::value_or_die(spool_->append(first));
  EXPECT_EQ(range.first, 1U);
  EXPECT_EQ(range.last, 2U);
  auto second = burst(1, 3);
  range = base::value_or_die(spool_->append(second));
  EXPECT_EQ(range.first, 3U);
  EXPECT_EQ(range.last, 3U);
  EXPECT_EQ(second[0].key(), "hill-8m:laptop-1:BOOT1:3");

  const Batch batch = base::value_or_die(spool_->next_batch(10, 1U << 20));
  EXPECT_EQ(batch.track.str(), "hill-8m");
  ASSERT_EQ(batch.rows.size(), 3U);
  std::string expected;
  contract::append_envelope(expected, second[0]);
  EXPECT_EQ(batch.rows[2].body, expected);
  EXPECT_EQ(pending(), (Numbers{1, 2, 3}));
}

TEST_F(SpoolTest, ABatchEndsAtItsCountAndAtItsBytesButNeverBeforeOne) {
  open();
  append(5);
  const auto all = base::value_or_die(spool_->next_batch(100, 1U << 20)).rows;
  EXPECT_EQ(base::value_or_die(spool_->next_batch(2, 1U << 20)).rows.size(), 2U);
  const std::size_t two = all[0].body.size() + all[1].body.size() + 2;
  EXPECT_EQ(base::value_or_die(spool_->next_batch(100, two)).rows.size(), 2U);
  EXPECT_EQ(base::value_or_die(spool_->next_batch(100, two - 1)).rows.size(), 1U);
  EXPECT_EQ(base::value_or_die(spool_->next_batch(100, 1)).rows.size(), 1U);
}

TEST_F(SpoolTest, AcknowledgedEnvelopesDoNotComeBackAlsoAfterARestart) {
  open("BOOT1");
  append(5);
  ASSERT_TRUE(spool_->acknowledge(3));
  EXPECT_EQ(pending(), (Numbers{4, 5}));
  open("BOOT2");
  EXPECT_EQ(pending(), (Numbers{4, 5}));
  append(1);
  const SpoolStats stats = base::value_or_die(spool_->stats());
  EXPECT_EQ(stats.pending, 3U);
  EXPECT_EQ(stats.acked, 3U);
  EXPECT_EQ(stats.oldest_captured_at_us, kNow + 4);
  ASSERT_EQ(stats.boots.size(), 2U);
  EXPECT_EQ(stats.boots[0].boot_id, "BOOT1");
  EXPECT_EQ(stats.boots[0].last_seq, 5U);
  EXPECT_EQ(stats.boots[1].boot_id, "BOOT2");
  EXPECT_EQ(stats.boots[1].last_seq, 1U);
  EXPECT_GT(stats.bytes, 0U);
}

TEST_F(SpoolTest, ABootThatWroteNothingLeavesNoTrace) {
  open("BOOT1");
  open("BOOT2");
  append(1);
  EXPECT_EQ(base::value_or_die(spool_->stats()).boots.size(), 1U);
}

TEST_F(SpoolTest, RefusesAnAcknowledgementOfWhatItDoesNotHold) {
  open();
  append(3);
  EXPECT_EQ(spool_->acknowledge(4).error().code, base::Code::kInvalid);
  ASSERT_TRUE(spool_->acknowledge(2));
  EXPECT_EQ(spool_->acknowledge(1).error().code, base::Code::kInvalid);
  std::vector<contract::Envelope> none;
  EXPECT_EQ(spool_->append(none).error().code, base::Code::kInvalid);
}

TEST_F(SpoolTest, RejectedEnvelopesMoveAsideAndAreKeptWithTheReason) {
  open();
  append(4);
  const std::vector<Rejected> rejected{{2, "conflict", "same key, other bytes"}};
  ASSERT_TRUE(spool_->acknowledge(3, rejected));
  EXPECT_EQ(pending(), (Numbers{4}));
  const SpoolStats stats = base::value_or_die(spool_->stats());
  EXPECT_EQ(stats.quarantined, 1U);
  EXPECT_EQ(stats.acked, 2U);
  auto view = base::value_or_die(SpoolView::open(path_.string()));
  const auto row = base::value_or_die(view.show(2));
  ASSERT_TRUE(row);
  EXPECT_EQ(row->state, "quarantined");
  EXPECT_EQ(row->code, "conflict");
  EXPECT_EQ(row->detail, "same key, other bytes");
  EXPECT_EQ(row->seq, 2U);
}

TEST_F(SpoolTest, ADamagedRowIsQuarantinedAndItsNeighboursGoOn) {
  open();
  append(4);
  spool_.reset();
  run_sql(path_, "UPDATE envelopes SET body = replace(body, 'PASSING', 'PASSINg') WHERE id IN (1, 3)");
  open("BOOT2");
  EXPECT_EQ(pending(), (Numbers{2}));
  ASSERT_TRUE(spool_->acknowledge(2));
  EXPECT_EQ(pending(), (Numbers{4}));
  const SpoolStats stats = base::value_or_die(spool_->stats());
  EXPECT_EQ(stats.quarantined, 2U);
  EXPECT_EQ(stats.acked, 1U);
  auto view = base::value_or_die(SpoolView::open(path_.string()));
  EXPECT_EQ(base::value_or_die(view.show(1))->code, "damaged");
}

TEST_F(SpoolTest, AcknowledgedEnvelopesArePrunedButTheLastOnesAndAllPendingOnesStay) {
  open("BOOT1", {.keep_acknowledged = 10});
  append(50);
  ASSERT_TRUE(spool_->acknowledge(40));
  auto view = base::value_or_die(SpoolView::open(path_.string()));
  EXPECT_FALSE(base::value_or_die(view.show(30)));
  EXPECT_TRUE(base::value_or_die(view.show(31)));
  EXPECT_EQ(pending().size(), 10U);
  EXPECT_EQ(base::value_or_die(spool_->stats()).acked, 40U);
}

TEST_F(SpoolTest, NumbersGoOnWhereEverythingWasAcknowledgedAndPruned) {
  open("BOOT1", {.keep_acknowledged = 0});
  append(3);
  ASSERT_TRUE(spool_->acknowledge(3));
  open("BOOT2", {.keep_acknowledged = 0});
  append(1);
  EXPECT_EQ(pending(), (Numbers{4}));
  EXPECT_EQ(spool_->last_id(), 4U);
}

TEST_F(SpoolTest, OneBatchHoldsSeveralBootsButOnlyOneTrack) {
  open("BOOT1");
  append(2);
  open("BOOT2");
  append(1);
  spool_.reset();
  spool_ = base::value_or_die(Spool::open(path_.string(), identity("BOOT3", "pump-track"), clock_));
  append(2);
  EXPECT_EQ(pending(), (Numbers{1, 2, 3}));
  ASSERT_TRUE(spool_->acknowledge(3));
  EXPECT_EQ(base::value_or_die(spool_->next_batch(10, 1U << 20)).track.str(), "pump-track");
  EXPECT_EQ(pending(), (Numbers{4, 5}));
}

TEST_F(SpoolTest, WaitingEndsWithNewDataAndWithStop) {
  open();
  const auto long_time = std::chrono::seconds{60};
  std::thread writer([&] { append(1); });
  EXPECT_TRUE(spool_->wait_for_new(0, {}, long_time));
  writer.join();
  std::stop_source stop;
  std::thread stopper([&] { stop.request_stop(); });
  EXPECT_FALSE(spool_->wait_for_new(1, stop.get_token(), long_time));
  stopper.join();
  EXPECT_FALSE(spool_->wait_for_new(1, {}, std::chrono::microseconds{1}));
}

TEST_F(SpoolTest, ManyReadersShareOneSequenceWithoutGapAndKeepTheirOwnOrder) {
  open();
  constexpr std::size_t kThreads = 4;
  constexpr std::size_t kBursts = 50;
  std::vector<std::thread> readers;
  for (std::size_t t = 0; t < kThreads; ++t) {
    readers.emplace_back([&, t] {
      for (std::size_t i = 0; i < kBursts; ++i) {
        auto envelopes = burst(3, 1'000'000 * (t + 1) + 3 * i);
        base::value_or_die(spool_->append(envelopes));
      }
    });
  }
  std::thread uploader([&] {
    std::uint64_t seen = 0;
    while (seen < kThreads * kBursts * 3) {
      ASSERT_TRUE(spool_->wait_for_new(seen, {}, std::chrono::seconds{60}));
      const Batch batch = base::value_or_die(spool_->next_batch(1000, 1U << 20));
      for (const auto& row : batch.rows) {
        const auto envelope = base::value_or_die(contract::parse_envelope(row.body));
        ASSERT_EQ(envelope.seq, ++seen);
      }
      ASSERT_TRUE(spool_->acknowledge(seen));
    }
  });
  for (auto& reader : readers) reader.join();
  uploader.join();
  std::vector<std::uint64_t> last(kThreads, 0);
  auto view = base::value_or_die(SpoolView::open(path_.string()));
  auto rows = base::value_or_die(view.list({.state = {}, .message_type = {}, .limit = 10'000}));
  ASSERT_EQ(rows.size(), kThreads * kBursts * 3);
  std::reverse(rows.begin(), rows.end());
  for (const auto& row : rows) {
    const std::uint64_t number = row.captured_at_us - kNow;
    std::uint64_t& before = last[number / 1'000'000 - 1];
    ASSERT_GT(number, before);
    before = number;
  }
}

TEST_F(SpoolTest, TwoGatewaysOnOneSpoolAreRefusedWithWords) {
  open();
  const auto second = Spool::open(path_.string(), identity("BOOT2"), clock_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, base::Code::kConflict);
  EXPECT_NE(second.error().message.find(std::to_string(getpid())), std::string::npos)
      << second.error().message;
}

TEST_F(SpoolTest, ANewerSchemaIsRefusedAndLeftAlone) {
  open();
  append(1);
  spool_.reset();
  run_sql(path_, "PRAGMA user_version = 3");
  const auto opened = Spool::open(path_.string(), identity("BOOT2"), clock_);
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("newer holeshot-gateway (schema 3"), std::string::npos);
  run_sql(path_, "PRAGMA user_version = 2");
  open("BOOT2");
  EXPECT_EQ(pending(), (Numbers{1}));
}

TEST_F(SpoolTest, AnotherProgramsFileAndAMissingFolderAreRefusedWithWords) {
  run_sql(path_, "CREATE TABLE contacts(name TEXT)");
  EXPECT_NE(Spool::open(path_.string(), identity("B"), clock_).error().message.find("not a spool"),
            std::string::npos);
  const auto missing = Spool::open((folder_ / "no" / "spool.db").string(), identity("B"), clock_);
  EXPECT_EQ(missing.error().code, base::Code::kMissing);
}

TEST_F(SpoolTest, TheWriteAheadLogStaysBounded) {
  open("BOOT1", {.keep_acknowledged = 100});
  for (int i = 0; i < 60; ++i) {
    append(1'000);
    ASSERT_TRUE(spool_->acknowledge(spool_->last_id()));
  }
  // 60,000 envelopes are about 20 MB; the two bounds allow 16 MB of log plus what one group adds.
  EXPECT_LT(std::filesystem::file_size(path_.string() + "-wal"), 20U << 20);
  EXPECT_LT(std::filesystem::file_size(path_), 8U << 20);
}

}  // namespace
}  // namespace holeshot::spool
