// LiveServer: the live listener. Viewers connect here; what they see comes through the Hub.
//
//   Hub hub;                                            // outlives the server
//   auto server = LiveServer::start(config, clock, hub);
//   hub.publish(...);                                   // from any thread, before or after
//   (*server)->stop(Farewell::kRestart);
//
// One loop thread per `config.loops`; the first one also accepts and deals sockets out in turn.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <vector>

#include "central/live/config.h"
#include "central/live/hub.h"
#include "central/live/loop.h"
#include "central/live/registry.h"
#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "common/base/result.h"
#include "common/base/worker.h"

namespace holeshot::live {

struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
};

// start(), stop() and destruction belong to one thread; the rest may be called from any.
class LiveServer {
 public:
  // Accepts when this returns. kRetry where the port is taken, kInvalid for an address that is none, kDenied where
  // io_uring is asked for and not to be had.
  [[nodiscard]] static base::Result<std::unique_ptr<LiveServer>> start(LiveConfig config, base::Clock& clock,
                                                                       Hub& hub);
  // As stop(kGoingAway).
  ~LiveServer();
  LiveServer(const LiveServer&) = delete;
  LiveServer& operator=(const LiveServer&) = delete;

  // How frames are written: io_uring or epoll.
  [[nodiscard]] Io io() const { return io_; }
  // The port that was really bound.
  [[nodiscard]] const Endpoint& address() const { return address_; }

  // Tells every viewer, waits some seconds at most until they have taken it, ends. A restart lets many go by and by
  // (LiveConfig::drain_us). Later calls do nothing.
  void stop(Farewell farewell);

  // Every loop's thread lives. The thread that started it.
  [[nodiscard]] bool running() const {
    return std::ranges::all_of(workers_, [](const base::Worker& worker) { return worker.running(); });
  }

  // Everybody who is connected. Any thread but a loop's; kRetry where a loop did not answer in a second.
  [[nodiscard]] base::Result<std::vector<ViewerReport>> viewers();
  // How each topic is doing that is watched or was published to. Likewise.
  [[nodiscard]] base::Result<std::map<TopicKey, TopicStats>> topics();
  // Ends one connection, for a reason that the viewer is told. kMissing where there is none of that client_id; kRetry as above:
  // then it may have been ended.
  [[nodiscard]] base::Status kick(const std::string& client_id, const std::string& reason);
  // What all loops share about those who come.
  [[nodiscard]] Front& front() { return front_; }

  // Makes every loop look at the clock: for whoever turns one by hand.
  void wake();

 private:
  LiveServer(LiveConfig config, base::Clock& clock, Hub& hub);

  const LiveConfig config_;
  Front front_;
  Endpoint address_;
  Io io_ = Io::kEpoll;
  std::atomic<Farewell> farewell_{Farewell::kGoingAway};
  std::shared_mutex loops_mutex_;  // held by who asks the loops, so that stop() does not take them away
  std::vector<std::unique_ptr<Loop>> loops_;
  std::vector<base::Worker> workers_;
};

// The hub's numbers as Prometheus metrics. refresh() before Metrics::render(); one thread at a time.
class LiveMetrics {
 public:
  LiveMetrics(const Hub& hub, base::Metrics& metrics);
  void refresh();

 private:
  const Hub& hub_;
  base::Gauge clients_;
  base::Gauge waiting_;
  base::Counter connections_;
  base::Counter messages_;
  base::Counter dropped_;
  base::Counter slow_;
  base::Counter writes_;
};

}  // namespace holeshot::live
