#include "common/base/signals.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

#include "common/base/worker.h"

namespace holeshot::base {
namespace {

TEST(Signals, WaitEndsWithASignal) {
  const Signals signals;
  ASSERT_EQ(::kill(::getpid(), SIGTERM), 0);
  signals.wait();
}

TEST(Signals, WaitEndsWhenAThreadRaises) {
  const Signals signals;
  const Worker worker("raiser", [&](const std::stop_token& /*stop*/) { signals.raise(); });
  signals.wait();
}

TEST(Signals, WaitForEndsWithItsTimeOrWithWhatCame) {
  const Signals signals;
  EXPECT_FALSE(signals.wait_for(std::chrono::milliseconds{1}));
  EXPECT_FALSE(signals.wait_for(std::chrono::milliseconds{-1}));
  signals.raise();
  EXPECT_TRUE(signals.wait_for(std::chrono::hours{10'000}));
}

}  // namespace
}  // namespace holeshot::base
