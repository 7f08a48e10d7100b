#include "central/live/hub.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"

namespace holeshot::live {

namespace {

LoopStats read(const LoopCounters& c, std::size_t waiting) {
  constexpr auto kRelaxed = std::memory_order_relaxed;
  return {c.active_clients.load(kRelaxed),
          c.total_connections.load(kRelaxed),
          c.total_messages.load(kRelaxed),
          c.dropped_messages.load(kRelaxed),
          c.slow_closed.load(kRelaxed),
          c.writes.load(kRelaxed),
          waiting};
}

void add(LoopStats& sum, const LoopStats& one) {
  sum.active_clients += one.active_clients;
  sum.total_connections += one.total_connections;
  sum.total_messages += one.total_messages;
  sum.dropped_messages += one.dropped_messages;
  sum.slow_closed += one.slow_closed;
  sum.writes += one.writes;
  sum.waiting += one.waiting;
}

}  // namespace

HubPort::~HubPort() { hub_.detach(*this); }

std::vector<PublicationPtr> HubPort::take() {
  std::vector<PublicationPtr> taken;
  {
    const std::scoped_lock lock(hub_.mutex_);
    taken.swap(inbox_);
  }
  if (!taken.empty()) hub_.room_.notify_all();
  return taken;
}

Hub::~Hub() { HOLESHOT_CHECK(ports_.empty(), "the hub outlives its loops"); }

std::size_t Hub::most_waiting() const {
  std::size_t most = 0;
  for (const HubPort* port : ports_) most = std::max(most, port->inbox_.size());
  return most;
}

base::Status Hub::publish(Publication publication) {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [&] { return most_waiting() < limits_.waiting_publications; });
  // The log is made only for a publication that may begin one: a refused track leaves nothing behind.
  const auto found = topics_.find(publication.topic);
  HOLESHOT_TRY(found != topics_.end() ? found->second.check(publication) : TopicLog(1).check(publication));
  const auto shared = std::make_shared<const Publication>(std::move(publication));
  TopicLog& log = found != topics_.end()
                      ? found->second
                      : topics_.try_emplace(shared->topic, limits_.history_frames).first->second;
  log.apply(*shared);
  for (HubPort* port : ports_) {
    const bool was_empty = port->inbox_.empty();
    port->inbox_.push_back(shared);
    if (was_empty) port->wake_.wake();
  }
  return {};
}

std::unique_ptr<HubPort> Hub::attach() {
  const std::scoped_lock lock(mutex_);
  auto port = std::make_unique<HubPort>(*this, topics_);
  ports_.push_back(port.get());
  return port;
}

void Hub::detach(HubPort& port) {
  {
    const std::scoped_lock lock(mutex_);
    std::erase(ports_, &port);
    LoopStats last = read(port.counters_, 0);
    last.active_clients = 0;
    add(ended_, last);
  }
  room_.notify_all();
}

HubStats Hub::stats() const {
  const std::scoped_lock lock(mutex_);
  HubStats stats;
  stats.total = ended_;
  stats.broadcast_capacity = limits_.waiting_publications;
  stats.broadcast_usage = most_waiting();
  for (HubPort* port : ports_) {
    stats.loops.push_back(read(port->counters_, port->inbox_.size()));
    add(stats.total, stats.loops.back());
  }
  return stats;
}

std::uint64_t Hub::viewers(const TopicKey& topic) const {
  return viewers(topic, Encoding::kJson) + viewers(topic, Encoding::kBinary);
}

std::uint64_t Hub::viewers(const TopicKey& topic, Encoding encoding) const {
  const std::scoped_lock lock(mutex_);
  const auto found = viewers_.find(topic);
  return found == viewers_.end() ? 0 : found->second[static_cast<std::size_t>(encoding)];
}

bool Hub::knows(const TopicKey& topic) const {
  const std::scoped_lock lock(mutex_);
  return topics_.contains(topic);
}

std::optional<Past> Hub::past(const TopicKey& topic, const PastQuery& query) const {
  const std::scoped_lock lock(mutex_);
  const auto found = topics_.find(topic);
  return found == topics_.end() ? std::nullopt : std::optional{past_of(found->second, query)};
}

std::map<TopicKey, Hub::Mark> Hub::marks() const {
  const std::scoped_lock lock(mutex_);
  std::map<TopicKey, Mark> marks;
  for (const auto& [topic, log] : topics_) {
    const auto watched = viewers_.find(topic);
    const std::uint64_t viewers = watched == viewers_.end() ? 0 : watched->second[0] + watched->second[1];
    marks[topic] = {log.epoch(), log.last_seq(), viewers};
  }
  return marks;
}

std::uint64_t Hub::take_lag_us() {
  const std::scoped_lock lock(mutex_);
  std::uint64_t most = 0;
  for (HubPort* port : ports_) most = std::max(most, port->counters_.lag_us.exchange(0));
  return most;
}

void Hub::viewer_joined(const TopicKey& topic, Encoding encoding) {
  const std::scoped_lock lock(mutex_);
  ++viewers_[topic][static_cast<std::size_t>(encoding)];
}

void Hub::viewer_left(const TopicKey& topic, Encoding encoding) {
  const std::scoped_lock lock(mutex_);
  const auto found = viewers_.find(topic);
  HOLESHOT_CHECK(found != viewers_.end() && found->second[static_cast<std::size_t>(encoding)] > 0,
                 "nobody leaves who did not join");
  --found->second[static_cast<std::size_t>(encoding)];
  if (found->second[0] + found->second[1] == 0) viewers_.erase(found);
}

}  // namespace holeshot::live
