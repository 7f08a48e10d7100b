// Gateways against a central that is as bad as one can be: answers are lost, connections break, it says "later". What it
// took is then held against what they say was answered.
#include "tools/load/gateway_fleet.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "common/base/worker.h"

namespace holeshot::load {
namespace {

using nlohmann::json;

constexpr std::uint64_t kGateways = 4;

// One connection after the other, and what becomes of each batch by turns.
class BadCentral {
 public:
  enum class Does : std::uint8_t { kAnswers, kLosesTheAnswer, kSaysLater, kHangsUpFirst, kTalksNonsense };

  explicit BadCentral(std::vector<Does> turns) : turns_(std::move(turns)) {
    listener_ = base::UniqueFd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(listener_.get(), any, size), 0);
    EXPECT_EQ(::listen(listener_.get(), 64), 0);
    ::getsockname(listener_.get(), any, &size);
    port_ = ntohs(address.sin_port);
    thread_ = base::Worker("central", [this](const std::stop_token& stop) {
      while (!stop.stop_requested())
        serve(base::UniqueFd{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)});
    });
  }
  ~BadCentral() {
    thread_.request_stop();
    ::shutdown(listener_.get(), SHUT_RDWR);
  }
  BadCentral(const BadCentral&) = delete;
  BadCentral& operator=(const BadCentral&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  std::size_t records() {
    const std::scoped_lock lock(mutex_);
    return keys_.size();
  }

 private:
  // Each connection gets one request: so nobody waits for another's.
  void serve(base::UniqueFd fd) {
    if (!fd.valid()) return;
    const timeval patience{.tv_sec = 5, .tv_usec = 0};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const Does does = turns_[turn_++ % turns_.size()];
    std::string request;
    std::array<char, 4096> bytes;
    while (!whole(request)) {
      const ssize_t got = ::recv(fd.get(), bytes.data(), bytes.size(), 0);
      if (got <= 0) return;
      request.append(bytes.data(), static_cast<std::size_t>(got));
      if (does == Does::kHangsUpFirst) return;
    }
    const std::string answer = answer_to(request, does);
    if (!answer.empty()) (void)::send(fd.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
  }
  static bool whole(const std::string& request) {
    const std::size_t end = request.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    const std::size_t at = request.find("Content-Length: ");
    return request.size() - end - 4 >= std::stoul(request.substr(at + 16));
  }
  std::string answer_to(const std::string& request, Does does) {
    if (does == Does::kSaysLater)
      return "HTTP/1.1 503 Later\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}";
    if (does == Does::kTalksNonsense)
      return "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 6\r\n\r\n<html>";
    const json batch = json::parse(request.substr(request.find("\r\n\r\n") + 4));
    contract::BatchReply reply;
    const std::scoped_lock lock(mutex_);
    for (const json& one : batch.at("events")) {
      const json& at = one.at("event_id_context");
      const bool is_new = keys_.insert(at.dump()).second;
      ++(is_new ? reply.accepted : reply.duplicates);
    }
    if (does == Does::kLosesTheAnswer) return {};
    const std::string body = contract::reply_body(reply);
    return "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
  }

  base::UniqueFd listener_;
  std::uint16_t port_ = 0;
  std::vector<Does> turns_;
  std::size_t turn_ = 0;
  std::mutex mutex_;
  std::set<std::string> keys_;
  base::Worker thread_;
};

GatewayReport run(BadCentral& central, std::uint64_t events) {
  const base::SystemClock clock;
  GatewayPlan plan;
  plan.target =
      base::value_or_die(parse_target("http://127.0.0.1:" + std::to_string(central.port()), "http", ""));
  plan.tracks = {"hill", "valley"};
  plan.gateways = kGateways;
  plan.events_per_s = 200;
  plan.batch_every_us = 20'000;
  plan.batch_events = 50;
  plan.duration_us = 0;
  GatewayFleet fleet(plan, clock);
  base::Worker thread("gateways", [&](const std::stop_token& stop) { fleet.run(stop); });
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (fleet.report().events < events && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
  thread.request_stop();
  thread.join();
  return fleet.report();
}

TEST(GatewayFleet, BringsEverythingToACentralThatIsWell) {
  BadCentral central({BadCentral::Does::kAnswers});
  const GatewayReport report = run(central, 400);
  EXPECT_GE(report.events, 400U);
  EXPECT_EQ(report.accepted, report.events);
  EXPECT_LE(report.events, central.records()) << "a batch may be under way at the end";
  EXPECT_EQ(report.duplicates + report.unasked_duplicates, 0U);
  EXPECT_TRUE(report.findings().empty()) << report.text();
  EXPECT_EQ(exit_status(report), 0);
}

TEST(GatewayFleet, LosesAndDoublesNothingAtOneThatIsNot) {
  using Does = BadCentral::Does;
  BadCentral central({Does::kLosesTheAnswer, Does::kAnswers, Does::kSaysLater, Does::kAnswers,
                      Does::kHangsUpFirst, Does::kAnswers, Does::kTalksNonsense, Does::kAnswers,
                      Does::kAnswers});
  const GatewayReport report = run(central, 600);
  EXPECT_GE(report.events, 600U) << report.text();
  EXPECT_GT(report.again, 0U);
  EXPECT_GT(report.duplicates, 0U) << "the answer was lost, not the records";
  EXPECT_EQ(report.accepted + report.duplicates, report.events);
  EXPECT_LE(report.events, central.records());
  EXPECT_GT(report.statuses.at(503), 0U);
  EXPECT_TRUE(report.findings().empty()) << report.text();
}

TEST(GatewayReport, FindsWhatACentralDoesWrong) {
  GatewayReport report;
  report.events = 10;
  EXPECT_TRUE(report.findings().empty());
  report.unasked_duplicates = 1;
  report.unequal = 1;
  report.rejected["bad_shape"] = 2;
  report.statuses[403] = 1;
  report.statuses[503] = 9;
  EXPECT_EQ(report.findings().size(), 4U) << report.text();
  EXPECT_EQ(exit_status(report), 1);
  EXPECT_EQ(exit_status(GatewayReport{}), 3);
}

}  // namespace
}  // namespace holeshot::load
