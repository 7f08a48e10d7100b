#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <set>

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

// Ticks of two motos in turn, each frame with the number of the keyframe that it builds on.
class TickPublisher {
 public:
  TickPublisher(Hub& hub, const TopicKey& topic)
      : thread_([&hub, topic](const std::stop_token& stop) {
          std::array<std::uint64_t, 2> base{};
          for (std::uint64_t seq = 1; !stop.stop_requested(); ++seq) {
            const std::size_t slot = seq % 2;
            const bool keyframe = base[slot] == 0 || seq - base[slot] >= 20;
            if (keyframe) base[slot] = seq;
            const Json json{
                {"kind", "event"}, {"seq", seq}, {"base", base[slot]}, {"slot", slot}, {"index", seq / 2}};
            const std::string text = json.dump();
            Publication p{
                topic,
                make_tick_frame({.json = text,
                                 .keyframe = keyframe,
                                 .mark = {.slot = static_cast<std::uint8_t>(slot), .index = seq / 2},
                                 .topic = topic,
                                 .epoch = 7,
                                 .seq = seq},
                                {}),
                nullptr};
            if (keyframe) p.snapshot_after = test_frame(Kind::kSnapshot, topic, seq, FrameClass::kKey);
            const auto status = hub.publish(std::move(p));
            if (!status) base::die(status.error());
            std::this_thread::sleep_for(200us);  // a pace that readers can keep; nothing waits for it
          }
        }) {}

 private:
  std::jthread thread_;
};

// What one newcomer gets: the snapshot, older keyframes, and then frames of which none builds on what did not come. A
// number may be missing where a newer keyframe came while the viewer was being brought to now; then it is a tick's, and
// the indices say so.
class Newcomer {
 public:
  explicit Newcomer(std::uint64_t snapshot) : snapshot_(snapshot), last_(snapshot) {}
  void take(const Json& frame) {
    const std::uint64_t seq = frame["seq"];
    const std::uint64_t base = frame["base"];
    if (seq == base) held_.insert(seq);
    ASSERT_TRUE(held_.contains(base)) << seq << " builds on " << base;
    if (last_ == snapshot_ && seq <= last_) {
      ASSERT_EQ(seq, base) << "only keyframes come from before the snapshot";
      return;
    }
    ASSERT_GT(seq, last_);
    holes_ += seq - last_ - 1;
    last_ = seq;
    auto& index = indices_[frame["slot"].get<std::size_t>()];
    if (index) left_out_ += frame["index"].get<std::uint64_t>() - *index - 1;
    index = frame["index"].get<std::uint64_t>();
  }
  // Every number that is missing is known to be a tick's.
  [[nodiscard]] bool whole() const { return indices_[0] && indices_[1] && holes_ == left_out_; }

 private:
  std::uint64_t snapshot_;
  std::uint64_t last_;
  std::uint64_t holes_ = 0;
  std::uint64_t left_out_ = 0;
  std::array<std::optional<std::uint64_t>, 2> indices_;
  std::set<std::uint64_t> held_;
};

void join_ticks_in_storm(std::uint16_t port, int joins) {
  for (int i = 0; i < joins; ++i) {
    SCOPED_TRACE(i);
    auto client = WsClient::connect("127.0.0.1", port, "/ws/v1/live?track_id=t");
    ASSERT_TRUE(client.has_value()) << client.error().text();
    const Json first = Json::parse(base::value_or_die((*client)->next_text(kPatience)));
    ASSERT_EQ(first["kind"], "snapshot");
    Newcomer newcomer(first["seq"]);
    // Twice as many as from one keyframe to the next; the two motos' ticks may need one more of the other to agree.
    for (int n = 0; n < 80 || (!newcomer.whole() && n < 90); ++n) {
      ASSERT_NO_FATAL_FAILURE(
          newcomer.take(Json::parse(base::value_or_die((*client)->next_text(kPatience)))));
    }
    ASSERT_TRUE(newcomer.whole());
  }
}

TEST_P(Storm, NewcomersHaveTheKeyframeOfEveryDeltaFromTheFirstOn) {
  LiveConfig config;
  config.loops = 2;
  start(config);
  const std::uint16_t port = server_->address().port;
  const TickPublisher publisher(*hub_, kTopic);
  // Before the first snapshot a newcomer would get an idle one.
  const auto first = join();
  while (next(*first)["kind"] != "event") {
  }
  std::jthread other([&] { join_ticks_in_storm(port, 100); });
  join_ticks_in_storm(port, 100);
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
