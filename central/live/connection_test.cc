#include <gtest/gtest.h>
#include <sys/socket.h>

#include "central/live/live_world.h"

namespace holeshot::live {
namespace {

class Connection : public ::testing::TestWithParam<Io>, public LiveWorld {
 protected:
  void SetUp() override {
    if (!write_with(GetParam())) GTEST_SKIP() << "this kernel does not let us have io_uring";
  }
};

std::string raw_answer(std::uint16_t port, const std::string& bytes) {
  const auto fd = base::value_or_die(connect_tcp("127.0.0.1", port));
  (void)write_all(fd.get(), bytes);
  return base::value_or_die(read_to_end(fd.get(), kPatience));
}

TEST_P(Connection, EveryTenSecondsAHeartbeatAndEveryThirtyAPing) {
  start();
  publish(1);
  const auto viewer = join("/ws/v1/live?track_id=t&channels=race,decoder");
  viewer->answer_pings(false);
  next(*viewer);
  next(*viewer);
  for (int beat = 1; beat <= 3; ++beat) {
    pass(10s);
    for (const char* channel : {"race", "decoder"}) {
      const Json heartbeat = next(*viewer);
      EXPECT_EQ(heartbeat["kind"], "heartbeat");
      EXPECT_EQ(heartbeat["channel"], channel);
      EXPECT_EQ(heartbeat["payload"]["seq"], channel == std::string{"race"} ? 1 : 0);
      EXPECT_EQ(heartbeat["payload"]["viewers"], 1);
      EXPECT_EQ(heartbeat["payload"]["dropped"], 0);
      EXPECT_EQ(heartbeat["payload"]["server_time_us"], clock_.wall_us());
    }
  }
  const auto ping = viewer->next(kPatience);
  ASSERT_TRUE(ping.has_value());
  EXPECT_EQ(ping->opcode, Opcode::kPing);
}

TEST_P(Connection, WhoDoesNotAnswerPingsIsGoneAfterAMinute) {
  start();
  const auto silent = join();
  silent->answer_pings(false);
  const auto lively = join();
  for (int beat = 1; beat <= 7; ++beat) {
    pass(10s);
    // Snapshot first, then a heartbeat each time; the pong goes out while the ping is passed over.
    while (next(*lively)["kind"] != "heartbeat") {
    }
    if (beat % 3 == 0) {
      ASSERT_TRUE(lively->send_text("x"));  // its error comes after the pong was read
      EXPECT_EQ(next(*lively)["kind"], "error");
    }
  }
  EXPECT_EQ(close_code(*silent), 0);
  ASSERT_TRUE(eventually([&] { return hub_->stats().total.active_clients == 1; }));
  publish(1);
  EXPECT_EQ(kind_and_seq(*lively), expected("event", 1));
}

TEST_P(Connection, PingsAreAnsweredAndACloseIsReturned) {
  start();
  const auto viewer = join();
  next(*viewer);
  ASSERT_TRUE(viewer->send(Opcode::kPing, "are you there"));
  const auto pong = viewer->next(kPatience);
  ASSERT_TRUE(pong.has_value());
  EXPECT_EQ(pong->opcode, Opcode::kPong);
  EXPECT_EQ(pong->data, "are you there");
  EXPECT_TRUE(viewer->close(CloseCode::kNormal, kPatience));
  EXPECT_TRUE(eventually([&] { return hub_->stats().total.active_clients == 0; }));
}

TEST_P(Connection, BreakingTheProtocolClosesWithItsCode) {
  start();
  const auto oversized = join();
  ASSERT_TRUE(oversized->send_text(std::string(kMaxClientMessage + 1, ' ')));
  EXPECT_EQ(close_code(*oversized), 1009);
  const auto unmasked = join();
  ASSERT_TRUE(unmasked->send_raw(server_frame(Opcode::kText, "{}")));
  EXPECT_EQ(close_code(*unmasked), 1002);
  const auto latin = join();
  ASSERT_TRUE(latin->send_text("\xE9"));
  EXPECT_EQ(close_code(*latin), 1007);
  const auto talker = join();
  for (int i = 0; i < 201; ++i) ASSERT_TRUE(talker->send_text("x"));
  EXPECT_EQ(close_code(*talker), 4429);
}

TEST_P(Connection, StopTellsEverybody) {
  start();
  const auto first = join();
  std::jthread leaving([&] { server_->stop(Farewell::kGoingAway); });
  EXPECT_EQ(close_code(*first), 1001);
  leaving.join();
  EXPECT_FALSE(connect_tcp("127.0.0.1", server_->address().port));

  start();
  publish(1);
  const auto second = join();
  next(*second);
  publish(2);
  const std::jthread restarting([&] { server_->stop(Farewell::kRestart); });
  EXPECT_EQ(kind_and_seq(*second), expected("event", 2)) << "what was published before is still delivered";
  const Json error = next(*second);
  EXPECT_EQ(error["payload"]["code"], "restarting");
  EXPECT_GT(error["payload"]["reconnect"]["jitter_ms"], 0);
  EXPECT_EQ(close_code(*second), 1012);
}

TEST_P(Connection, PlainRequestsAreAnswered) {
  start({.service = "central"});
  const auto port = server_->address().port;
  EXPECT_TRUE(raw_answer(port, "GET /health HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(raw_answer(port, "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("HTTP/1.1 404 "));
  EXPECT_TRUE(raw_answer(port, "GET /ws/v1/live HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(raw_answer(port, "GET /ws HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("HTTP/1.1 426 "));
  EXPECT_TRUE(raw_answer(port, std::string(20'000, 'g')).starts_with("HTTP/1.1 431 "));
}

TEST_P(Connection, WhoHalfClosesStillGetsItsAnswer) {
  start();
  const auto fd = base::value_or_die(connect_tcp("127.0.0.1", server_->address().port));
  ASSERT_TRUE(write_all(fd.get(), "GET /health HTTP/1.1\r\nHost: a\r\n\r\n"));
  ::shutdown(fd.get(), SHUT_WR);
  EXPECT_TRUE(base::value_or_die(read_to_end(fd.get(), kPatience)).starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_P(Connection, AHeadThatDoesNotComeIsNotWaitedForLong) {
  start();
  const auto slow = base::value_or_die(connect_tcp("127.0.0.1", server_->address().port));
  ASSERT_TRUE(write_all(slow.get(), "GET /ws/v1/live?track_id=t HTTP/1.1\r\nHo"));
  // Someone who came later is served, so the slow one has been taken in by now.
  next(*join());
  pass(6s);
  EXPECT_TRUE(base::value_or_die(read_to_end(slow.get(), kPatience)).starts_with("HTTP/1.1 408 "));
}

TEST_P(Connection, AFullServerSaysSo) {
  start({.max_viewers = 2});
  const auto first = join();
  const auto second = join();
  EXPECT_TRUE(raw_answer(server_->address().port, "").starts_with("HTTP/1.1 503 "));
  next(*first);
}

TEST_P(Connection, SubprotocolsAreEchoed) {
  start();
  EXPECT_EQ(join("/ws", {.subprotocols = "holeshot.v1.json"})->subprotocol(), "holeshot.v1.json");
  EXPECT_EQ(join("/ws", {.subprotocols = "holeshot.v1.binary"})->subprotocol(), "holeshot.v1.binary");
  EXPECT_EQ(join("/ws")->subprotocol(), "");
}

INSTANTIATE_TEST_SUITE_P(Io, Connection, ::testing::ValuesIn(kBothIo), kIoName);

}  // namespace
}  // namespace holeshot::live
