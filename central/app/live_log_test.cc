#include "central/app/live_log.h"

#include <gtest/gtest.h>

namespace holeshot::central_app {
namespace {

constexpr std::uint64_t kMinute = LiveLog::kEveryUs;

live::HubStats stats(std::uint64_t viewers, std::uint64_t messages, std::uint64_t dropped) {
  live::HubStats out;
  out.total.active_clients = viewers;
  out.total.total_messages = messages;
  out.total.dropped_messages = dropped;
  out.broadcast_capacity = 4096;
  return out;
}

TEST(LiveLog, TellsWhatWasNewInTheMinute) {
  LiveLog log;
  ASSERT_TRUE(log.look(stats(10, 1000, 3), 2, kMinute));
  EXPECT_FALSE(log.look(stats(10, 1500, 3), 2, 2 * kMinute - 1));
  const auto minute = log.look(stats(12, 2000, 4), 7, 2 * kMinute);
  ASSERT_TRUE(minute);
  EXPECT_EQ(minute->viewers, 12U);
  EXPECT_EQ(minute->messages, 1000U);
  EXPECT_EQ(minute->dropped, 1U);
  EXPECT_EQ(minute->turned_away, 5U);
  EXPECT_FALSE(minute->is_bad());
}

TEST(LiveLog, IsSilentWhereNobodyWatches) {
  LiveLog log;
  EXPECT_FALSE(log.look(stats(0, 0, 0), 0, kMinute));
  EXPECT_TRUE(log.look(stats(0, 50, 0), 0, 2 * kMinute)) << "the last ones have just left";
  EXPECT_FALSE(log.look(stats(0, 50, 0), 0, 3 * kMinute));
  EXPECT_TRUE(log.look(stats(0, 50, 0), 1, 4 * kMinute)) << "somebody could not get in";
}

TEST(LiveLog, MoreThanOneInAHundredOrALoopThatFallsBehindIsBad) {
  EXPECT_FALSE((LiveMinute{.messages = 99, .dropped = 1, .capacity = 4096}).is_bad());
  EXPECT_TRUE((LiveMinute{.messages = 98, .dropped = 1, .capacity = 4096}).is_bad());
  EXPECT_FALSE((LiveMinute{.waiting = 1024, .capacity = 4096}).is_bad());
  EXPECT_TRUE((LiveMinute{.waiting = 1025, .capacity = 4096}).is_bad());
}

}  // namespace
}  // namespace holeshot::central_app
