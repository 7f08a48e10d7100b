#include <gtest/gtest.h>

#include <atomic>

#include "central/live/live_world.h"

namespace holeshot::live {
namespace {

class Storm : public ::testing::TestWithParam<Io>, public LiveWorld {
 protected:
  void SetUp() override {
    if (!write_with(GetParam())) GTEST_SKIP() << "this kernel does not let us have io_uring";
  }
};

// While one thread publishes, viewers keep joining; each must see a snapshot S and then S+1, S+2, ... without
// a hole.
void join_in_storm(std::uint16_t port, int joins) {
  for (int i = 0; i < joins; ++i) {
    auto client = WsClient::connect("127.0.0.1", port, "/ws/v1/live?track_id=t");
    ASSERT_TRUE(client.has_value()) << client.error().text();
    std::uint64_t last = 0;
    for (int n = 0; n < 30; ++n) {
      const auto text = (*client)->next_text(kPatience);
      ASSERT_TRUE(text.has_value()) << text.error().text();
      const Json envelope = Json::parse(*text);
      ASSERT_EQ(envelope["kind"], n == 0 ? "snapshot" : "event");
      const std::uint64_t seq = envelope["seq"];
      if (n > 0) {
        ASSERT_EQ(seq, last + 1) << "join " << i << ", message " << n;
      }
      last = seq;
    }
  }
}

class Publisher {
 public:
  // Publishes until told to stop: mostly with a snapshot, sometimes without, so that both ways of joining are
  // met.
  Publisher(Hub& hub, const TopicKey& topic)
      : thread_([&hub, topic](const std::stop_token& stop) {
          for (std::uint64_t seq = 1; !stop.stop_requested(); ++seq) {
            Publication p{topic, test_frame(Kind::kEvent, topic, seq, FrameClass::kControl), nullptr};
            if (seq % 5 != 0) p.snapshot_after = test_frame(Kind::kSnapshot, topic, seq, FrameClass::kKey);
            const auto status = hub.publish(std::move(p));
            if (!status) base::die(status.error());
            std::this_thread::sleep_for(200us);  // a pace that readers can keep; nothing waits for it
          }
        }) {}

 private:
  std::jthread thread_;
};

TEST_P(Storm, NewcomersMissNothingAndGetNothingTwice) {
  LiveConfig config;
  config.loops = 2;
  start(config);
  const std::uint16_t port = server_->address().port;
  {
    const Publisher publisher(*hub_, kTopic);
    std::jthread other([&] { join_in_storm(port, 150); });
    join_in_storm(port, 150);
  }
  EXPECT_EQ(hub_->stats().total.total_connections, 300U);
  for (const LoopStats& loop : hub_->stats().loops)
    EXPECT_EQ(loop.total_connections, 150U) << "dealt out in turn";
}

TEST_P(Storm, StoppingInTheMiddleIsClean) {
  for (int round = 0; round < 5; ++round) {
    LiveConfig config;
    config.loops = 2;
    start(config);
    const Publisher publisher(*hub_, kTopic);
    std::vector<std::unique_ptr<WsClient>> viewers;
    viewers.reserve(20);
    for (int i = 0; i < 20; ++i) viewers.push_back(join());
    std::jthread stopper([&] { server_->stop(Farewell::kRestart); });
    for (const auto& viewer : viewers) EXPECT_EQ(close_code(*viewer), 1012);
    stopper.join();
  }
}

TEST_P(Storm, TracksAndChannelsDoNotMix) {
  start();
  std::vector<std::unique_ptr<WsClient>> viewers;
  for (int track = 0; track < 8; ++track) {
    viewers.push_back(join("/ws/v1/live?track_id=track-" + std::to_string(track)));
    next(*viewers.back());
  }
  std::vector<std::jthread> publishers;
  publishers.reserve(8);
  for (int track = 0; track < 8; ++track) {
    publishers.emplace_back([&, track] {
      const TopicKey topic{"track-" + std::to_string(track), Channel::kRace};
      const TopicKey decoder{topic.track_id, Channel::kDecoder};
      for (std::uint64_t seq = 1; seq <= 200; ++seq) {
        EXPECT_TRUE(
            hub_->publish({topic, test_frame(Kind::kEvent, topic, seq, FrameClass::kResult), nullptr}));
        EXPECT_TRUE(
            hub_->publish({decoder, test_frame(Kind::kEvent, decoder, seq, FrameClass::kDecoder), nullptr}));
      }
    });
  }
  for (std::size_t track = 0; track < viewers.size(); ++track) {
    for (std::uint64_t seq = 1; seq <= 200; ++seq) {
      const Json envelope = next(*viewers[track]);
      ASSERT_EQ(envelope["track_id"], "track-" + std::to_string(track));
      ASSERT_EQ(envelope["channel"], "race");
      ASSERT_EQ(envelope["seq"], seq);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Io, Storm, ::testing::ValuesIn(kBothIo), kIoName);

}  // namespace
}  // namespace holeshot::live
