// Lanes: the queue in front of each subject. Callers queue up; the one at the front takes all that wait, up to what a
// message holds, and publishes it as one message. The next message of the subject leaves only after the stream has
// answered for this one: so neither a lost answer nor a new leader can turn the order around, and grouping gives back
// the throughput that waiting costs (one message carries a thousand events).
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "central/log/event_log.h"
#include "central/log/jetstream/progress.h"
#include "central/log/jetstream/tickets.h"
#include "common/base/clock.h"
#include "common/base/result.h"

namespace holeshot::log {

// An answer that takes longer is lost more likely than slow; sent again, the message's id makes it harmless.
inline constexpr std::chrono::milliseconds kResendAfter{1000};

// What lanes need done.
struct LaneWays {
  std::function<base::Status(const Ticket&)> publish;
  // Verdicts of events that the replica holds already.
  std::function<base::Result<std::vector<Appended>>(std::span<const NewEvent>)> judge;
};

// Thread-safe.
class Lanes {
 public:
  // All of them outlive it.
  Lanes(Tickets& tickets, Progress& progress, const base::Clock& clock, std::string node, LaneWays ways);

  // Returns when the stream has the events and the replica has them synced. kRetry at the deadline: then they may be
  // there or not, and the retry finds out. REQUIRES: at least one event, all of one subject, which `stream` takes.
  [[nodiscard]] base::Result<std::vector<Appended>> append(std::size_t stream,
                                                           std::span<const NewEvent> events,
                                                           Deadline deadline);

 private:
  // Where a caller's events are in a message.
  struct Slice {
    std::shared_ptr<Ticket> ticket;
    std::size_t first = 0;
    std::span<const NewEvent> events;
  };
  struct Waiter {
    std::span<const NewEvent> events;
    std::vector<Slice> slices;
    base::Status status;
    bool done = false;
    std::condition_variable ready;
  };
  using Queue = std::deque<Waiter*>;
  struct Outgoing {
    Parts parts;
    std::vector<Waiter*> owners;  // of each part
  };

  [[nodiscard]] static std::vector<Waiter*> take_group(const Queue& queue);
  [[nodiscard]] static std::vector<Outgoing> cut(const std::vector<Waiter*>& group);
  void publish_group(std::size_t stream, const std::vector<Waiter*>& group, Deadline deadline);
  [[nodiscard]] base::Status send(std::size_t stream, const Outgoing& outgoing, Deadline deadline);
  [[nodiscard]] base::Status send_until_answered(std::size_t stream, Ticket& ticket, Deadline deadline);
  [[nodiscard]] base::Result<std::vector<Appended>> collect(std::size_t stream, const Waiter& waiter,
                                                            Deadline deadline);
  [[nodiscard]] base::Result<std::vector<Appended>> verdicts_of(std::size_t stream, const Slice& slice,
                                                                Deadline deadline);

  Tickets& tickets_;
  Progress& progress_;
  const base::Clock& clock_;
  std::string node_;
  LaneWays ways_;

  std::mutex mutex_;
  std::unordered_map<std::string, Queue> lanes_;  // guarded by mutex_; one per subject that somebody waits on
};

}  // namespace holeshot::log
