// Three servers that each hold everything: one of them may go at any moment, also the one that leads.
#include <gtest/gtest.h>

#include <atomic>

#include "central/log/jetstream/jetstream_test_kit.h"

namespace holeshot::log {
namespace {

using test::append_stubbornly;
using test::event;
using test::eventually;

TEST(JetStreamCluster, ALeaderKilledInTheMiddleOfBatchesLosesDoublesAndTurnsNothingAround) {
  if (const auto why = test::no_nats(); !why.empty()) GTEST_SKIP() << why;
  test::NatsServers servers(3U);
  const test::TempFolder folder;
  const test::TempFolder other_folder;
  const base::ManualClock clock(test::kStartUs);
  const auto log = test::open_jetstream(folder.path(), servers, clock);
  const auto other = test::open_jetstream(other_folder.path(), servers, clock);
  std::atomic<bool> enough{false};
  std::atomic<std::uint64_t> batches{0};
  const auto write = [&](JetStreamLog& to, const std::string& boot) {
    for (std::uint64_t seq = 1; !enough; seq += 5) {
      std::vector<NewEvent> batch;
      for (std::uint64_t i = 0; i < 5; ++i) batch.push_back(event("a", seq + i, {}, boot));
      append_stubbornly(to, batch);
      ++batches;
    }
  };
  std::vector<std::jthread> writers;
  writers.emplace_back([&] { write(*log, "w1"); });
  writers.emplace_back([&] { write(*log, "w2"); });
  writers.emplace_back([&] { write(*other, "w3"); });
  for (int kills = 0; kills < 3; ++kills) {
    const std::uint64_t before = batches;
    ASSERT_TRUE(eventually([&] { return batches > before + 20; }));
    test::NatsNode& leader = servers.leader_of("any");
    leader.kill();
    // Two of three go on without it.
    const std::uint64_t after = batches;
    ASSERT_TRUE(eventually([&] { return batches > after + 20; }));
    leader.start();
    servers.wait_ready();
  }
  enough = true;
  writers.clear();
  ASSERT_TRUE(eventually([&] { return log->last() == other->last() && log->last().value() == batches * 5; }))
      << log->last().value() << " " << other->last().value() << " of " << batches * 5;
  std::map<std::string, std::uint64_t> last;
  for (const auto& e : test::read_all(*log)) EXPECT_EQ(e.seq, ++last[e.boot.str()]) << e.boot.str();
  EXPECT_EQ(test::orders(*log), test::orders(*other));
  EXPECT_EQ(test::orders_of_a_newcomer(servers, log->last().value()), test::orders(*log));
}

TEST(JetStreamCluster, ALeaderThatFreezesIsLeftForAnother) {
  if (const auto why = test::no_nats(); !why.empty()) GTEST_SKIP() << why;
  test::NatsServers servers(3U);
  const test::TempFolder folder;
  const base::ManualClock clock(test::kStartUs);
  const auto log = test::open_jetstream(folder.path(), servers, clock);
  append_stubbornly(*log, test::events("a", 1, 5));
  test::NatsNode& leader = servers.leader_of("any");
  leader.freeze();
  append_stubbornly(*log, test::events("a", 6, 10));
  leader.thaw();
  append_stubbornly(*log, test::events("a", 11, 15));
  EXPECT_EQ(test::names(test::read_all(*log)), "a1 a2 a3 a4 a5 a6 a7 a8 a9 a10 a11 a12 a13 a14 a15");
  servers.wait_ready();
  EXPECT_EQ(test::orders_of_a_newcomer(servers, 15), test::orders(*log));
}

}  // namespace
}  // namespace holeshot::log
