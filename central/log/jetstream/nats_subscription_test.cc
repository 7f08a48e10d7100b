// Subscriptions that end while messages for them pour in, against a real server.
#include "central/log/jetstream/nats_subscription.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "central/log/jetstream/nats_test_kit.h"

namespace holeshot::log {
namespace {

using base::value_or_die;

constexpr std::chrono::milliseconds kPatience{30'000};
constexpr std::int64_t kNextMs = 5000;
const std::string kSubject = "flood";

class LiveSubscriptions : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = test::no_nats(); !why.empty()) GTEST_SKIP() << why;
    servers_.emplace(1U);
    connection_ = connect();
  }
  [[nodiscard]] std::unique_ptr<NatsConnection> connect() const {
    auto made = value_or_die(NatsConnection::open({.servers = servers_->urls(), .credentials = {}}));
    HOLESHOT_CHECK(made->wait_connected({}, kPatience), "a connection");
    return made;
  }
  [[nodiscard]] std::size_t retired() const {
    const std::scoped_lock lock(connection_->handles().mutex);
    return connection_->handles().retired.size();
  }
  std::optional<test::NatsServers> servers_;
  std::unique_ptr<NatsConnection> connection_;
};

// Messages of one subject as fast as the server takes them, while it lives.
class Flood {
 public:
  explicit Flood(std::unique_ptr<NatsConnection> connection) : connection_(std::move(connection)) {
    thread_ = std::jthread([this](const std::stop_token& stop) {
      const std::string body(500, 'x');
      while (!stop.stop_requested()) {
        natsConnection_PublishString(connection_->handles().connection.get(), kSubject.c_str(), body.c_str());
      }
    });
  }

 private:
  std::unique_ptr<NatsConnection> connection_;
  std::jthread thread_;
};

int take(const LiveSubscription& subscription, int messages) {
  int taken = 0;
  for (; taken < messages; ++taken) {
    natsMsg* got = nullptr;
    const natsStatus s = natsSubscription_NextMsg(&got, subscription.get(), kNextMs);
    const NatsMsg owner(got);
    if (s != NATS_OK) break;
  }
  return taken;
}

// With natsSubscription_Destroy alone this ends in a segmentation fault within seconds.
TEST_F(LiveSubscriptions, EndWhileMessagesPourIn) {
  constexpr int kThreads = 3;
  constexpr int kEach = 150;
  constexpr int kMessages = 4;
  const Flood flood(connect());
  std::atomic<int> taken{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < kEach; ++i) {
          const auto subscription = value_or_die(LiveSubscription::open(*connection_, kSubject));
          taken += take(subscription, kMessages);
        }
      });
    }
  }
  EXPECT_EQ(taken, kThreads * kEach * kMessages);
  EXPECT_EQ(retired(), 0U) << "kept though the server answers";
}

TEST_F(LiveSubscriptions, AreKeptWhileTheServerIsAwayAndFreedOnceItIsBack) {
  auto first = std::optional{value_or_die(LiveSubscription::open(*connection_, kSubject))};
  auto second = std::optional{value_or_die(LiveSubscription::open(*connection_, kSubject))};
  servers_->node(0).kill();
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (connection_->connected() && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  first.reset();
  EXPECT_EQ(retired(), 1U);
  servers_->node(0).start();
  ASSERT_TRUE(connection_->wait_connected({}, kPatience));
  second.reset();
  EXPECT_EQ(retired(), 0U);
}

TEST_F(LiveSubscriptions, EndWakesWhoWaits) {
  const auto subscription = value_or_die(LiveSubscription::open(*connection_, kSubject));
  const std::jthread ender([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
    subscription.end();
  });
  natsMsg* got = nullptr;
  const natsStatus s = natsSubscription_NextMsg(&got, subscription.get(), kNextMs);
  EXPECT_NE(s, NATS_OK);
  EXPECT_NE(s, NATS_TIMEOUT);
}

}  // namespace
}  // namespace holeshot::log
