#include "central/live/http_stream.h"

#include <gtest/gtest.h>

#include "central/live/http_world.h"

namespace holeshot::live {
namespace {

TEST(StreamRequest, ALastEventIdCountsMoreThanTheUrl) {
  const auto query = parse_stream_request("track_id=t&from=seq:3&epoch=1", "7:41")->query;
  EXPECT_EQ(query.epoch, 7U);
  EXPECT_EQ(query.from.kind, From::Kind::kSeq);
  EXPECT_EQ(query.from.value, 42U);
  for (const char* strange : {"", "41", "x:1", "7:", "7:1x", ":"}) {
    const auto kept = parse_stream_request("track_id=t&from=seq:3&epoch=1", strange)->query;
    EXPECT_EQ(kept.from.value, 3U) << strange;
    EXPECT_EQ(kept.epoch, 1U) << strange;
  }
}

std::string stream_fault(std::string_view query) {
  const auto parsed = parse_stream_request(query, {});
  return parsed ? "" : parsed.error().code;
}
std::string poll_fault(std::string_view query) {
  const auto parsed = parse_poll_request(query);
  return parsed ? "" : parsed.error().code;
}

TEST(StreamRequest, WhatCannotBeToldLaterIsRefusedAtOnce) {
  EXPECT_EQ(stream_fault(""), "track_id_required");
  EXPECT_EQ(stream_fault("track_id=a,b"), "invalid_track_id");
  EXPECT_EQ(stream_fault("track_id=a&channels=race,tv"), "unknown_channel");
  EXPECT_EQ(stream_fault("track_id=a&encoding=binary"), "invalid_encoding");
  EXPECT_EQ(stream_fault("track_id=a&channels=race,decoder&encoding=json"), "");
}

TEST(PollRequest, ReadsWhereToGoOnAndHowLongToWait) {
  const auto poll =
      parse_poll_request("track_id=t&epoch=7&since_seq=41&wait_ms=8000&channels=race&event_id=e1");
  ASSERT_TRUE(poll);
  EXPECT_EQ(poll->topic, (TopicKey{"t", Channel::kRace}));
  EXPECT_EQ(poll->past.epoch, 7U);
  EXPECT_EQ(poll->past.since_seq, 41U);
  EXPECT_EQ(poll->wait_us, 8'000'000U);
  EXPECT_EQ(poll->past.events, std::vector<std::string>{"e1"});
  EXPECT_EQ(parse_poll_request("track_id=t&wait_ms=18446744073709551615")->wait_us, kLongestPollUs);
  EXPECT_EQ(poll_fault("track_id=t&wait_ms=soon"), "invalid_wait_ms");
  EXPECT_EQ(poll_fault("track_id=t&since_seq=-1"), "invalid_since_seq");
  EXPECT_EQ(poll_fault("track_id=t&channels=race,decoder"), "invalid_channels");
}

TEST(StreamFrame, IsTheEnvelopeOnOneLineWithItsPlace) {
  for (const std::size_t padding : {0U, 200U, 70'000U}) {  // each length of a WebSocket header
    const auto frame =
        test_frame(Kind::kEvent, {"t", Channel::kRace}, 41, FrameClass::kControl, {}, 7, padding);
    const auto made = stream_frame(*frame);
    ASSERT_NE(made, nullptr);
    ASSERT_TRUE(made->wire.starts_with("id: 7:41\ndata: {")) << made->wire.substr(0, 40);
    ASSERT_TRUE(made->wire.ends_with("}\n\n"));
    EXPECT_EQ(Json::parse(made->wire.substr(15))["payload"]["n"], 41);
  }
  const auto decoder =
      stream_frame(*test_frame(Kind::kEvent, {"t", Channel::kDecoder}, 1, FrameClass::kDecoder));
  EXPECT_TRUE(decoder->wire.starts_with("data: "));
  EXPECT_EQ(stream_frame(*make_raw_frame(server_frame(Opcode::kPing, {}))), nullptr);
  EXPECT_EQ(stream_frame(*make_raw_frame(server_close_frame(CloseCode::kPolicy, "x"))), nullptr);
}

TEST(StreamFrame, IsMadeOnceForAllWhoWatch) {
  StreamFrames frames;
  const auto one = test_frame(Kind::kEvent, {"t", Channel::kRace}, 1, FrameClass::kControl);
  const FramePtr first = frames.of(one);
  EXPECT_EQ(frames.of(one), first);
  const auto two = test_frame(Kind::kEvent, {"t", Channel::kRace}, 2, FrameClass::kControl);
  EXPECT_NE(frames.of(two), first);
}

class StreamTest : public ::testing::Test, public LiveWorld {
 protected:
  static std::pair<std::string, std::string> id_and_kind(HttpClient& client) {
    const auto [id, envelope] = client.event();
    return {id, envelope.is_null() ? "" : envelope["kind"].get<std::string>()};
  }
  using Pair = std::pair<std::string, std::string>;
};

TEST_F(StreamTest, BringsTheSnapshotAndThenTheEvents) {
  start();
  publish(1);
  HttpClient client(*server_);
  client.ask("/race/stream?track_id=t");
  const std::string head = client.head();
  EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK\r\n")) << head;
  EXPECT_NE(head.find("Content-Type: text/event-stream\r\n"), std::string::npos);
  EXPECT_NE(head.find("Access-Control-Allow-Origin: *\r\n"), std::string::npos);
  EXPECT_EQ(client.until("\n").substr(0, 7), "retry: ");
  EXPECT_EQ(id_and_kind(client), (Pair{"7:1", "snapshot"}));
  publish(2);
  EXPECT_EQ(id_and_kind(client), (Pair{"7:2", "event"}));
  EXPECT_EQ(hub_->viewers(kTopic), 1U) << "it is a viewer like any other";
  EXPECT_EQ(hub_->stats().total.active_clients, 1U);
}

TEST_F(StreamTest, ComesBackWithItsLastEventId) {
  start();
  for (std::uint64_t seq = 1; seq <= 5; ++seq) publish(seq);
  HttpClient client(*server_);
  client.ask("/race/stream?track_id=t", "Last-Event-ID: 7:3\r\n");
  EXPECT_EQ(id_and_kind(client), (Pair{"7:4", "event"}));
  EXPECT_EQ(id_and_kind(client), (Pair{"7:5", "event"}));
}

TEST_F(StreamTest, AGapIsNeverSilent) {
  start({}, {.history_frames = 4, .waiting_publications = 4096});
  for (std::uint64_t seq = 1; seq <= 9; ++seq) publish(seq);
  HttpClient client(*server_);
  client.ask("/race/stream?track_id=t", "Last-Event-ID: 7:2\r\n");
  EXPECT_EQ(id_and_kind(client), (Pair{"7:9", "snapshot"}));
  EXPECT_EQ(client.event().second["payload"]["code"], "gap");
}

TEST_F(StreamTest, HeartbeatsComeAndNoPongIsAskedFor) {
  start();
  HttpClient client(*server_);
  client.ask("/race/stream?track_id=t");
  EXPECT_EQ(id_and_kind(client).second, "snapshot");
  for (int i = 0; i < 12; ++i) {  // two minutes: a WebSocket that answers no ping is gone by then
    pass(10s);
    EXPECT_EQ(client.event().second["kind"], "heartbeat") << i;
  }
}

TEST_F(StreamTest, EndsWithAWordOnARestart) {
  start();
  HttpClient client(*server_);
  client.ask("/race/stream?track_id=t");
  EXPECT_EQ(id_and_kind(client).second, "snapshot");
  std::jthread stopping([&] { server_->stop(Farewell::kRestart); });
  const auto told = client.event().second;
  EXPECT_EQ(told["payload"]["code"], "restarting");
  EXPECT_GT(told["payload"]["reconnect"]["jitter_ms"], 0);
  EXPECT_TRUE(client.ended());
}

TEST_F(StreamTest, WhoTalksOnAStreamIsHungUp) {
  start();
  HttpClient client(*server_);
  client.ask("/race/stream?track_id=t");
  EXPECT_EQ(id_and_kind(client).second, "snapshot");
  client.ask("/race/stream?track_id=t");
  EXPECT_TRUE(client.ended());
}

TEST_F(StreamTest, AStreamThatIsNotReadIsCutOffAndNobodyElseNotices) {
  LiveConfig config;
  config.send_buffer_bytes = 4096;
  start(config);
  publish(1);
  HttpClient lazy(*server_, 4096);
  lazy.ask("/race/stream?track_id=t");
  EXPECT_EQ(id_and_kind(lazy).second, "snapshot");
  HttpClient busy(*server_);
  busy.ask("/race/stream?track_id=t");
  EXPECT_EQ(id_and_kind(busy).second, "snapshot");
  std::uint64_t seq = 1;
  while (hub_->stats().total.slow_closed == 0 && seq < 3000) {
    publish_alone(++seq, FrameClass::kResult, 4000);
    ASSERT_EQ(busy.event().second["seq"], seq);
  }
  EXPECT_EQ(hub_->stats().total.slow_closed, 1U);
  Json last;
  for (auto [id, envelope] = lazy.event(); !envelope.is_null(); std::tie(id, envelope) = lazy.event())
    last = envelope;
  EXPECT_EQ(last["payload"]["code"], "slow_consumer");
}

class PollTest : public ::testing::Test, public LiveWorld {
 protected:
  void SetUp() override { start(); }
  // Somebody waits: the loop has read the request and has nothing to say.
  void wait_for_a_poll() {
    ASSERT_TRUE(eventually([&] {
      const auto all = server_->viewers();
      return all && std::ranges::any_of(*all, [](const ViewerReport& one) { return !one.watches.empty(); });
    }));
  }
};

TEST_F(PollTest, WithoutANumberItGetsTheSnapshotAtOnce) {
  publish(1);
  HttpClient client(*server_);
  const auto [status, body] = client.get("/race/poll?track_id=t&wait_ms=8000");
  EXPECT_EQ(status, 200);
  EXPECT_EQ(body["recovered"], false);
  EXPECT_EQ(body["epoch"], 7);
  EXPECT_EQ(body["next_seq"], 2);
  ASSERT_EQ(body["frames"].size(), 1U);
  EXPECT_EQ(body["frames"][0]["kind"], "snapshot");
}

TEST_F(PollTest, GoesOnOnOneConnection) {
  for (std::uint64_t seq = 1; seq <= 3; ++seq) publish(seq);
  HttpClient client(*server_);
  for (std::uint64_t since = 0; since < 3; ++since) {
    const auto body = client.get("/race/poll?track_id=t&epoch=7&since_seq=" + std::to_string(since)).second;
    EXPECT_EQ(body["recovered"], true);
    ASSERT_EQ(body["frames"].size(), 3 - since);
    EXPECT_EQ(body["frames"][0]["seq"], since + 1);
  }
}

TEST_F(PollTest, WaitsUntilSomethingComes) {
  publish(1);
  HttpClient client(*server_);
  client.ask("/race/poll?track_id=t&epoch=7&since_seq=1&wait_ms=8000");
  wait_for_a_poll();
  publish(2);
  const auto [status, body] = client.answer();
  EXPECT_EQ(status, 200);
  ASSERT_EQ(body["frames"].size(), 1U);
  EXPECT_EQ(body["frames"][0]["seq"], 2);
  EXPECT_EQ(body["next_seq"], 3);
}

TEST_F(PollTest, IsAnsweredWithNothingWhenItsTimeIsOver) {
  publish(1);
  HttpClient client(*server_);
  client.ask("/race/poll?track_id=t&epoch=7&since_seq=1&wait_ms=20000");
  wait_for_a_poll();
  pass(6s);  // longer than a request head may take
  pass(14s);
  const auto [status, body] = client.answer();
  EXPECT_EQ(status, 200);
  EXPECT_TRUE(body["frames"].empty());
  EXPECT_EQ(body["recovered"], true);
  EXPECT_EQ(body["next_seq"], 2);
}

TEST_F(PollTest, AnotherEpochAndAHoleAreToldWithTheSnapshot) {
  publish(1);
  for (const char* query : {"epoch=6&since_seq=1", "epoch=7&since_seq=9"}) {
    HttpClient client(*server_);
    const auto body = client.get(std::string{"/race/poll?track_id=t&wait_ms=8000&"} + query).second;
    EXPECT_EQ(body["recovered"], false) << query;
    EXPECT_EQ(body["frames"][0]["kind"], "snapshot") << query;
    EXPECT_EQ(body["next_seq"], 2) << query;
  }
}

TEST_F(PollTest, ATrackThatNeverSpokeIsIdleAndCanBeWaitedFor) {
  HttpClient client(*server_);
  const auto body = client.get("/race/poll?track_id=t").second;
  ASSERT_EQ(body["frames"].size(), 1U);
  EXPECT_EQ(body["frames"][0]["payload"]["phase"], "idle");
  client.ask("/race/poll?track_id=t&epoch=0&since_seq=0&wait_ms=8000");
  wait_for_a_poll();
  publish(1);
  EXPECT_EQ(client.answer().second["frames"].back()["seq"], 1);
}

TEST_F(PollTest, WhoAsksAgainBeforeItWasAnsweredIsSentAway) {
  publish(1);
  HttpClient client(*server_);
  client.ask("/race/poll?track_id=t&epoch=7&since_seq=1&wait_ms=8000");
  wait_for_a_poll();
  client.ask("/race/poll?track_id=t");
  EXPECT_EQ(client.answer().first, 400);
  EXPECT_TRUE(client.ended());
  HttpClient both(*server_);
  both.ask("/race/poll?track_id=t", "\r\nGET /race/poll?track_id=t HTTP/1.1\r\nHost: x\r\n");
  EXPECT_EQ(both.answer().first, 200);
  EXPECT_EQ(both.answer().first, 400);
}

TEST_F(PollTest, AConnectionThatIsNotUsedAgainIsClosedWithoutAWord) {
  publish(1);
  HttpClient client(*server_);
  EXPECT_EQ(client.get("/race/poll?track_id=t").first, 200);
  pass(6s);
  pass(6s);
  EXPECT_TRUE(client.ended());
}

TEST_F(PollTest, AHeadThatComesInDropsIsGivenUpAlsoTheSecondTime) {
  publish(1);
  HttpClient client(*server_);
  EXPECT_EQ(client.get("/race/poll?track_id=t").first, 200);
  base::value_or_die(write_all(client.fd(), "GET /race/poll?tra"));
  // Two answers of the loop: between them it has looked at every socket, so it has read the half that came.
  for (int i = 0; i < 2; ++i) base::value_or_die(server_->viewers());
  // The first head's time is over, and that of an answered connection; it is looked at once more when it is due again.
  pass(6s);
  pass(6s);
  EXPECT_EQ(client.answer().first, 408);
  EXPECT_TRUE(client.ended());
}

TEST_F(PollTest, HangingUpWhileWaitingLeavesNothingBehind) {
  publish(1);
  {
    HttpClient client(*server_);
    client.ask("/race/poll?track_id=t&epoch=7&since_seq=1&wait_ms=8000");
    wait_for_a_poll();
  }
  EXPECT_TRUE(eventually([&] { return base::value_or_die(server_->viewers()).empty(); }));
  publish(2);
  pass(30s);
  HttpClient next_one(*server_);
  EXPECT_EQ(next_one.get("/race/poll?track_id=t").first, 200);
}

TEST_F(PollTest, IsSentAwayOnARestart) {
  publish(1);
  HttpClient client(*server_);
  client.ask("/race/poll?track_id=t&epoch=7&since_seq=1&wait_ms=8000");
  wait_for_a_poll();
  std::jthread stopping([&] { server_->stop(Farewell::kRestart); });
  EXPECT_EQ(client.answer().first, 503);
}

TEST_F(PollTest, CountsWhoAsks) {
  publish(1);
  for (const char* who : {"a", "b", "a", "c", "b"}) {
    HttpClient client(*server_);
    EXPECT_EQ(client.get("/race/poll?track_id=t", std::string{"X-Holeshot-Client: "} + who + "\r\n").first,
              200);
  }
  HttpClient stranger(*server_);
  EXPECT_EQ(stranger.get("/race/poll?track_id=made-up").first, 200);
  EXPECT_EQ(server_->front().audience.counts(clock_.mono_us()),
            (std::map<std::string, std::uint64_t>{{"t", 3}}));
}

TEST_F(PollTest, AClientThatPollsWithoutAPauseIsToldToWait) {
  publish(1);
  std::pair<int, Json> last;
  int answered = 0;
  for (; answered < 100; ++answered) {
    HttpClient client(*server_);
    last = client.get("/race/poll?track_id=t&client_id=a");
    if (last.first != 200) break;
  }
  EXPECT_EQ(answered, 8);
  EXPECT_EQ(last.first, 429);
  EXPECT_EQ(last.second["code"], "too_many_polls");
  HttpClient neighbour(*server_);
  EXPECT_EQ(neighbour.get("/race/poll?track_id=t&client_id=b").first, 200) << "on the same address";
}

TEST_F(PollTest, ABrowserMayAskFromAnyPage) {
  HttpClient client(*server_);
  client.ask("/race/poll", "Origin: https://example\r\nAccess-Control-Request-Headers: last-event-id\r\n",
             "OPTIONS");
  const std::string head = client.head();
  EXPECT_TRUE(head.starts_with("HTTP/1.1 204")) << head;
  EXPECT_NE(head.find("Access-Control-Allow-Headers: Authorization, Cache-Control, Last-Event-ID"),
            std::string::npos);
  HttpClient refused(*server_);
  refused.ask("/race/poll");
  EXPECT_NE(refused.head().find("Access-Control-Expose-Headers: Retry-After"), std::string::npos);
}

}  // namespace
}  // namespace holeshot::live
