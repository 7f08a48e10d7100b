// What every backing of EventLog promises. A backing joins with one more LogFactory below.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <ostream>
#include <random>
#include <thread>

#include "central/log/log_test_kit.h"

namespace holeshot::log {
namespace {

using test::event;
using test::events;
using test::names;
using test::read_all;

struct LogFactory {
  std::string name;
  std::function<std::unique_ptr<EventLog>(const std::string& folder, const base::Clock&)> open;
};

// What a failing test calls its backing.
void PrintTo(const LogFactory& factory,
             std::ostream* out) {  // NOLINT(readability-identifier-naming): gtest's name
  *out << factory.name;
}

class EventLogContract : public testing::TestWithParam<LogFactory> {
 protected:
  void SetUp() override { reopen(); }
  void reopen() {
    log_.reset();
    log_ = GetParam().open(folder_.path(), clock_);
  }
  std::vector<Appended> append(const std::vector<NewEvent>& many) {
    return base::value_or_die(log_->append(many));
  }
  // "new 1, dup 1, conflict 1"
  std::string verdicts(const std::vector<NewEvent>& many) {
    std::string text;
    for (const auto& one : append(many)) {
      const char* word = one.verdict == Verdict::kAppended    ? "new "
                         : one.verdict == Verdict::kDuplicate ? "dup "
                                                              : "conflict ";
      text.append(text.empty() ? "" : ", ").append(word).append(std::to_string(one.offset.value()));
    }
    return text;
  }
  std::string all() { return names(read_all(*log_)); }
  EventLog& log() { return *log_; }

  test::TempFolder folder_;
  base::ManualClock clock_{test::kStartUs};
  std::unique_ptr<EventLog> log_;
};

TEST_P(EventLogContract, AnEmptyLogIsEmptyAndHasAnIdentityThatStays) {
  EXPECT_EQ(log().last(), Offset{});
  EXPECT_TRUE(read_all(log()).empty());
  EXPECT_TRUE(log().subjects().empty());
  EXPECT_EQ(log().before_time(0).value(), Offset{});
  const std::string id = log().log_id();
  EXPECT_EQ(id.size(), 26U);
  reopen();
  EXPECT_EQ(log().log_id(), id);
}

TEST_P(EventLogContract, GivesBackWhatWasAppendedFieldByField) {
  append({event("a", 1, R"({"x":"\n"})"), event("b", 9, R"({"y":2})", "boot-2")});
  const auto read = read_all(log());
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].body, R"({"x":"\n"})");
  EXPECT_EQ(read[1].subject, "b");
  EXPECT_EQ(read[1].client.str(), "gw");
  EXPECT_EQ(read[1].boot.str(), "boot-2");
  EXPECT_EQ(read[1].seq, 9U);
  EXPECT_EQ(read[1].body, R"({"y":2})");
  EXPECT_EQ(read[1].appended_at_us, test::kStartUs);
  EXPECT_LT(read[0].offset, read[1].offset);
}

TEST_P(EventLogContract, TheSameKeyIsADuplicateWithinOneCall) {
  EXPECT_EQ(verdicts({event("a", 1), event("a", 2), event("a", 1), event("a", 3)}),
            "new 1, new 2, dup 1, new 3");
  EXPECT_EQ(all(), "a1 a2 a3");
}

TEST_P(EventLogContract, TheSameKeyIsADuplicateInALaterCallAndAfterReopen) {
  append(events("a", 1, 3));
  EXPECT_EQ(verdicts({event("a", 3), event("a", 1)}), "dup 3, dup 1");
  reopen();
  EXPECT_EQ(verdicts({event("a", 2), event("a", 4)}), "dup 2, new 4");
  EXPECT_EQ(all(), "a1 a2 a3 a4");
}

