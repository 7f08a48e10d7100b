// What becomes of acknowledged events when NATS is stopped, killed, or loses what it had not synced; and when several
// centrals share one NATS.
#include <gtest/gtest.h>

#include <atomic>

#include "central/log/jetstream/jetstream_test_kit.h"

namespace holeshot::log {
namespace {

using base::value_or_die;
using test::append_stubbornly;
using test::event;
using test::events;
using test::eventually;
using test::orders;

namespace fs = std::filesystem;

class JetStreamLoss : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = test::no_nats(); !why.empty()) GTEST_SKIP() << why;
    servers_ = std::make_unique<test::NatsServers>(1U);
  }
  test::NatsNode& server() { return servers_->node(0); }
  std::unique_ptr<JetStreamLog> open(const test::TempFolder& folder) {
    return test::open_jetstream(folder.path(), *servers_, clock_);
  }
  // The store as it is now, to be brought back by restore(): what a power cut does to what was not synced.
  void remember() {
    server().stop();
    fs::remove_all(copy_.path() / "store");
    fs::copy(server().store(), copy_.path() / "store", fs::copy_options::recursive);
    server().start();
    servers_->wait_ready();
  }
  void restore() {
    server().kill();
    fs::remove_all(server().store());
    fs::copy(copy_.path() / "store", server().store(), fs::copy_options::recursive);
    server().start();
    servers_->wait_ready();
  }
  void expect_a_newcomer_gets_the_same(EventLog& log) {
    EXPECT_EQ(test::orders_of_a_newcomer(*servers_, log.last().value()), orders(log));
  }

  test::TempFolder folder_;
  test::TempFolder other_folder_;
  test::TempFolder copy_;
  base::ManualClock clock_{test::kStartUs};
  std::unique_ptr<test::NatsServers> servers_;
};

// Appends 1, 2, 3, ... of a boot, a few per call, and stubbornly.
void write_many(EventLog& log, const std::string& subject, const std::string& boot, std::uint64_t count,
                std::atomic<std::uint64_t>* acknowledged = nullptr) {
  for (std::uint64_t seq = 1; seq <= count;) {
    std::vector<NewEvent> batch;
    for (std::uint64_t i = 0; i <= seq % 4 && seq <= count; ++i)
      batch.push_back(event(subject, seq++, {}, boot));
    append_stubbornly(log, batch);
    if (acknowledged != nullptr) *acknowledged = seq - 1;
  }
}

// Every boot of every subject counts 1, 2, 3, ... without a hole, a double or a step back.
std::map<std::string, std::uint64_t> expect_each_boot_in_order(EventLog& log) {
  std::map<std::string, std::uint64_t> last;
  for (const auto& e : test::read_all(log))
    EXPECT_EQ(e.seq, ++last[e.subject + e.boot.str()]) << e.boot.str();
  return last;
}

TEST_F(JetStreamLoss, StoppingAndKillingNatsInTheMiddleLosesNothingAndTurnsNothingAround) {
  const auto log = open(folder_);
  constexpr std::uint64_t kEach = 400;
  std::atomic<std::uint64_t> done{0};
  std::vector<std::jthread> writers;
  for (const char* boot : {"w1", "w2", "w3"}) {
    writers.emplace_back([&, boot] { write_many(*log, boot[1] == '3' ? "b" : "a", boot, kEach, &done); });
  }
  for (int round = 0; round < 4; ++round) {
    const std::uint64_t before = done;
    ASSERT_TRUE(eventually([&] { return done != before || done == kEach; }));
    if (round % 2 == 0) {
      server().kill();
    } else {
      server().stop();
    }
    server().start();
  }
  writers.clear();
  const auto last = expect_each_boot_in_order(*log);
  EXPECT_EQ(last, (std::map<std::string, std::uint64_t>{{"aw1", kEach}, {"aw2", kEach}, {"bw3", kEach}}));
  expect_a_newcomer_gets_the_same(*log);
}

TEST_F(JetStreamLoss, AShortenedStreamIsGivenBackWhatItLostWhileWeRun) {
  const auto log = open(folder_);
  append_stubbornly(*log, events("a", 1, 20));
  append_stubbornly(*log, events("b", 1, 5));
  remember();
  append_stubbornly(*log, events("a", 21, 30));
  append_stubbornly(*log, {event("b", 6), event("b", 7), event("c", 1)});
  for (std::uint64_t seq = 31; seq <= 40; ++seq) append_stubbornly(*log, {event("a", seq)});
  restore();
  append_stubbornly(*log, {event("a", 41)});
  EXPECT_EQ(log->last(), Offset{49});
  expect_a_newcomer_gets_the_same(*log);
}

TEST_F(JetStreamLoss, AShortenedStreamIsGivenBackWhatItLostAtOurNextStart) {
  auto log = open(folder_);
  append_stubbornly(*log, events("a", 1, 3));
  remember();
  append_stubbornly(*log, events("a", 4, 6));
  log.reset();
  restore();
  log = open(folder_);
  ASSERT_TRUE(eventually([&] { return log->status().has_value(); }));
  EXPECT_EQ(log->last(), Offset{6}) << "nothing is stored twice here";
  expect_a_newcomer_gets_the_same(*log);
}

TEST_F(JetStreamLoss, AStreamThatWentOnInsteadOfWhatItLostIsNoticedByItsLastMessage) {
  auto log = open(folder_);
  append_stubbornly(*log, events("a", 1, 3));
  remember();
  append_stubbornly(*log, {event("a", 4)});
  append_stubbornly(*log, {event("a", 5)});
  log.reset();
  restore();
  // Another central fills the places of the lost messages, and one more, before we are back.
  auto other = open(other_folder_);
  for (std::uint64_t seq = 1; seq <= 3; ++seq) append_stubbornly(*other, {event("b", seq)});
  log = open(folder_);
  ASSERT_TRUE(eventually([&] { return log->last() == Offset{8} && other->last() == Offset{8}; }))
      << log->last().value() << " " << other->last().value();
  EXPECT_EQ(orders(*log), orders(*other));
  expect_a_newcomer_gets_the_same(*log);
}

