#include "central/live/server.h"

#include <string>
#include <utility>

#include "central/live/writer.h"
#include "common/base/log.h"

namespace holeshot::live {

namespace {

// Tried once here, so that the start can fail and the log can say it; every loop makes its own.
base::Result<Io> choose_io(Io wanted) {
  LoopCounters counters;
  HOLESHOT_ASSIGN(const auto writer, make_writer(wanted, counters));
  base::log_info("live", "frames are written with " + std::string{to_string(writer->io())},
                 {{"live_io", to_string(wanted)}});
  return writer->io();
}

}  // namespace

LiveServer::LiveServer(LiveConfig config, base::Clock& clock, Hub& hub) : config_(std::move(config)) {
  for (unsigned i = 0; i < config_.loops; ++i)
    loops_.push_back(std::make_unique<Loop>(config_, clock, hub, i));
}

base::Result<std::unique_ptr<LiveServer>> LiveServer::start(LiveConfig config, base::Clock& clock, Hub& hub) {
  if (config.loops == 0 || config.queue_frames < 2 || config.heartbeats_per_ping == 0 ||
      config.heartbeat_us == 0) {
    return base::fail(base::Code::kInvalid, "start live listener: a setting is zero that must not be",
                      "loops, heartbeat and ping need 1 or more, queue_frames 2 or more");
  }
  HOLESHOT_ASSIGN(Acceptor acceptor, Acceptor::listen(config));
  std::unique_ptr<LiveServer> server{new LiveServer(std::move(config), clock, hub)};
  LiveServer& self = *server;
  HOLESHOT_ASSIGN(self.io_, choose_io(self.config_.io));
  self.address_ = {self.config_.host, acceptor.port()};
  self.loops_.front()->accept_on(std::move(acceptor),
                                 [&self, turn = std::size_t{0}](base::UniqueFd socket) mutable {
                                   self.loops_[turn++ % self.loops_.size()]->adopt(std::move(socket));
                                 });
  for (std::size_t i = 0; i < self.loops_.size(); ++i) {
    self.workers_.emplace_back("live-" + std::to_string(i), [&self, i](const std::stop_token& stop) {
      self.loops_[i]->run(stop, [&self] { return self.farewell_.load(); });
    });
  }
  return server;
}

LiveServer::~LiveServer() { stop(Farewell::kGoingAway); }

void LiveServer::stop(Farewell farewell) {
  farewell_ = farewell;
  for (base::Worker& worker : workers_) worker.request_stop();
  for (base::Worker& worker : workers_) worker.join();
  workers_.clear();
  loops_.clear();
}

void LiveServer::wake() {
  for (const auto& loop : loops_) loop->wake();
}

LiveMetrics::LiveMetrics(const Hub& hub, base::Metrics& metrics)
    : hub_(hub),
      clients_(metrics.gauge("holeshot_live_clients", "Viewers that are connected")),
      waiting_(
          metrics.gauge("holeshot_live_publications_waiting", "Most publications that wait for any loop")),
      connections_(metrics.counter("holeshot_live_connections_total", "WebSocket handshakes done")),
      messages_(metrics.counter("holeshot_live_messages_total", "Frames written to viewers")),
      dropped_(
          metrics.counter("holeshot_live_messages_dropped_total", "Frames that slow viewers did not get")),
      slow_(metrics.counter("holeshot_live_slow_closed_total", "Viewers cut off with 4408")),
      writes_(metrics.counter("holeshot_live_writes_total", "System calls that wrote to viewers")) {}

void LiveMetrics::refresh() {
  const HubStats stats = hub_.stats();
  const auto raise = [](base::Counter& counter, std::uint64_t to) {
    const double now = static_cast<double>(to);
    if (now > counter.value()) counter.add(now - counter.value());
  };
  clients_.set(static_cast<double>(stats.total.active_clients));
  waiting_.set(static_cast<double>(stats.broadcast_usage));
  raise(connections_, stats.total.total_connections);
  raise(messages_, stats.total.total_messages);
  raise(dropped_, stats.total.dropped_messages);
  raise(slow_, stats.total.slow_closed);
  raise(writes_, stats.total.writes);
}

}  // namespace holeshot::live