TEST_P(EventLogContract, DedupeHasNoWindow) {
  constexpr std::uint64_t kMany = 1'000'000;
  constexpr std::uint64_t kPerCall = 20'000;
  for (std::uint64_t first = 1; first <= kMany; first += kPerCall) {
    append(events("a", first, first + kPerCall - 1));
  }
  EXPECT_EQ(verdicts({event("a", 1), event("a", kMany), event("a", kMany + 1)}),
            "dup 1, dup 1000000, new 1000001");
  reopen();
  EXPECT_EQ(verdicts({event("a", 1), event("a", kMany / 2)}), "dup 1, dup 500000");
  EXPECT_EQ(log().high_water("a", event("a", 1).client, event("a", 1).boot), kMany + 1);
}

TEST_P(EventLogContract, OtherBootsClientsAndSubjectsAreOtherKeys) {
  NewEvent other_client = event("a", 1);
  other_client.client = contract::ClientId::parse("gw2", "client").value();
  EXPECT_EQ(verdicts({event("a", 1), event("a", 1, {}, "b2"), event("b", 1), other_client}),
            "new 1, new 2, new 3, new 4");
}

TEST_P(EventLogContract, OutOfOrderSeqsAreAllKeptOnceAndTheHighWaterWaitsForTheHole) {
  const auto source = event("a", 1);
  const auto high = [&] { return log().high_water("a", source.client, source.boot); };
  append({event("a", 5), event("a", 6)});
  EXPECT_EQ(high(), 0U);
  append({event("a", 1), event("a", 2)});
  EXPECT_EQ(high(), 2U);
  EXPECT_EQ(verdicts({event("a", 6), event("a", 4), event("a", 3), event("a", 5)}),
            "dup 2, new 5, new 6, dup 1");
  EXPECT_EQ(high(), 6U);
  reopen();
  EXPECT_EQ(high(), 6U);
  EXPECT_EQ(all(), "a5 a6 a1 a2 a4 a3");
  EXPECT_EQ(log().high_water("nobody", source.client, source.boot), 0U);
}

TEST_P(EventLogContract, FindsAnEventByItsKey) {
  append({event("a", 5), event("a", 6), event("b", 1)});
  append({event("a", 9)});
  const auto source = event("a", 1);
  const auto at = [&](const std::string& subject, std::uint64_t seq) {
    const auto found = base::value_or_die(log().find(subject, source.client, source.boot, seq));
    return found ? found->value() : 0;
  };
  EXPECT_EQ(at("a", 5), 1U);
  EXPECT_EQ(at("a", 6), 2U);
  EXPECT_EQ(at("a", 9), 4U);
  EXPECT_EQ(at("b", 1), 3U);
  for (const std::uint64_t seq : {1U, 4U, 7U, 8U, 10U}) EXPECT_EQ(at("a", seq), 0U) << seq;
  EXPECT_EQ(at("nobody", 1), 0U);
  EXPECT_EQ(log().pruned_through("a"), Offset{});
}

TEST_P(EventLogContract, KnowsTheNewestEventOfEachSubject) {
  EXPECT_EQ(log().last_of("a"), Offset{});
  append({event("a", 1), event("b", 1), event("b", 2)});
  EXPECT_EQ(log().last_of("a"), Offset{1});
  EXPECT_EQ(log().last_of("b"), Offset{3});
  append({event("a", 7), event("a", 8)});
  append({event("b", 2), event("b", 1)});
  EXPECT_EQ(log().last_of("a"), Offset{5});
  EXPECT_EQ(log().last_of("b"), Offset{3}) << "a duplicate is nothing new";
  reopen();
  EXPECT_EQ(log().last_of("a"), Offset{5});
  EXPECT_EQ(log().last_of("b"), Offset{3});
  EXPECT_EQ(log().last_of("nobody"), Offset{});
}

TEST_P(EventLogContract, AnyShuffleOfAnySendingsLeavesEveryKeyOnce) {
  std::mt19937_64 rng(11);
  std::vector<NewEvent> sendings;
  for (int times = 0; times < 3; ++times) {
    for (const auto& e : events("a", 1, 300)) sendings.push_back(e);
  }
  std::shuffle(sendings.begin(), sendings.end(), rng);
  for (std::size_t at = 0; at < sendings.size();) {
    const auto size = std::min<std::size_t>(1 + rng() % 40, sendings.size() - at);
    append({sendings.begin() + static_cast<std::ptrdiff_t>(at),
            sendings.begin() + static_cast<std::ptrdiff_t>(at + size)});
    at += size;
    if (rng() % 8 == 0) reopen();
  }
  std::map<std::uint64_t, int> seen;
  for (const auto& e : read_all(log())) ++seen[e.seq];
  EXPECT_EQ(seen.size(), 300U);
  for (const auto& [seq, times] : seen) EXPECT_EQ(times, 1) << seq;
}

