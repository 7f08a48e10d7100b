#include "central/actor/executor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>

#include "central/actor/actor_test_kit.h"

namespace holeshot::actor {
namespace {

using kit::eventually;

class Worker final : public Strand {
 public:
  Worker(Executor& executor, std::function<Next(int)> body) : executor_(executor), body_(std::move(body)) {}
  ~Worker() override { executor_.retire(*this); }
  std::atomic<int> turns = 0;
  std::atomic<int> at_once = 0;
  std::atomic<int> most_at_once = 0;

 private:
  Next turn() override {
    most_at_once = std::max(most_at_once.load(), ++at_once);
    const Next next = body_(++turns);
    --at_once;
    return next;
  }
  Executor& executor_;
  std::function<Next(int)> body_;
};

TEST(Executor, NeverRunsAStrandTwiceAtATime) {
  Executor executor(4);
  Worker strand(executor, [](int) { return Strand::Next::kIdle; });
  for (int i = 0; i < 2000; ++i) executor.wake(strand);
  ASSERT_TRUE(eventually([&] { return strand.turns > 0; }));
  executor.retire(strand);
  EXPECT_EQ(strand.most_at_once, 1);
}

TEST(Executor, AWakeDuringATurnGivesAnotherTurn) {
  Executor executor(1);
  std::atomic<bool> hold = true;
  Worker strand(executor, [&](int turn) {
    while (turn == 1 && hold) std::this_thread::yield();
    return Strand::Next::kIdle;
  });
  executor.wake(strand);
  ASSERT_TRUE(eventually([&] { return strand.turns == 1; }));
  executor.wake(strand);
  hold = false;
  EXPECT_TRUE(eventually([&] { return strand.turns == 2; }));
}

TEST(Executor, ABusyStrandDoesNotStarveAnother) {
  Executor executor(1);
  Worker busy(executor, [](int) { return Strand::Next::kMore; });
  Worker other(executor, [](int) { return Strand::Next::kIdle; });
  executor.wake(busy);
  ASSERT_TRUE(eventually([&] { return busy.turns > 10; }));
  executor.wake(other);
  EXPECT_TRUE(eventually([&] { return other.turns == 1; }));
}

TEST(Executor, TriesAgainLaterWhatFailed) {
  Executor executor(1);
  Worker strand(executor, [](int turn) { return turn < 3 ? Strand::Next::kLater : Strand::Next::kIdle; });
  executor.wake(strand);
  EXPECT_TRUE(eventually([&] { return strand.turns == 3; }));
}

TEST(Executor, ARetiredStrandGetsNoMoreTurns) {
  Executor executor(2);
  Worker strand(executor, [](int) { return Strand::Next::kMore; });
  executor.wake(strand);
  ASSERT_TRUE(eventually([&] { return strand.turns > 0; }));
  executor.retire(strand);
  const int turns = strand.turns;
  executor.wake(strand);
  Worker other(executor, [](int) { return Strand::Next::kIdle; });
  executor.wake(other);
  ASSERT_TRUE(eventually([&] { return other.turns == 1; }));
  EXPECT_EQ(strand.turns, turns);
}

// One that is always behind, and live ones that are always woken again, by turn.
TEST(Executor, ThoseThatCatchUpGetTheirShareAndNoMoreWhileOthersAreLive) {
  constexpr int kTurns = 1000;
  Executor executor(1);
  std::atomic<int> caught_up_by = 0;
  std::atomic<int> live_turns = 0;
  Worker behind(executor, [&](int) {
    if (live_turns < kTurns) ++caught_up_by;
    return Strand::Next::kMore;
  });
  Worker* live = nullptr;
  Worker woken(executor, [&](int) {
    ++live_turns;
    if (live_turns < kTurns) executor.wake(*live);
    return Strand::Next::kIdle;
  });
  live = &woken;
  executor.wake(behind);
  ASSERT_TRUE(eventually([&] { return behind.turns > 0; }));
  const int head_start = behind.turns;
  executor.wake(woken);
  ASSERT_TRUE(eventually([&] { return live_turns >= kTurns; }));
  EXPECT_GE(caught_up_by, kTurns / static_cast<int>(kLiveTurnsPerCatchUp + 1));
  // What ran before the first live turn came into the queue is not of the race between them.
  EXPECT_GT(head_start, 0);
  EXPECT_LE(executor.stats().longest_wait, 1U);
}

TEST(Executor, ALiveStrandIsNeverBehindMoreThanOneTurnOfEachOther) {
  constexpr std::size_t kLive = 6;
  Executor executor(1);
  std::vector<std::unique_ptr<Worker>> behind;
  for (int i = 0; i < 3; ++i)
    behind.push_back(std::make_unique<Worker>(executor, [](int) { return Strand::Next::kMore; }));
  for (auto& strand : behind) executor.wake(*strand);
  // The first turn of each is a live one: that it is behind shows only then.
  ASSERT_TRUE(eventually(
      [&] { return std::ranges::all_of(behind, [](const auto& strand) { return strand->turns > 1; }); }));
  std::vector<std::unique_ptr<Worker>> live;
  for (std::size_t i = 0; i < kLive; ++i)
    live.push_back(std::make_unique<Worker>(executor, [](int) { return Strand::Next::kIdle; }));
  for (int round = 1; round <= 50; ++round) {
    for (auto& strand : live) executor.wake(*strand);
    ASSERT_TRUE(eventually([&] {
      return std::ranges::all_of(live, [&](const auto& strand) { return strand->turns >= round; });
    }));
  }
  EXPECT_LE(executor.stats().longest_wait, kLive + 1);
  EXPECT_GT(executor.stats().catch_up_turns, 0U);
}

TEST(Executor, OneThreadStaysFreeOfThoseThatCatchUp) {
  Executor executor(2);
  std::atomic<bool> hold = true;
  const auto slow = [&](int turn) {
    while (turn > 1 && hold) std::this_thread::yield();
    return turn > 1 && !hold ? Strand::Next::kIdle : Strand::Next::kMore;
  };
  Worker first(executor, slow);
  Worker second(executor, slow);
  Worker live(executor, [](int) { return Strand::Next::kIdle; });
  executor.wake(first);
  executor.wake(second);
  ASSERT_TRUE(
      eventually([&] { return first.at_once + second.at_once == 1 && first.turns + second.turns == 3; }));
  for (int round = 1; round <= 20; ++round) {
    executor.wake(live);
    ASSERT_TRUE(eventually([&] { return live.turns == round; }));
  }
  EXPECT_EQ(first.turns + second.turns, 3);
  hold = false;
  EXPECT_TRUE(eventually([&] { return first.turns + second.turns >= 4; }));
}

class Patient final : public Strand {
 public:
  Patient(Executor& executor, std::chrono::milliseconds pause) : executor_(executor), pause_(pause) {}
  ~Patient() override { executor_.retire(*this); }
  std::atomic<int> turns = 0;

 private:
  Next turn() override { return ++turns < 2 ? Next::kLater : Next::kIdle; }
  [[nodiscard]] std::chrono::milliseconds pause() const override { return pause_; }
  Executor& executor_;
  const std::chrono::milliseconds pause_;
};

TEST(Executor, EachStrandHasThePauseThatItAsksFor) {
  Executor executor(1);
  Patient very(executor, std::chrono::hours{1});
  Patient hardly(executor, std::chrono::milliseconds{1});
  executor.wake(very);
  ASSERT_TRUE(eventually([&] { return very.turns == 1; }));
  executor.wake(hardly);
  ASSERT_TRUE(eventually([&] { return hardly.turns == 2; }));
  executor.wake(very);
  executor.retire(very);
  EXPECT_EQ(very.turns, 1);
}

}  // namespace
}  // namespace holeshot::actor
