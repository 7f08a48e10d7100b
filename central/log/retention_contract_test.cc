// What every backing of EventLog promises of a log that retention removes events from. A backing joins with one
// more RetainingFactory below.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <ostream>
#include <random>
#include <thread>

#include "central/log/log_test_kit.h"
#include "central/log/streams.h"

namespace holeshot::log {
namespace {

using test::event;
using test::events;
using test::names;
using test::read_all;

constexpr std::uint64_t kDayUs = 86'400'000'000;

struct RetainingFactory {
  std::string name;
  std::function<std::unique_ptr<EventLog>(const std::string& folder, const base::Clock&,
                                          const std::vector<StreamRule>&)>
      open;
  std::function<void(EventLog&)> retain;  // returns once nothing is over a limit
};

void PrintTo(const RetainingFactory& factory,
             std::ostream* out) {  // NOLINT(readability-identifier-naming): gtest's name
  *out << factory.name;
}

class RetentionContract : public testing::TestWithParam<RetainingFactory> {
 protected:
  void open(std::vector<StreamRule> streams) {
    streams_ = std::move(streams);
    reopen();
  }
  void reopen() {
    log_.reset();
    log_ = GetParam().open(folder_.path(), clock_, streams_);
  }
  std::vector<Appended> append(const std::vector<NewEvent>& many) {
    return base::value_or_die(log_->append(many));
  }
  void retain() { GetParam().retain(*log_); }
  std::string all() { return names(read_all(*log_)); }
  EventLog& log() { return *log_; }
  std::uint64_t high_water(const std::string& subject) {
    const auto source = event(subject, 1);
    return log().high_water(subject, source.client, source.boot);
  }
  std::optional<Offset> find(const std::string& subject, std::uint64_t seq) {
    const auto source = event(subject, 1);
    return base::value_or_die(log().find(subject, source.client, source.boot, seq));
  }