TEST_P(EventLogContract, TheSameKeyWithOtherContentIsAConflictAndWritesNothing) {
  append({event("a", 1, R"({"x":1})")});
  EXPECT_EQ(verdicts({event("a", 1, R"({"x":2})")}), "conflict 1");
  EXPECT_EQ(verdicts({event("a", 2, R"({"x":1})"), event("a", 2, R"({"x":2})")}), "new 2, conflict 2");
  EXPECT_EQ(log().stats().conflicts, 2U);
  reopen();
  EXPECT_EQ(verdicts({event("a", 1, R"({"x":2})")}), "conflict 1");
  EXPECT_EQ(read_all(log()).front().body, R"({"x":1})");
}

TEST_P(EventLogContract, TheSameContentInOtherWordsIsADuplicate) {
  append({event("a", 1, R"({"x":1,"y":[1,2]})")});
  EXPECT_EQ(verdicts({event("a", 1, R"({ "y":[1, 2], "x":1 })")}), "dup 1");
  EXPECT_EQ(verdicts({event("a", 1, R"({"y":[2,1],"x":1})")}), "conflict 1");
}

TEST_P(EventLogContract, ReadsFromAnyOffsetInPagesOfAnySize) {
  append(events("a", 1, 100));
  append(events("b", 1, 50));
  for (const std::uint64_t after : {0U, 1U, 37U, 99U, 100U, 149U, 150U, 400U}) {
    for (const std::size_t page : {1U, 7U, 1000U}) {
      ReadRange range;
      range.after = Offset{after};
      range.max_events = page;
      const auto read = read_all(log(), range);
      ASSERT_EQ(read.size(), after > 150 ? 0 : 150 - after) << after << " " << page;
      if (read.empty()) continue;
      EXPECT_EQ(read.front().offset, Offset{after + 1});
      EXPECT_TRUE(std::is_sorted(read.begin(), read.end(),
                                 [](const auto& x, const auto& y) { return x.offset < y.offset; }));
    }
  }
}

TEST_P(EventLogContract, AByteLimitStillGivesOneEvent) {
  const std::string big = "{\"x\":\"" + std::string(3000, 'x') + "\"}";
  append({event("a", 1, big), event("a", 2, big), event("a", 3)});
  ReadRange range;
  range.max_bytes = 10;
  EXPECT_EQ(log().read(range).value().size(), 1U);
  EXPECT_EQ(names(read_all(log(), range)), "a1 a2 a3");
}

TEST_P(EventLogContract, FiltersBySubjectsAndKeepsTheLogsOrder) {
  for (std::uint64_t seq = 1; seq <= 4; ++seq) append({event("a", seq), event("b", seq), event("c", seq)});
  ReadRange range;
  range.subjects = {"c", "a"};
  EXPECT_EQ(names(read_all(log(), range)), "a1 c1 a2 c2 a3 c3 a4 c4");
  range.subjects = {"b", "nobody", "b"};
  EXPECT_EQ(names(read_all(log(), range)), "b1 b2 b3 b4");
  range.subjects = {"nobody"};
  EXPECT_TRUE(read_all(log(), range).empty());
  range.subjects = {"a", "b"};
  range.after = Offset{7};
  EXPECT_EQ(names(read_all(log(), range)), "b3 a4 b4");
  EXPECT_EQ(log().subjects(), (std::vector<std::string>{"a", "b", "c"}));
}

