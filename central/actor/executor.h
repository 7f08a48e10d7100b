// Executor: a few threads for many strands. A strand's turn runs on one thread at a time. Strands that are nearly
// through go before those with a long way to go, and these still get their share: so neither a busy track nor one
// that was away for a day holds another up.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <stop_token>
#include <vector>

#include "common/base/worker.h"

namespace holeshot::actor {

class Executor;

// A log that refused an append is asked again this much later.
inline constexpr std::chrono::milliseconds kRetryPause{200};

// What runs on an Executor. Before its destructor ends, somebody retires it.
class Strand {
 public:
  enum class Next : std::uint8_t {
    kIdle,   // nothing to do until the next wake()
    kMore,   // a turn was not enough: it is catching up, and goes behind those that are not
    kLater,  // something outside failed: once more after pause()
  };
  Strand() = default;
  virtual ~Strand() = default;
  Strand(const Strand&) = delete;
  Strand& operator=(const Strand&) = delete;

 protected:
  // A bounded piece of work. On some thread of the executor, never on two at a time.
  virtual Next turn() = 0;
  // How long kLater is. Asked after the turn, on its thread.
  [[nodiscard]] virtual std::chrono::milliseconds pause() const { return kRetryPause; }

 private:
  friend class Executor;
  enum class State : std::uint8_t { kResting, kQueued, kRunning, kRunningWoken, kDelayed, kRetired };
  // Guarded by the executor's mutex.
  State state_ = State::kResting;
  bool catching_up_ = false;
  std::uint64_t queued_at_turn_ = 0;
};

// Two: one track may wait for its disk while another computes. Tracks race one gate a minute.
inline constexpr unsigned kDefaultThreads = 2;
// While live strands leave no gap, one turn in this many goes to one that catches up: a tenth of the time brings a
// day's backlog home within the evening, and costs a live strand at most one turn of waiting more.
inline constexpr unsigned kLiveTurnsPerCatchUp = 9;

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

  struct Stats {
    std::uint64_t turns = 0;           // begun
    std::uint64_t catch_up_turns = 0;  // of those
    // The most turns of others that began while a live strand stood in the queue.
    std::uint64_t longest_wait = 0;
  };
  [[nodiscard]] Stats stats() const;

 private:
  using Time = std::chrono::steady_clock::time_point;
  void work(const std::stop_token& stop);
  Strand* next(const std::stop_token& stop);
  Strand* take();
  void enqueue(Strand& strand, bool catching_up);
  void promote_due(Time now);
  void settle(Strand& strand, Strand::Next next, std::chrono::milliseconds pause);
  [[nodiscard]] bool may_catch_up() const;

  // Where there are several threads, one of them is always free for live strands: a turn of catching up then delays
  // nobody at all.
  const unsigned most_catching_up_;
  mutable std::mutex mutex_;
  std::condition_variable_any ready_;
  std::condition_variable settled_;
  std::deque<Strand*> live_;
  std::deque<Strand*> behind_;
  std::multimap<Time, Strand*> delayed_;
  unsigned catching_up_now_ = 0;
  unsigned live_in_a_row_ = 0;
  Stats stats_;
  std::vector<base::Worker> workers_;
};

}  // namespace holeshot::actor
