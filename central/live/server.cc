#include "central/live/server.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <iterator>
#include <mutex>
#include <optional>
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

LiveServer::LiveServer(LiveConfig config, base::Clock& clock, Hub& hub)
    : config_(std::move(config)), front_(config_) {
  for (unsigned i = 0; i < config_.loops; ++i)
    loops_.push_back(std::make_unique<Loop>(config_, clock, hub, i, front_));
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
  const std::unique_lock lock(loops_mutex_);
  loops_.clear();
}

namespace {

// What loops answer, waited for by whoever asked. Shared: a loop may answer when nobody waits any more.
template <class T>
class Answers {
 public:
  void add(T answer) {
    {
      const std::scoped_lock lock(mutex_);
      all_.push_back(std::move(answer));
    }
    came_.notify_one();
  }
  // nullopt where fewer came in time.
  std::optional<std::vector<T>> wait_for(std::size_t count) {
    // A turn of a loop is some milliseconds.
    constexpr std::chrono::seconds kPatience{1};
    std::unique_lock lock(mutex_);
    if (!came_.wait_for(lock, kPatience, [&] { return all_.size() >= count; })) return std::nullopt;
    return std::move(all_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<T> all_;
};

std::unexpected<base::Error> no_answer() {
  return base::fail(base::Code::kRetry, "live listener: a loop did not answer in a second", "try again");
}

// "0-17" as loop 0, viewer 17.
std::optional<std::pair<std::size_t, std::uint64_t>> split_client_id(const std::string& id) {
  std::size_t loop = 0;
  std::uint64_t viewer = 0;
  const char* const end = id.data() + id.size();
  const auto first = std::from_chars(id.data(), end, loop);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '-') return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, end, viewer);
  if (second.ec != std::errc{} || second.ptr != end) return std::nullopt;
  return std::pair{loop, viewer};
}

// What every loop says, one after the other; kRetry where one does not.
template <class T>
base::Result<std::vector<T>> ask_all(const std::vector<std::unique_ptr<Loop>>& loops,
                                     const std::function<T(const Loop&)>& question) {
  const auto answers = std::make_shared<Answers<T>>();
  for (const auto& loop : loops) {
    if (!loop->post([answers, question](Loop& self) { answers->add(question(self)); })) return no_answer();
  }
  auto all = answers->wait_for(loops.size());
  if (!all) return no_answer();
  return *std::move(all);
}

}  // namespace

base::Result<std::map<TopicKey, TopicStats>> LiveServer::topics() {
  using Topics = std::map<TopicKey, TopicStats>;
  const std::shared_lock lock(loops_mutex_);
  HOLESHOT_ASSIGN(const auto parts, ask_all<Topics>(loops_, [](const Loop& loop) { return loop.topics(); }));
  Topics sum;
  for (const Topics& part : parts) {
    for (const auto& [topic, stats] : part) {
      sum[topic].viewers += stats.viewers;
      sum[topic].dropped += stats.dropped;
      sum[topic].buffered_bytes += stats.buffered_bytes;
    }
  }
  return sum;
}

base::Result<std::vector<ViewerReport>> LiveServer::viewers() {
  const std::shared_lock lock(loops_mutex_);
  HOLESHOT_ASSIGN(auto parts, ask_all<std::vector<ViewerReport>>(
                                  loops_, [](const Loop& loop) { return loop.viewers(); }));
  std::vector<ViewerReport> all;
  for (auto& part : parts) std::ranges::move(part, std::back_inserter(all));
  return all;
}

base::Status LiveServer::kick(const std::string& client_id, const std::string& reason) {
  const auto at = split_client_id(client_id);
  const auto missing = [&] { return base::fail(base::Code::kMissing, "no viewer is called " + client_id); };
  const std::shared_lock lock(loops_mutex_);
  if (!at || at->first >= loops_.size()) return missing();
  const auto answers = std::make_shared<Answers<bool>>();
  const bool posted = loops_[at->first]->post(
      [answers, viewer = at->second, reason](Loop& self) { answers->add(self.kick(viewer, reason)); });
  const auto done = posted ? answers->wait_for(1) : std::nullopt;
  if (!done) return no_answer();
  return done->front() ? base::Status{} : missing();
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