TEST_P(EventLogContract, FiltersByMoreSubjectsThanAMergeTakes) {
  ReadRange range;
  std::string expected;
  for (int i = 10; i < 60; ++i) {
    const std::string subject = "s" + std::to_string(i) + "-";
    append({event(subject, 1)});
    if (i % 2 == 0) continue;
    range.subjects.push_back(subject);
    expected.append(expected.empty() ? "" : " ").append(subject).append("1");
  }
  range.max_events = 4;
  EXPECT_EQ(names(read_all(log(), range)), expected);
}

TEST_P(EventLogContract, ReplaysFromATime) {
  std::vector<std::uint64_t> times;
  for (std::uint64_t call = 0; call < 20; ++call) {
    append(events("a", call * 5 + 1, call * 5 + 5));
    clock_.advance_us(1000);
  }
  const auto replayed = [&](std::uint64_t us) {
    ReadRange range;
    range.after = log().before_time(us).value();
    return read_all(log(), range);
  };
  EXPECT_EQ(replayed(0).size(), 100U);
  EXPECT_EQ(replayed(test::kStartUs).size(), 100U);
  EXPECT_EQ(replayed(test::kStartUs + 1).size(), 95U);
  EXPECT_EQ(replayed(test::kStartUs + 10'000).front().seq, 51U);
  EXPECT_EQ(replayed(test::kStartUs + 9'999).front().seq, 51U);
  EXPECT_EQ(replayed(test::kStartUs + 10'001).front().seq, 56U);
  EXPECT_TRUE(replayed(test::kStartUs + 1'000'000).empty());
}

TEST_P(EventLogContract, TimeNeverFallsThoughTheClockIsSetBack) {
  append({event("a", 1)});
  clock_.set_wall_us(test::kStartUs - 5'000'000);
  append({event("a", 2)});
  reopen();
  append({event("a", 3)});
  clock_.set_wall_us(test::kStartUs + 7);
  append({event("a", 4)});
  std::vector<std::uint64_t> times;
  for (const auto& e : read_all(log())) times.push_back(e.appended_at_us - test::kStartUs);
  EXPECT_EQ(times, (std::vector<std::uint64_t>{0, 0, 0, 7}));
}

TEST_P(EventLogContract, RefusesWhatIsNoEventAndStoresNothingOfTheCall) {
  const auto code = [&](const NewEvent& bad) {
    const auto result = log().append(std::vector<NewEvent>{event("a", 1), bad});
    return result ? base::Code::kRetry : result.error().code;
  };
  EXPECT_EQ(code(event("a", 0)), base::Code::kInvalid);
  EXPECT_EQ(code(event("a", std::uint64_t{1} << 63)), base::Code::kInvalid);
  EXPECT_EQ(code(event("", 1)), base::Code::kInvalid);
  EXPECT_EQ(code(event("a", 2, "{\n}")), base::Code::kInvalid);
  NewEvent nobody = event("a", 2);
  nobody.client = {};
  EXPECT_EQ(code(nobody), base::Code::kInvalid);
  nobody = event("a", 2);
  nobody.body.clear();
  EXPECT_EQ(code(nobody), base::Code::kInvalid);
  EXPECT_EQ(log().last(), Offset{});
  EXPECT_TRUE(append({}).empty());
}

TEST_P(EventLogContract, TakesHugeBodiesBesideSmallOnes) {
  const std::string huge = "{\"x\":\"" + std::string(5U << 20, 'h') + "\"}";
  append({event("a", 1), event("a", 2, huge), event("a", 3)});
  EXPECT_EQ(verdicts({event("a", 2, huge)}), "dup 2");
  const auto read = read_all(log());
  ASSERT_EQ(read.size(), 3U);
  EXPECT_EQ(read[1].body, huge);
  EXPECT_EQ(read[2].seq, 3U);
}

TEST_P(EventLogContract, ConcurrentWritersKeepOrderContiguityAndEveryKeyOnce) {
  constexpr int kWriters = 8;
  constexpr std::uint64_t kCalls = 40;
  constexpr std::uint64_t kPerCall = 7;
  std::vector<std::jthread> writers;
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w] {
      const std::string subject = "t" + std::to_string(w % 2);
      for (std::uint64_t call = 0; call < kCalls; ++call) {
        std::vector<NewEvent> many;
        for (std::uint64_t i = 1; i <= kPerCall; ++i) {
          many.push_back(event(subject, call * kPerCall + i, {}, "boot" + std::to_string(w)));
        }
        const auto appended = base::value_or_die(log_->append(many));
        for (std::size_t i = 1; i < appended.size(); ++i) {
          EXPECT_EQ(appended[i].offset.value(), appended[0].offset.value() + i);
        }
      }
    });
  }
  writers.clear();
  std::map<std::string, std::uint64_t> last_of_boot;
  const auto read = read_all(log());
  for (const auto& e : read) EXPECT_EQ(e.seq, ++last_of_boot[e.boot.str()]);
  EXPECT_EQ(read.size(), kWriters * kCalls * kPerCall);
  EXPECT_LE(log().stats().commits, kWriters * kCalls);
}

TEST_P(EventLogContract, ConcurrentRetriesOfTheSameBatchStoreItOnce) {
  constexpr int kWriters = 6;
  std::atomic<int> fresh{0};
  for (std::uint64_t round = 0; round < 20; ++round) {
    std::vector<std::jthread> writers;
    for (int w = 0; w < kWriters; ++w) {
      writers.emplace_back([&, round] {
        for (const auto& one :
             base::value_or_die(log_->append(events("a", round * 10 + 1, round * 10 + 10)))) {
          if (one.verdict == Verdict::kAppended) ++fresh;
          EXPECT_NE(one.verdict, Verdict::kConflict);
        }
      });
    }
  }
  EXPECT_EQ(fresh.load(), 200);
  EXPECT_EQ(read_all(log()).size(), 200U);
  EXPECT_EQ(log().stats().duplicates, 200U * (kWriters - 1));
}

TEST_P(EventLogContract, AReaderBesideWritersSeesAGaplessPrefix) {
  std::jthread writer([&] {
    for (std::uint64_t seq = 1; seq <= 300; seq += 3) append(events("a", seq, seq + 2));
  });
  ReadRange range;
  range.max_events = 10;
  std::uint64_t expected = 1;
  while (expected <= 300) {
    ASSERT_TRUE(log().wait_past(range.after, {}, std::chrono::seconds{30}));
    for (const auto& e : base::value_or_die(log().read(range))) {
      ASSERT_EQ(e.seq, expected++);
      range.after = e.offset;
    }
  }
}

TEST_P(EventLogContract, WaitingEndsWithAnAppendAStopOrTheLimit) {
  EXPECT_FALSE(log().wait_past(Offset{}, {}, std::chrono::milliseconds{1}));
  std::jthread writer([&] { append({event("a", 1)}); });
  EXPECT_TRUE(log().wait_past(Offset{}, {}, std::chrono::seconds{30}));
  EXPECT_TRUE(log().wait_past(Offset{}, {}, std::chrono::milliseconds{0}));
  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });
  EXPECT_FALSE(log().wait_past(Offset{1}, stop.get_token(), std::chrono::hours{1}));
}

TEST_P(EventLogContract, StatsCountWhatHappened) {
  append(events("a", 1, 10));
  append({event("a", 1), event("a", 2, R"({"other":1})")});
  const auto stats = log().stats();
  EXPECT_EQ(stats.events, 10U);
  EXPECT_EQ(stats.duplicates, 1U);
  EXPECT_EQ(stats.conflicts, 1U);
  EXPECT_EQ(stats.commits, 1U) << "a call with nothing new needs no fsync";
  EXPECT_EQ(stats.last, log().last());
  EXPECT_GT(stats.bytes, 0U);
}

INSTANTIATE_TEST_SUITE_P(Backings, EventLogContract,
                         testing::Values(LogFactory{"sqlite",
                                                    [](const std::string& folder, const base::Clock& clock) {
                                                      return std::unique_ptr<EventLog>(
                                                          test::open_sqlite(folder, clock));
                                                    }}),
                         [](const auto& backing) { return backing.param.name; });

}  // namespace
}  // namespace holeshot::log