  test::TempFolder folder_;
  base::ManualClock clock_{test::kStartUs};
  std::vector<StreamRule> streams_;
  std::unique_ptr<EventLog> log_;
};

TEST_P(RetentionContract, WhatIsTooOldGoesAndTheRestKeepsItsOffsets) {
  open({{"s", {"a", "b"}, std::chrono::hours{24}, 0, 0}});
  append({event("a", 1), event("a", 2), event("b", 1)});
  clock_.advance_us(kDayUs / 2);
  append({event("a", 3), event("kept", 1)});
  retain();
  EXPECT_EQ(all(), "a1 a2 b1 a3 kept1") << "nothing is a day old yet";
  clock_.advance_us(kDayUs / 2 + 1);
  retain();
  EXPECT_EQ(all(), "a3 kept1");
  EXPECT_EQ(read_all(log()).front().offset, Offset{4});
  EXPECT_EQ(log().last(), Offset{5});
  EXPECT_EQ(log().pruned_through("a"), Offset{2});
  EXPECT_EQ(log().pruned_through("b"), Offset{3});
  EXPECT_EQ(log().pruned_through("kept"), Offset{});
  EXPECT_EQ(log().last_of("a"), Offset{4});
  EXPECT_EQ(log().last_of("b"), Offset{});
  EXPECT_EQ(log().subjects(), (std::vector<std::string>{"a", "kept"}));
  const auto stats = log().stats();
  EXPECT_EQ(stats.events, 2U);
  EXPECT_EQ(stats.pruned, 3U);
  EXPECT_EQ(stats.first, Offset{4});
}

TEST_P(RetentionContract, AConsumerThatIsBehindGetsTheNextEventAndCanTellThatItMissedSome) {
  open({{"s", {"a"}, {}, 0, 3}});
  append(events("a", 1, 2));
  append({event("other", 1)});
  ReadRange behind;
  behind.subjects = {"a", "other"};
  behind.max_events = 1;
  behind.after = base::value_or_die(log().read(behind)).back().offset;
  append(events("a", 3, 8));
  ReadRange ahead = behind;
  ahead.after = Offset{7};
  EXPECT_LE(log().pruned_through("a"), behind.after);
  retain();
  EXPECT_EQ(names(read_all(log(), behind)), "other1 a6 a7 a8");
  EXPECT_GT(log().pruned_through("a"), behind.after) << "it has missed a2 to a5";
  EXPECT_LE(log().pruned_through("other"), behind.after) << "and nothing of the other subject";
  EXPECT_EQ(names(read_all(log(), ahead)), "a7 a8");
  EXPECT_LE(log().pruned_through("a"), ahead.after) << "whoever was past it missed nothing";
}

TEST_P(RetentionContract, WhatWasRemovedIsStillADuplicateThoughItCannotBeCompared) {
  open({{"s", {"a"}, {}, 0, 1}});
  append(events("a", 1, 5));
  append({event("a", 9)});
  retain();
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(all(), "a9");
    EXPECT_EQ(high_water("a"), 5U);
    EXPECT_EQ(find("a", 3), std::nullopt);
    EXPECT_EQ(find("a", 9), Offset{6});
    const auto verdicts = append({event("a", 3), event("a", 5, R"({"other":1})"), event("a", 9)});
    EXPECT_EQ(verdicts[0].verdict, Verdict::kDuplicate);
    EXPECT_EQ(verdicts[0].offset, Offset{});
    EXPECT_EQ(verdicts[1].verdict, Verdict::kDuplicate);
    EXPECT_EQ(verdicts[2].offset, Offset{6});
    EXPECT_EQ(log().pruned_through("a"), Offset{5});
    reopen();
  }
  // A seq that never came is as welcome as ever.
  EXPECT_EQ(append({event("a", 6)})[0].verdict, Verdict::kAppended);
  EXPECT_EQ(high_water("a"), 6U);
}

TEST_P(RetentionContract, AnEmptiedLogGoesOnWhereItWasInOffsetsAndInTime) {
  open({{"s", {"a"}, std::chrono::hours{1}, 0, 0}});
  append(events("a", 1, 4));
  clock_.advance_us(kDayUs);
  retain();
  EXPECT_EQ(all(), "");
  EXPECT_TRUE(log().subjects().empty());
  EXPECT_EQ(log().last(), Offset{4});
  EXPECT_EQ(log().before_time(clock_.wall_us()).value(), Offset{4});
  reopen();
  EXPECT_EQ(log().last(), Offset{4});
  clock_.set_wall_us(5);
  EXPECT_EQ(append({event("a", 5)})[0].offset, Offset{5});
  EXPECT_EQ(read_all(log()).front().appended_at_us, test::kStartUs)
      << "time does not fall behind what is gone";
}

TEST_P(RetentionContract, ALimitOfOneEventLeavesExactlyTheNewest) {
  open({{"s", {"snap.*"}, {}, 0, 1}});
  append(events("snap.a", 1, 40));  // one call: stored together
  append({event("snap.b", 1)});
  append({event("snap.b", 2)});
  retain();
  EXPECT_EQ(all(), "snap.a40 snap.b2");
  EXPECT_EQ(log().pruned_through("snap.a"), Offset{39});
  retain();
  EXPECT_EQ(all(), "snap.a40 snap.b2");
  append(events("snap.a", 41, 42));
  retain();
  EXPECT_EQ(all(), "snap.b2 snap.a42");
  EXPECT_EQ(read_all(log()).back().body, R"({"seq":42})");
}

TEST_P(RetentionContract, OverTheBytesTheOldestOfTheWholeStreamGoFirst) {
  const std::string body = "{\"x\":\"" + std::string(992, 'x') + "\"}";  // 1000 bytes
  open({{"s", {"a", "b"}, {}, 3000, 0}, {"t", {"c"}, {}, 0, 0}});
  for (std::uint64_t seq = 1; seq <= 3; ++seq) {
    for (const char* subject : {"a", "b", "c"}) append({event(subject, seq, body)});
  }
  retain();
  EXPECT_EQ(all(), "c1 b2 c2 a3 b3 c3");
  retain();
  EXPECT_EQ(all(), "c1 b2 c2 a3 b3 c3") << "what is at the limit stays";
  reopen();
  append({event("a", 4, body)});
  retain();
  EXPECT_EQ(all(), "c1 c2 a3 b3 c3 a4");
}

TEST_P(RetentionContract, BytesAreCountedOverManySubjects) {
  const std::string body(1000, '7');
  open({{"s", {"m.*"}, {}, 10'000, 0}});
  for (int i = 10; i < 50; ++i) append({event("m." + std::to_string(i) + "-", 1, body)});
  retain();
  const auto left = read_all(log());
  ASSERT_EQ(left.size(), 10U);
  EXPECT_EQ(left.front().subject, "m.40-");
}

TEST_P(RetentionContract, ReplaysFromATimeThroughHoles) {
  open({{"s", {"gone"}, {}, 0, 1}});
  for (std::uint64_t call = 0; call < 30; ++call) {
    append(events(call % 3 == 0 ? "kept" : "gone", call * 2 + 1, call * 2 + 2));
    clock_.advance_us(1000);
  }
  retain();
  const auto everything = read_all(log());
  ASSERT_EQ(everything.size(), 21U);
  for (std::uint64_t us = 0; us <= 31'000; us += 500) {
    ReadRange range;
    range.after = base::value_or_die(log().before_time(test::kStartUs + us));
    const auto replayed = read_all(log(), range);
    const auto later = std::ranges::count_if(
        everything, [&](const Event& e) { return e.appended_at_us >= test::kStartUs + us; });
    ASSERT_EQ(replayed.size(), static_cast<std::size_t>(later)) << us;
  }
}

TEST_P(RetentionContract, AgreesWithAModelOverAnyMixOfAppendsPrunesAndReopens) {
  std::mt19937_64 rng(5);
  open({{"one", {"a"}, {}, 0, 7}, {"two", {"b"}, {}, 0, 1}});
  const std::map<std::string, std::size_t> limits{{"a", 7}, {"b", 1}};
  std::map<std::string, std::vector<std::uint64_t>> model;
  std::map<std::string, std::uint64_t> next;
  std::uint64_t last = 0;
  for (int step = 0; step < 150; ++step) {
    const std::string subject(1, static_cast<char>('a' + rng() % 3));
    const std::uint64_t first = next[subject] + 1;
    next[subject] += 1 + rng() % 9;
    for (const auto& one : append(events(subject, first, next[subject])))
      ASSERT_EQ(one.offset.value(), ++last);
    for (auto seq = first; seq <= next[subject]; ++seq) model[subject].push_back(seq);
    if (rng() % 5 == 0) reopen();
    if (rng() % 4 != 0) continue;
    retain();
    for (const auto& [limited, limit] : limits) {
      auto& seqs = model[limited];
      if (seqs.size() > limit) seqs.erase(seqs.begin(), seqs.end() - static_cast<std::ptrdiff_t>(limit));
    }
    for (const auto& [name, seqs] : model) {
      ReadRange range;
      range.subjects = {name};
      const auto read = read_all(log(), range);
      ASSERT_EQ(read.size(), seqs.size()) << name << " at step " << step;
      for (std::size_t i = 0; i < seqs.size(); ++i) ASSERT_EQ(read[i].seq, seqs[i]);
    }
  }
  for (const auto& [subject, high] : next) EXPECT_EQ(high_water(subject), high);
  EXPECT_EQ(log().stats().events + log().stats().pruned, last);
}

TEST_P(RetentionContract, AReaderBesideWriterAndPruneSeesOrderAndCanExplainEveryGap) {
  open({{"s", {"a"}, {}, 0, 5}});
  constexpr std::uint64_t kEvents = 600;
  std::jthread writer([&] {
    for (std::uint64_t seq = 1; seq <= kEvents; seq += 3) append(events("a", seq, seq + 2));
  });
  std::jthread pruner([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) retain();
  });
  ReadRange range;
  range.max_events = 7;
  while (range.after.value() < kEvents) {
    ASSERT_TRUE(log().wait_past(range.after, {}, std::chrono::seconds{30}));
    for (const auto& e : base::value_or_die(log().read(range))) {
      ASSERT_GT(e.offset, range.after);
      if (e.offset != range.after.next()) {
        ASSERT_GE(log().pruned_through("a").next(), e.offset) << "a gap that nothing explains";
      }
      ASSERT_EQ(e.seq, e.offset.value());
      range.after = e.offset;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Backings, RetentionContract,
    testing::Values(RetainingFactory{
        "sqlite",
        [](const std::string& folder, const base::Clock& clock, const std::vector<StreamRule>& streams) {
          return std::unique_ptr<EventLog>(test::open_sqlite(folder, clock, {.streams = streams}));
        },
        [](EventLog& log) { base::value_or_die(dynamic_cast<SqliteLog&>(log).prune()); }}),
    [](const auto& backing) { return backing.param.name; });

}  // namespace
}  // namespace holeshot::log
