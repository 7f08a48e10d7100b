#include <gtest/gtest.h>

#include "central/live/live_world.h"

namespace holeshot::live {
namespace {

// Small kernel buffers on both sides, so that a viewer that does not read is seen to be slow after a few
// frames.
constexpr int kSmallBuffer = 4096;
constexpr std::size_t kBigPayload = 8000;

class SlowViewer : public ::testing::TestWithParam<Io>, public LiveWorld {
 protected:
  void SetUp() override {
    if (!write_with(GetParam())) GTEST_SKIP() << "this kernel does not let us have io_uring";
  }

  void start_tight() {
    LiveConfig config;
    config.send_buffer_bytes = kSmallBuffer;
    start(config);
  }
  std::unique_ptr<WsClient> join_slow() {
    return join("/ws/v1/live?track_id=t", {.receive_buffer_bytes = kSmallBuffer});
  }
};

TEST_P(SlowViewer, IsCutOffWith4408WhileTheOthersGetEverything) {
  start_tight();
  const auto slow = join_slow();
  const auto quick = join();
  EXPECT_EQ(kind_and_seq(*slow), expected("snapshot", 0));
  EXPECT_EQ(kind_and_seq(*quick), expected("snapshot", 0));
  std::uint64_t seq = 0;
  while (hub_->stats().total.slow_closed == 0) {
    publish_alone(++seq, FrameClass::kResult, kBigPayload);
    ASSERT_EQ(kind_and_seq(*quick), expected("event", seq));
    ASSERT_LT(seq, 2000U) << "never cut off";
  }
  EXPECT_GT(seq, 256U) << "not before 256 frames wait";
  EXPECT_LT(seq, 256U + 40) << "nor much later";

  // What was sent is a whole prefix; then the reason, then the code.
  std::uint64_t got = 0;
  Json envelope = next(*slow);
  while (envelope["kind"] == "event") {
    ASSERT_EQ(envelope["seq"], ++got);
    envelope = next(*slow);
  }
  EXPECT_LT(got, 60U);
  EXPECT_EQ(envelope["payload"]["code"], "slow_consumer");
  EXPECT_GT(envelope["payload"]["reconnect"]["jitter_ms"], 0);
  EXPECT_EQ(close_code(*slow), 4408);
  EXPECT_EQ(hub_->stats().total.dropped_messages, seq - got);

  publish_alone(++seq, FrameClass::kResult);
  EXPECT_EQ(kind_and_seq(*quick), expected("event", seq));
}

TEST_P(SlowViewer, LosesDeltasFirstAndIsThenOwedAKeyframe) {
  start_tight();
  const auto slow = join_slow();
  const auto quick = join();
  next(*slow);
  next(*quick);
  std::uint64_t seq = 0;
  const auto send = [&](FrameClass frame_class) {
    publish_alone(++seq, frame_class, kBigPayload);
    ASSERT_EQ(kind_and_seq(*quick), expected("event", seq));
  };
  send(FrameClass::kKey);
  while (hub_->stats().total.dropped_messages == 0) {
    send(FrameClass::kDelta);
    ASSERT_LT(seq, 200U) << "no delta was ever skipped";
  }
  const std::uint64_t lost_from = seq;
  send(FrameClass::kResult);  // kept, whatever the socket says
  const std::uint64_t result = seq;
  for (int i = 0; i < 300; ++i) send(FrameClass::kDelta);  // more than the queue: they do not count

  // The viewer reads again: every frame up to the first lost delta, and the result.
  for (std::uint64_t n = 1; n < lost_from; ++n) ASSERT_EQ(kind_and_seq(*slow), expected("event", n));
  EXPECT_EQ(kind_and_seq(*slow), expected("event", result));
  // Its socket is free, but a delta without its keyframe would be worth nothing.
  send(FrameClass::kDelta);
  const std::uint64_t still_owed = seq;
  send(FrameClass::kKey);
  const std::uint64_t key = seq;
  EXPECT_EQ(kind_and_seq(*slow), expected("event", key));
  send(FrameClass::kDelta);
  EXPECT_EQ(kind_and_seq(*slow), expected("event", seq));
  EXPECT_EQ(hub_->stats().total.dropped_messages, still_owed - lost_from + 1 - 1)
      << "all deltas but none of the rest";
  EXPECT_EQ(hub_->stats().total.slow_closed, 0U);

  pass(10s);
  EXPECT_EQ(next(*slow)["payload"]["dropped"], still_owed - lost_from);
  EXPECT_EQ(next(*quick)["payload"]["dropped"], 0);
}

TEST_P(SlowViewer, ANewcomerGetsTheKeyframeBeforeAnyDelta) {
  start();
  publish(1);
  publish_alone(2, FrameClass::kKey);
  publish_alone(3, FrameClass::kDelta);
  publish_alone(4, FrameClass::kResult);
  publish_alone(5, FrameClass::kKey);
  publish_alone(6, FrameClass::kDelta);
  const auto viewer = join();
  EXPECT_EQ(kind_and_seq(*viewer), expected("snapshot", 1));
  // Of the ticks that went by only the latest keyframe and what builds on it; everything else in full.
  EXPECT_EQ(kind_and_seq(*viewer), expected("event", 4));
  EXPECT_EQ(kind_and_seq(*viewer), expected("event", 5));
  EXPECT_EQ(kind_and_seq(*viewer), expected("event", 6));
  publish(7);
  const auto later = join();
  EXPECT_EQ(kind_and_seq(*later), expected("snapshot", 7));
  EXPECT_EQ(kind_and_seq(*later), expected("event", 5))
      << "older than the snapshot, but what deltas build on";
  publish_alone(8, FrameClass::kDelta);
  EXPECT_EQ(kind_and_seq(*later), expected("event", 8));
  EXPECT_EQ(hub_->stats().total.dropped_messages, 0U) << "a newcomer has lost nothing";
}

TEST_P(SlowViewer, ABurstThatIsLongerThanTheQueueHarmsNobodyWhoReads) {
  start();
  const auto viewer = join();
  next(*viewer);
  constexpr std::uint64_t kBurst = 700;  // what the sockets' own buffers hold
  for (std::uint64_t seq = 1; seq <= kBurst; ++seq) publish_alone(seq, FrameClass::kResult);
  for (std::uint64_t seq = 1; seq <= kBurst; ++seq) {
    ASSERT_EQ(kind_and_seq(*viewer), expected("event", seq));
  }
  EXPECT_EQ(hub_->stats().total.slow_closed, 0U);
}

INSTANTIATE_TEST_SUITE_P(Io, SlowViewer, ::testing::ValuesIn(kBothIo), kIoName);

}  // namespace
}  // namespace holeshot::live
