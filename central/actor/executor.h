// Executor: a few threads for many strands. A strand's turn runs on one thread at a time, and the strands take
// turns, so a busy track cannot starve another.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <stop_token>
#include <vector>

#include "common/base/worker.h"

namespace holeshot::actor {

class Executor;

// What runs on an Executor. Before its destructor ends, somebody retires it.
class Strand {
 public:
  enum class Next : std::uint8_t {
    kIdle,   // nothing to do until the next wake()
    kMore,   // more is waiting: after the others have had their turn
    kLater,  // something outside failed: once more after kRetryPause
  };
  Strand() = default;
  virtual ~Strand() = default;
  Strand(const Strand&) = delete;
  Strand& operator=(const Strand&) = delete;

 protected:
  // A bounded piece of work. On some thread of the executor, never on two at a time.
  virtual Next turn() = 0;

 private:
  friend class Executor;
  enum class State : std::uint8_t { kResting, kQueued, kRunning, kRunningWoken, kDelayed, kRetired };
  State state_ = State::kResting;  // guarded by the executor's mutex
};

// Two: one track may wait for its disk while another computes. Tracks race one gate a minute.
inline constexpr unsigned kDefaultThreads = 2;
// A log that refused an append is asked again this much later.
inline constexpr std::chrono::milliseconds kRetryPause{200};

// Thread-safe. Destruction finishes the turns that run and drops the queued ones.
class Executor {
 public:
  explicit Executor(unsigned threads = kDefaultThreads);
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // Gives the strand a turn soon. A wake during its turn gives it another one.
  void wake(Strand& strand);
  // The strand gets no more turns; returns when none runs. Not from within a turn.
  void retire(Strand& strand);

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Delayed {
    Time due;
    Strand* strand;
  };
  void work(const std::stop_token& stop);
  Strand* next(const std::stop_token& stop);
  void promote_due(Time now);
  void settle(Strand& strand, Strand::Next next);

  std::mutex mutex_;
  std::condition_variable_any ready_;
  std::condition_variable settled_;
  std::deque<Strand*> queue_;
  std::deque<Delayed> delayed_;  // by due time
  std::vector<base::Worker> workers_;
};

}  // namespace holeshot::actor
