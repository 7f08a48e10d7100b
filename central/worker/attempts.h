// Attempts: the tries of the event that a worker has in its hands, and when it gives up. Pure: no clock, no log.
#pragma once

#include <chrono>
#include <cstdint>
#include <utility>

#include "central/log/event_log.h"
#include "central/worker/worker_policy.h"
#include "common/base/result.h"

namespace holeshot::worker {

// Whose fault an error is.
enum class Fault : std::uint8_t {
  kEvent,      // kInvalid: this event can never be handled
  kTransient,  // kRetry, kMissing, kConflict: may be over the next time
  kStore,      // kFull, kClosed, kDenied, kCorrupt: the worker's own store takes nothing, whatever the event
};
[[nodiscard]] Fault fault_of(base::Code code);

enum class Verdict : std::uint8_t { kAgain, kGiveUp, kWait };

// One owner, one thread.
class Attempts {
 public:
  explicit Attempts(WorkerPolicy policy) : policy_(std::move(policy)) {}

  // Handling the event at this offset failed. kAgain: after pause(). kGiveUp: to the dead letters. kWait: after
  // pause(), and no try is counted against the event.
  [[nodiscard]] Verdict failed(log::Offset event, const base::Error& error);

  // How often the event at hand has been tried; 0 where none has failed.
  [[nodiscard]] std::uint32_t tries() const { return tries_; }
  [[nodiscard]] std::chrono::milliseconds pause() const { return pause_; }
  // It failed, and is neither handled nor given up yet.
  [[nodiscard]] bool waiting() const { return waiting_; }
  // It was handled, or given up.
  void done();

 private:
  const WorkerPolicy policy_;
  log::Offset event_;
  std::uint32_t tries_ = 0;
  std::uint32_t waits_ = 0;
  bool waiting_ = false;
  std::chrono::milliseconds pause_{0};
};

}  // namespace holeshot::worker
