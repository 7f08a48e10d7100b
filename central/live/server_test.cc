#include "central/live/server.h"

#include <gtest/gtest.h>

#include "central/live/live_world.h"

namespace holeshot::live {
namespace {

class LiveServerTest : public ::testing::TestWithParam<Io>, public LiveWorld {
 protected:
  void SetUp() override {
    if (!write_with(GetParam())) GTEST_SKIP() << "this kernel does not let us have io_uring";
  }
};

TEST_P(LiveServerTest, ANewcomerGetsTheSnapshotAndThenTheEvents) {
  start();
  publish(1);
  publish(2);
  const auto viewer = join();
  const Json snapshot = next(*viewer);
  EXPECT_EQ(snapshot["kind"], "snapshot");
  EXPECT_EQ(snapshot["seq"], 2);
  EXPECT_EQ(snapshot["epoch"], 7);
  EXPECT_EQ(snapshot["track_id"], "t");
  EXPECT_EQ(snapshot["channel"], "race");
  EXPECT_TRUE(snapshot["event_id"].is_null());
  EXPECT_EQ(snapshot["payload"]["n"], 2);
  publish(3);
  publish(4);
  EXPECT_EQ(kind_and_seq(*viewer), expected("event", 3));
  EXPECT_EQ(kind_and_seq(*viewer), expected("event", 4));
}

TEST_P(LiveServerTest, ATrackThatNobodyPublishesToIsIdle) {
  start();
  const auto viewer = join("/ws/v1/live?track_id=t&channels=race,decoder");
  const Json race = next(*viewer);
  EXPECT_EQ(race["payload"]["phase"], "idle");
  EXPECT_EQ(race["seq"], 0);
  EXPECT_EQ(next(*viewer)["payload"]["of"], "decoder");
  publish(1);
  EXPECT_EQ(kind_and_seq(*viewer), expected("event", 1))
      << "it follows the empty state, so it is the event itself";
}

TEST_P(LiveServerTest, ANewEpochReachesThoseWhoWatchAsASnapshot) {
  start();
  publish(1);
  const auto viewer = join();
  EXPECT_EQ(kind_and_seq(*viewer), expected("snapshot", 1));
  ASSERT_TRUE(
      hub_->publish({kTopic, nullptr, test_frame(Kind::kSnapshot, kTopic, 40, FrameClass::kKey, {}, 8)}));
  const Json snapshot = next(*viewer);
  EXPECT_EQ(snapshot["epoch"], 8);
  EXPECT_EQ(snapshot["seq"], 40);
}

TEST_P(LiveServerTest, EventsAloneFollowTheLastSnapshot) {
  start();
  publish(1);
  publish_alone(2, FrameClass::kResult);
  publish_alone(3, FrameClass::kResult);
  const auto viewer = join();
  EXPECT_EQ(kind_and_seq(*viewer), expected("snapshot", 1));
  EXPECT_EQ(kind_and_seq(*viewer), expected("event", 2));
  EXPECT_EQ(kind_and_seq(*viewer), expected("event", 3));
}

TEST_P(LiveServerTest, ResumesFromANumberOrATime) {
  start();
  for (std::uint64_t seq = 1; seq <= 600; ++seq) publish(seq);  // more than one queue holds
  const auto from_first = join("/ws/v1/live?track_id=t&from=seq:1&epoch=7");
  for (std::uint64_t seq = 1; seq <= 600; ++seq) ASSERT_EQ(kind_and_seq(*from_first), expected("event", seq));
  const auto from_time = join("/ws/v1/live?track_id=t&from=ts:599000");
  EXPECT_EQ(kind_and_seq(*from_time), expected("event", 599));
  const auto up_to_date = join("/ws/v1/live?track_id=t&from=seq:601");
  publish(601);
  for (WsClient* viewer : {from_first.get(), up_to_date.get()})
    EXPECT_EQ(kind_and_seq(*viewer), expected("event", 601));
}

TEST_P(LiveServerTest, AGapIsNeverSilent) {
  start({}, {.history_frames = 8, .waiting_publications = 4096});
  for (std::uint64_t seq = 1; seq <= 20; ++seq) publish(seq);
  for (const char* from : {"from=seq:5", "from=seq:99", "from=seq:20&epoch=6", "from=ts:1000"}) {
    const auto viewer = join(std::string{"/ws/v1/live?track_id=t&"} + from);
    EXPECT_EQ(kind_and_seq(*viewer), expected("snapshot", 20)) << from;
    const Json error = next(*viewer);
    EXPECT_EQ(error["kind"], "error") << from;
    EXPECT_EQ(error["payload"]["code"], "gap") << from;
    EXPECT_EQ(error["seq"], 20);
  }
}

TEST_P(LiveServerTest, SubscriptionsChooseTracksAndFilter) {
  start();
  const auto viewer = join("/ws");
  ASSERT_TRUE(viewer->send_text(R"({"type":"subscribe","payload":{}})"));
  EXPECT_EQ(next(*viewer)["payload"]["code"], "invalid_filter");
  ASSERT_TRUE(viewer->send_text(R"({"type":"subscribe","payload":{"tracks":["t"],"riders":["r1"]}})"));
  EXPECT_EQ(kind_and_seq(*viewer), expected("snapshot", 0));
  publish(1, {{}, {}, {"r2"}});
  publish(2, {{}, {}, {"r1", "r2"}});
  publish(3);  // concerns everybody
  EXPECT_EQ(kind_and_seq(*viewer), expected("event", 2));
  EXPECT_EQ(kind_and_seq(*viewer), expected("event", 3));
  ASSERT_TRUE(viewer->send_text(R"({"type":"subscribe","payload":{"tracks":["t"],"classes":["novice"]}})"));
  EXPECT_EQ(kind_and_seq(*viewer), expected("snapshot", 3)) << "another scope begins with its snapshot";
  publish(4, {{}, {"expert"}, {}});
  publish(5, {{}, {"novice"}, {}});
  EXPECT_EQ(kind_and_seq(*viewer), expected("event", 5));
}

TEST_P(LiveServerTest, UnsubscribeEndsTheFeedButNotTheConnection) {
  start();
  const auto viewer = join();
  EXPECT_EQ(kind_and_seq(*viewer), expected("snapshot", 0));
  ASSERT_TRUE(viewer->send_text(R"({"type":"unsubscribe","payload":{}})"));
  ASSERT_TRUE(eventually([&] { return hub_->viewers(kTopic) == 0; }));
  publish(1);
  ASSERT_TRUE(viewer->send_text(R"({"type":"subscribe","payload":{"tracks":[]}})"));
  EXPECT_EQ(kind_and_seq(*viewer), expected("snapshot", 1)) << "an empty list means the track of the URL";
  EXPECT_EQ(hub_->viewers(kTopic), 1U);
}

TEST_P(LiveServerTest, SeveralTracksOfTheUrlWaitForTheirSubscriptions) {
  start();
  publish(1);
  const auto viewer = join("/ws/v1/live?track_id=u,t");
  ASSERT_TRUE(viewer->send_text(R"({"type":"subscribe","payload":{"tracks":["t"]}})"));
  EXPECT_EQ(kind_and_seq(*viewer), expected("snapshot", 1));
  ASSERT_TRUE(viewer->send_text(R"({"type":"subscribe","payload":{"tracks":["u"],"channels":["decoder"]}})"));
  const Json other = next(*viewer);
  EXPECT_EQ(other["track_id"], "u");
  EXPECT_EQ(other["channel"], "decoder");
  publish(2);
  EXPECT_EQ(kind_and_seq(*viewer), expected("event", 2));
}

TEST_P(LiveServerTest, AnUnknownChannelIsToldAndTheRestWorks) {
  start();
  publish(1);
  const auto viewer = join("/ws/v1/live?track_id=t&channels=tea,race");
  EXPECT_EQ(kind_and_seq(*viewer), expected("snapshot", 1));
  const Json error = next(*viewer);
  EXPECT_EQ(error["payload"]["code"], "unknown_channel");
  EXPECT_EQ(error["payload"]["channel"], "tea");
  publish(2);
  EXPECT_EQ(kind_and_seq(*viewer), expected("event", 2));
}

TEST_P(LiveServerTest, AnythingElseIsAnInvalidMessage) {
  start();
  const auto viewer = join();
  next(*viewer);
  for (const char* text : {"hello", "[]", R"({"type":"stage","payload":{}})"}) {
    ASSERT_TRUE(viewer->send_text(text));
    const Json error = next(*viewer);
    EXPECT_EQ(error["kind"], "error");
    EXPECT_EQ(error["payload"]["code"], "invalid_message");
    EXPECT_EQ(error["track_id"], "t");
  }
  ASSERT_TRUE(viewer->send(Opcode::kBinary, "\x01"));
  EXPECT_EQ(next(*viewer)["payload"]["code"], "invalid_message");
}

TEST_P(LiveServerTest, AHeartbeatIsAnsweredWithTheConnectionsNumbers) {
  start();
  const auto viewer = join();
  next(*viewer);
  ASSERT_TRUE(viewer->send_text(R"({"type":"heartbeat","payload":{}})"));
  const Json answer = next(*viewer);
  EXPECT_EQ(answer["kind"], "heartbeat");
  EXPECT_EQ(answer["track_id"], "t");
  const Json& numbers = answer["payload"];
  EXPECT_FALSE(numbers["client_id"].get<std::string>().empty());
  EXPECT_EQ(numbers["connected_at"], "2023-11-14T22:13:20.000000Z");
  EXPECT_EQ(numbers["last_message_at"], "2023-11-14T22:13:20.000000Z");
  EXPECT_EQ(numbers["messages_received"], 1);
  EXPECT_EQ(numbers["messages_sent"], 1);
  EXPECT_EQ(numbers["buffer_size"], 256);
  EXPECT_EQ(numbers["buffer_utilization"], 0.0);
}

TEST_P(LiveServerTest, APortThatIsTakenIsRefused) {
  start();
  const auto second = LiveServer::start({.port = server_->address().port}, clock_, *hub_);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find("bind 127.0.0.1:"), std::string::npos) << second.error().message;
  EXPECT_FALSE(LiveServer::start({.loops = 0}, clock_, *hub_));
  EXPECT_FALSE(LiveServer::start({.host = "no such host."}, clock_, *hub_));
}

TEST_P(LiveServerTest, NumbersAreCounted) {
  start();
  {
    const auto viewer = join();
    next(*viewer);
    publish(1);
    next(*viewer);
    // The loop counts after the write that we have just read the result of.
    ASSERT_TRUE(eventually([&] { return hub_->stats().total.total_messages >= 3; }));
    const HubStats stats = hub_->stats();
    EXPECT_EQ(stats.total.active_clients, 1U);
    EXPECT_EQ(stats.total.total_connections, 1U);
    EXPECT_EQ(stats.total.total_messages, 3U) << "the upgrade, the snapshot and an event";
    EXPECT_EQ(stats.total.writes, 2U) << "the upgrade and the snapshot leave together";
    EXPECT_EQ(stats.broadcast_capacity, 4096U);
    EXPECT_EQ(stats.loops.size(), 1U);
  }
  ASSERT_TRUE(eventually([&] { return hub_->stats().total.active_clients == 0; }));
  EXPECT_TRUE(eventually([&] { return hub_->viewers(kTopic) == 0; }));
  base::Metrics metrics;
  LiveMetrics live(*hub_, metrics);
  live.refresh();
  live.refresh();
  EXPECT_NE(metrics.render().find("holeshot_live_messages_total 3"), std::string::npos) << metrics.render();
}

INSTANTIATE_TEST_SUITE_P(Io, LiveServerTest, ::testing::ValuesIn(kBothIo), kIoName);

}  // namespace
}  // namespace holeshot::live
