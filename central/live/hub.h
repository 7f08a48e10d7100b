// Hub: the one entrance to the live rooms. Publishers call publish() from any thread; every loop takes what
// was published, in that order, through its HubPort.
//
// Guarantee: what is published to one topic reaches every viewer of it in the order of publish() calls, and a
// viewer who joins gets the snapshot of number S and then exactly the frames after S: none twice, none
// missing (but for deltas, which a snapshot or keyframe replaces).
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "central/live/past.h"
#include "central/live/topic_log.h"
#include "common/base/fd.h"
#include "common/base/result.h"

namespace holeshot::live {

// How one loop is doing. Written by the loop, read by anybody.
struct LoopCounters {
  std::atomic<std::uint64_t> active_clients{0};     // viewers whose handshake is done
  std::atomic<std::uint64_t> total_connections{0};  // handshakes done since the start
  std::atomic<std::uint64_t> total_messages{0};     // frames written to sockets
  std::atomic<std::uint64_t> dropped_messages{0};  // deltas skipped, and frames a viewer lost who was cut off
  std::atomic<std::uint64_t> slow_closed{0};       // viewers cut off with 4408
  std::atomic<std::uint64_t> writes{0};            // system calls that wrote
  std::atomic<std::uint64_t> lag_us{
      0};  // from taking what was published to its last viewer: the most since somebody asked
};

struct LoopStats {
  std::uint64_t active_clients = 0;
  std::uint64_t total_connections = 0;
  std::uint64_t total_messages = 0;
  std::uint64_t dropped_messages = 0;
  std::uint64_t slow_closed = 0;
  std::uint64_t writes = 0;
  std::uint64_t waiting = 0;  // publications not yet taken by the loop
};

struct HubStats {
  LoopStats total;                       // loops that have ended are included, but for `active_clients`
  std::uint64_t broadcast_capacity = 0;  // publications that may wait for one loop
  std::uint64_t broadcast_usage = 0;     // the most that wait for any loop now
  std::vector<LoopStats> loops;
};

struct HubLimits {
  // At 20 ticks a second of one moto, a viewer that lost its connection for 50 s can still go on where it was; of two, 25 s.
  std::size_t history_frames = 1024;
  // A loop takes all that waits in each round of some milliseconds; what is here is for a machine that stood
  // still.
  std::size_t waiting_publications = 4096;
};

class Hub;

// One loop's end of the hub. take() and topics() belong to the loop's thread; the rest may be called from
// any.
class HubPort {
 public:
  HubPort(Hub& hub, std::map<TopicKey, TopicLog> topics) : hub_(hub), topics_(std::move(topics)) {}
  ~HubPort();  // publishers do not wait for this loop any more
  HubPort(const HubPort&) = delete;
  HubPort& operator=(const HubPort&) = delete;

  // All that was published since the last call.
  [[nodiscard]] std::vector<PublicationPtr> take();
  // This loop's own copy of the recent past, as of attach(); the loop applies to it what it takes.
  [[nodiscard]] std::map<TopicKey, TopicLog>& topics() { return topics_; }
  // Readable when there is something to take.
  [[nodiscard]] const base::WakeFd& wake_fd() const { return wake_; }
  [[nodiscard]] LoopCounters& counters() { return counters_; }
  [[nodiscard]] Hub& hub() { return hub_; }

 private:
  friend class Hub;
  Hub& hub_;
  std::map<TopicKey, TopicLog> topics_;
  base::WakeFd wake_;
  LoopCounters counters_;
  std::vector<PublicationPtr> inbox_;  // under the hub's mutex
};

// Thread-safe. Outlives its ports.
class Hub {
 public:
  explicit Hub(HubLimits limits = {}) : limits_(limits) {}
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  // Hands over; waits only while a loop is more than `waiting_publications` behind. kInvalid where the
  // publication does not continue its topic (TopicLog::check): nothing was handed over then. REQUIRES: not
  // called on a loop's thread.
  [[nodiscard]] base::Status publish(Publication publication);

  [[nodiscard]] HubStats stats() const;
  // Viewers subscribed to a topic, on all loops; of both encodings, or of one.
  [[nodiscard]] std::uint64_t viewers(const TopicKey& topic) const;
  [[nodiscard]] std::uint64_t viewers(const TopicKey& topic, Encoding encoding) const;

  // How late the slowest loop has handed over since this was asked last; 0 where nothing was to be handed over.
  [[nodiscard]] std::uint64_t take_lag_us();
  // How many deltas in a hundred go to viewers that left the rate to us (thinning.h); 100: all. Set by whoever watches the
  // lag; the loops follow with the next publication.
  [[nodiscard]] unsigned sampling_percent() const {
    return sampling_percent_.load(std::memory_order_relaxed);
  }
  void set_sampling_percent(unsigned percent) { sampling_percent_.store(percent, std::memory_order_relaxed); }

  // Whether anything was ever published to it.
  [[nodiscard]] bool knows(const TopicKey& topic) const;
  // What somebody has missed of a topic; nullopt where nothing was ever published to it.
  [[nodiscard]] std::optional<Past> past(const TopicKey& topic, const PastQuery& query) const;
  // Where the numbering of each topic is that was published to.
  struct Mark {
    std::uint64_t epoch = 0;
    std::uint64_t seq = 0;
    std::uint64_t viewers = 0;
  };
  [[nodiscard]] std::map<TopicKey, Mark> marks() const;

  // --- for loops ---
  [[nodiscard]] std::unique_ptr<HubPort> attach();
  void viewer_joined(const TopicKey& topic, Encoding encoding = Encoding::kJson);
  void viewer_left(const TopicKey& topic, Encoding encoding = Encoding::kJson);
  [[nodiscard]] std::size_t history_frames() const { return limits_.history_frames; }

 private:
  friend class HubPort;
  void detach(HubPort& port);
  [[nodiscard]] std::size_t most_waiting() const;

  const HubLimits limits_;
  std::atomic<unsigned> sampling_percent_{100};
  mutable std::mutex mutex_;  // guards all below, and the ports' inboxes
  std::condition_variable room_;
  std::map<TopicKey, TopicLog> topics_;
  std::map<TopicKey, std::array<std::uint64_t, 2>> viewers_;  // by encoding
  std::vector<HubPort*> ports_;
  LoopStats ended_;
};

}  // namespace holeshot::live
