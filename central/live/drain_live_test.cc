// A restart of a listener with many viewers, on a clock that is turned by hand.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <vector>

#include "central/live/drain.h"
#include "central/live/live_world.h"

namespace holeshot::live {
namespace {

constexpr std::size_t kViewers = Drain::kAtOnce * 4;

class DrainLive : public ::testing::TestWithParam<Io>, public LiveWorld {
 protected:
  void SetUp() override {
    if (!write_with(GetParam())) GTEST_SKIP() << "this kernel does not let us have io_uring";
  }

  // Turns the clock and wakes the loop by something to publish: the server is being stopped meanwhile.
  void turn_clock(std::chrono::microseconds time) {
    clock_.advance_us(static_cast<std::uint64_t>(time.count()));
    publish(++seq_);
  }
  [[nodiscard]] std::uint64_t here() const { return hub_->stats().total.active_clients; }

  std::uint64_t seq_ = 0;
};

std::string raw_answer(std::uint16_t port, const std::string& bytes) {
  const auto fd = base::value_or_die(connect_tcp("127.0.0.1", port));
  (void)write_all(fd.get(), bytes);
  return base::value_or_die(read_to_end(fd.get(), kPatience));
}

TEST_P(DrainLive, TellsEverybodyAtOnceAndLetsThemGoByAndBy) {
  start();
  std::vector<std::unique_ptr<WsClient>> viewers;
  for (std::size_t i = 0; i < kViewers; ++i) viewers.push_back(join());
  for (const auto& viewer : viewers) next(*viewer);
  std::jthread stopper([&] { server_->stop(Farewell::kRestart); });
  for (const auto& viewer : viewers) {
    const Json notice = next(*viewer);
    ASSERT_EQ(notice["payload"]["code"], "restarting");
    ASSERT_EQ(notice["payload"]["reconnect"]["jitter_ms"], Drain::kLeastJitterMs);
  }
  // A thousand in a second: until the clock is turned, those alone who may go at once.
  ASSERT_TRUE(eventually([&] { return here() == kViewers - Drain::kAtOnce; }));
  const auto port = server_->address().port;
  EXPECT_TRUE(raw_answer(port, "GET /health HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("HTTP/1.1 503 "));
  EXPECT_FALSE(WsClient::connect("127.0.0.1", port, "/ws/v1/live?track_id=t")) << "nobody new";

  turn_clock(std::chrono::milliseconds{kViewers / 2});
  ASSERT_TRUE(eventually([&] { return here() == kViewers / 2; }));
  EXPECT_EQ(kind_and_seq(*viewers.back()), expected("event", 1)) << "who is still here is served";
  turn_clock(std::chrono::milliseconds{kViewers / 2});
  for (const auto& viewer : viewers) ASSERT_EQ(close_code(*viewer), 1012);
  viewers.clear();
  stopper.join();
  EXPECT_FALSE(connect_tcp("127.0.0.1", port));
}

TEST_P(DrainLive, IsOverWhenEverybodyHasLeft) {
  start();
  std::vector<std::unique_ptr<WsClient>> viewers;
  for (std::size_t i = 0; i < kViewers; ++i) viewers.push_back(join());
  std::jthread stopper([&] { server_->stop(Farewell::kRestart); });
  ASSERT_TRUE(eventually([&] { return here() < kViewers; }));
  viewers.clear();  // to another server, without being asked twice
  stopper.join();   // though the clock stands still
  EXPECT_EQ(here(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Io, DrainLive, ::testing::ValuesIn(kBothIo), kIoName);

}  // namespace
}  // namespace holeshot::live
