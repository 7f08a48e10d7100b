#include "central/log/jetstream/intake.h"

#include <algorithm>
#include <utility>

namespace holeshot::log {

namespace {

// Enough that the applier never waits for a reader, little enough for a small machine with six streams.
constexpr std::size_t kMaxQueuedBytes = 16U << 20;
// What goes into one transaction: as the replica's own group commit.
constexpr std::size_t kMaxTakenBytes = 8U << 20;

std::size_t bytes_of(const Arrival& arrival) {
  constexpr std::size_t kOverhead = 256;
  return arrival.message.body.size() + kOverhead;
}

}  // namespace

bool Intake::push(Arrival arrival, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  Queue& queue = queues_[arrival.stream];
  if (!changed_.wait(lock, std::move(stop), [&] { return queue.bytes < kMaxQueuedBytes; })) return false;
  queue.bytes += bytes_of(arrival);
  queue.arrivals.push_back(std::move(arrival));
  changed_.notify_all();
  return true;
}

void Intake::expect(std::size_t stream, bool older) {
  const std::scoped_lock lock(mutex_);
  queues_[stream].expecting = older;
  changed_.notify_all();
}

bool Intake::something() const {
  bool any = false;
  for (const Queue& queue : queues_) {
    if (queue.expecting && queue.arrivals.empty()) return false;
    any = any || !queue.arrivals.empty();
  }
  return any;
}

Intake::Queue* Intake::oldest() {
  Queue* found = nullptr;
  for (Queue& queue : queues_) {
    if (queue.arrivals.empty()) continue;
    if (found == nullptr || queue.arrivals.front().stamp() < found->arrivals.front().stamp()) found = &queue;
  }
  return found;
}

std::vector<Arrival> Intake::take(std::stop_token stop) {
  std::vector<Arrival> taken;
  std::size_t bytes = 0;
  std::unique_lock lock(mutex_);
  if (!changed_.wait(lock, std::move(stop), [&] { return something(); })) return taken;
  while (something() && bytes < kMaxTakenBytes) {
    Queue& queue = *oldest();
    const std::size_t size = bytes_of(queue.arrivals.front());
    bytes += size;
    queue.bytes -= size;
    taken.push_back(std::move(queue.arrivals.front()));
    queue.arrivals.pop_front();
  }
  changed_.notify_all();
  return taken;
}

}  // namespace holeshot::log
