#include "common/base/worker.h"

#include <gtest/gtest.h>

namespace holeshot::base {
namespace {

TEST(Worker, RunsFromItsStartToTheEndOfItsBody) {
  EXPECT_FALSE(Worker{}.running());
  Worker worker("waits", [](const std::stop_token& stop) {
    while (!stop.stop_requested()) std::this_thread::yield();
  });
  EXPECT_TRUE(worker.running());
  Worker moved = std::move(worker);
  EXPECT_TRUE(moved.running());
  moved.request_stop();
  moved.join();
  EXPECT_FALSE(moved.running());
}

}  // namespace
}  // namespace holeshot::base
