// GatewayFleet: many gateways in one thread, each with its own client, boot and numbers, posting batches as the contract
// says: the same bytes again until central has answered for them, waiting as it is told. What central then has can be
// held against what was sent: a record that was lost or doubled shows.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <queue>
#include <random>
#include <stop_token>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/fd.h"
#include "tools/load/gateway.h"
#include "tools/load/gateway_report.h"
#include "tools/load/http_exchange.h"
#include "tools/load/target.h"

namespace holeshot::load {

struct GatewayPlan {
  Target target;
  std::vector<std::string> tracks;  // dealt out in turn. REQUIRES: not empty
  std::uint64_t gateways = 10;
  double events_per_s = 10;  // of each
  std::uint64_t batch_every_us = 500'000;
  std::size_t batch_events = 200;                   // at most
  std::uint64_t duration_us = 30'000'000;           // 0: until stopped
  std::uint64_t drain_us = 10'000'000;              // after that, at most so long for what waits
  std::shared_ptr<const contract::SigningKey> key;  // null: unsigned
  unsigned sources = 0;                             // as in ViewerPlan
};

class GatewayFleet {
 public:
  // The clock outlives the fleet. REQUIRES: a descriptor for each gateway.
  GatewayFleet(GatewayPlan plan, const base::Clock& clock);

  // Until the plan's time is over and all is answered for, or it is asked to stop. Once; one thread.
  void run(const std::stop_token& stop);
  // From any thread.
  [[nodiscard]] GatewayReport report();

 private:
  struct Post {
    Gateway gateway;
    HttpExchange line = {};
    std::uint64_t last_capture_us = 0;
    double owed = 0;                 // a part of a record
    std::uint64_t first_try_us = 0;  // of the batch under way; 0: it was not sent yet
    std::uint32_t tries = 0;         // of that batch
    std::uint32_t turn = 0;          // of its timers
    bool busy = false;               // a request is under way
  };
  struct Timer {
    std::uint64_t at_us = 0;
    std::uint32_t index = 0;
    std::uint32_t turn = 0;
    bool operator>(const Timer& other) const { return at_us > other.at_us; }
  };
  void turn(int wait_ms);
  void due(std::uint32_t index);
  void send(std::uint32_t index);
  void ready(std::uint32_t index);
  void take(std::uint32_t index, const HttpAnswer& answer);
  void done(std::uint32_t index, const contract::BatchReply& reply);
  void broke(std::uint32_t index, const std::string& reason);
  void at(std::uint64_t after_us, std::uint32_t index);
  void watch(std::uint32_t index, int operation) const;
  [[nodiscard]] std::uint64_t backoff_us(const Post& post);
  [[nodiscard]] bool all_answered() const;

  const GatewayPlan plan_;
  const base::Clock& clock_;
  contract::UlidMaker ids_;
  base::UniqueFd epoll_;
  base::WakeFd wake_;
  std::mutex mutex_;  // guards all below
  std::vector<Post> posts_;
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
  std::mt19937_64 random_{1};
  GatewayReport report_;
  std::uint64_t start_us_ = 0;
  std::uint64_t end_us_ = 0;  // 0: it runs
  bool capturing_ = true;
};

}  // namespace holeshot::load
