// Intake: what the followers of all streams brought, merged into one order for the applier. JetStream keeps order
// within a stream only; between streams the time at which central took an event in decides, so that a cause comes
// before its effect also where a whole history is read at once.
//
// Thread-safe: one thread per stream pushes, one takes.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <vector>

#include "central/log/jetstream/message.h"

namespace holeshot::log {

struct Arrival {
  std::size_t stream = 0;
  std::uint64_t seq = 0;  // in the stream
  Message message;
  std::optional<Decoded> decoded;  // nullopt: not ours, or damaged; only its place counts

  [[nodiscard]] std::uint64_t stamp() const { return decoded ? decoded->appended_at_us : 0; }
};

class Intake {
 public:
  explicit Intake(std::size_t streams) : queues_(streams) {}

  // Waits while the stream has too much here already. False when `stop` asks.
  [[nodiscard]] bool push(Arrival arrival, std::stop_token stop);
  // While older messages of this stream are on their way, nothing younger is given out. Off as soon as it has caught
  // up, and while it is in trouble: nobody waits for a stream that is away.
  void expect(std::size_t stream, bool older);
  // What there is, oldest first, up to what one transaction takes. Waits for the first; empty when `stop` asks.
  [[nodiscard]] std::vector<Arrival> take(std::stop_token stop);

 private:
  struct Queue {
    std::deque<Arrival> arrivals;
    std::size_t bytes = 0;
    // At the start everything is expected: what comes first is not what is oldest.
    bool expecting = true;
  };
  [[nodiscard]] bool something() const;
  [[nodiscard]] Queue* oldest();

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<Queue> queues_;  // guarded by mutex_
};

}  // namespace holeshot::log