TEST_F(JetStreamLoss, AStreamThatIsDeletedIsMadeAgainAndFilled) {
  const auto log = open(folder_);
  append_stubbornly(*log, events("a", 1, 10));
  servers_->clear();
  append_stubbornly(*log, {event("a", 11)});
  EXPECT_EQ(log->last(), Offset{11});
  expect_a_newcomer_gets_the_same(*log);
}

TEST_F(JetStreamLoss, ALogThatWasOnOneMachineMovesIntoTheStreams) {
  {
    const auto sqlite = test::open_sqlite(folder_.path(), clock_);
    value_or_die(sqlite->append(events("a", 1, 50)));
    value_or_die(sqlite->append(events("b", 1, 3)));
    clock_.advance_us(1000);
    value_or_die(sqlite->append(events("a", 51, 60)));
  }
  const auto log = open(folder_);
  ASSERT_TRUE(eventually([&] { return log->status().has_value(); }));
  EXPECT_EQ(log->last(), Offset{63});
  const auto newcomer = open(other_folder_);
  ASSERT_TRUE(eventually([&] { return newcomer->last() == Offset{63}; }));
  const auto ours = test::read_all(*log);
  const auto theirs = test::read_all(*newcomer);
  for (std::size_t i = 0; i < ours.size(); ++i) EXPECT_EQ(theirs[i].appended_at_us, ours[i].appended_at_us);
  EXPECT_EQ(orders(*newcomer), orders(*log));
}

TEST_F(JetStreamLoss, WhatIsTooOldForTheStreamIsNotGivenBack) {
  {
    const auto sqlite = test::open_sqlite(folder_.path(), clock_);
    value_or_die(sqlite->append(events("a", 1, 5)));
    clock_.advance_us(7'200'000'000);
    value_or_die(sqlite->append(events("a", 6, 7)));
  }
  auto options = test::jetstream_options(folder_.path(), servers_->urls(), 1);
  options.streams.front().max_age = std::chrono::hours{1};
  const auto log = value_or_die(JetStreamLog::open(options, clock_));
  ASSERT_TRUE(eventually([&] { return log->status().has_value(); }));
  options.replica.path = log_path(other_folder_.path());
  const auto newcomer = value_or_die(JetStreamLog::open(options, clock_));
  ASSERT_TRUE(eventually([&] { return newcomer->status().has_value(); }));
  EXPECT_EQ(test::names(test::read_all(*newcomer)), "a6 a7");
}

TEST_F(JetStreamLoss, TwoCentralsOnOneTrackHaveTheSameOrder) {
  const auto one = open(folder_);
  const auto two = open(other_folder_);
  {
    std::vector<std::jthread> writers;
    for (const char* boot : {"w1", "w2"})
      writers.emplace_back([&, boot] { write_many(*one, "a", boot, 150); });
    for (const char* boot : {"w3", "w4"})
      writers.emplace_back([&, boot] { write_many(*two, "a", boot, 150); });
  }
  ASSERT_TRUE(eventually([&] { return one->last() == Offset{600} && two->last() == Offset{600}; }));
  EXPECT_EQ(orders(*one), orders(*two));
  expect_each_boot_in_order(*one);
}

TEST_F(JetStreamLoss, OfTwoThingsSaidUnderOneKeyToTwoCentralsOneCountsOnBoth) {
  const auto one = open(folder_);
  const auto two = open(other_folder_);
  for (std::uint64_t seq = 1; seq <= 40; ++seq) {
    Verdict first{};
    Verdict second{};
    {
      const std::jthread a(
          [&] { first = append_stubbornly(*one, {event("a", seq, R"({"by":1})")})[0].verdict; });
      const std::jthread b(
          [&] { second = append_stubbornly(*two, {event("a", seq, R"({"by":2})")})[0].verdict; });
    }
    EXPECT_NE(first, second) << seq;
    EXPECT_TRUE(first == Verdict::kConflict || second == Verdict::kConflict) << seq;
    EXPECT_TRUE(first == Verdict::kAppended || second == Verdict::kAppended) << seq;
  }
  ASSERT_TRUE(eventually([&] { return one->last() == two->last(); }));
  EXPECT_EQ(orders(*one), orders(*two));
}

TEST_F(JetStreamLoss, CausesComeBeforeEffectsWhenAHistoryIsReadAtOnce) {
  auto options = test::jetstream_options(folder_.path(), servers_->urls(), 1);
  options.streams = {{"effects", {"effect"}, {}, 0, 0}, {"causes", {"cause"}, {}, 0, 0}};
  const auto log = value_or_die(JetStreamLog::open(options, clock_));
  for (std::uint64_t seq = 1; seq <= 200; ++seq) {
    append_stubbornly(*log, {event("cause", seq)});
    clock_.advance_us(1);
    append_stubbornly(*log, {event("effect", seq)});
    clock_.advance_us(1);
  }
  options.replica.path = log_path(other_folder_.path());
  const auto newcomer = value_or_die(JetStreamLog::open(options, clock_));
  ASSERT_TRUE(eventually([&] { return newcomer->last() == Offset{400}; }));
  EXPECT_EQ(test::names(test::read_all(*newcomer)), test::names(test::read_all(*log)));
}

}  // namespace
}  // namespace holeshot::log
