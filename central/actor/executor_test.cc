#include "central/actor/executor.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace holeshot::actor
