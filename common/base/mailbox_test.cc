#include "common/base/mailbox.h"

#include <gtest/gtest.h>

#include <thread>

#include "common/base/worker.h"

namespace holeshot::base {
namespace {

TEST(Mailbox, GivesEverythingInOrderFromEachWriter) {
  Mailbox<int> box(4);
  constexpr int kCount = 1000;
  Worker writer("writer", [&](const std::stop_token& stop) {
    for (int i = 0; i < kCount; ++i) ASSERT_TRUE(box.put(i, stop));
  });
  std::vector<int> seen;
  while (seen.size() < kCount) {
    for (int item : box.take_all({})) seen.push_back(item);
  }
  for (int i = 0; i < kCount; ++i) ASSERT_EQ(seen[static_cast<std::size_t>(i)], i);
}

TEST(Mailbox, IsBounded) {
  Mailbox<int> box(2);
  EXPECT_TRUE(box.try_put(1));
  EXPECT_TRUE(box.try_put(2));
  EXPECT_FALSE(box.try_put(3));
  EXPECT_EQ(box.size(), 2U);
}

TEST(Mailbox, AClosedOneRefusesButStillGivesOutWhatItHeld) {
  Mailbox<int> box(2);
  EXPECT_TRUE(box.put(1));
  box.close();
  EXPECT_FALSE(box.put(2));
  EXPECT_EQ(box.take_all({}), std::vector<int>{1});
  EXPECT_TRUE(box.take_all({}).empty());
}

TEST(Mailbox, AWaitingReaderLeavesWhenAskedToStop) {
  Mailbox<int> box(1);
  Worker reader("reader", [&](const std::stop_token& stop) { EXPECT_TRUE(box.take_all(stop).empty()); });
  reader.request_stop();
  reader.join();
}

}  // namespace
}  // namespace holeshot::base
