// Progress: what one worker tells about itself while it works. The worker writes, anybody reads; the Supervisor knows
// of it from its making to its end.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "central/log/event_log.h"
#include "central/worker/worker_policy.h"
#include "central/worker/worker_status.h"
#include "common/base/result.h"

namespace holeshot::worker {

class Supervisor;

struct WorkerAbout {
  WorkerPolicy policy;
  std::string track;                  // empty where it serves all
  std::vector<std::string> subjects;  // what it reads; empty = it goes by the whole log's offsets
};

// Thread-safe.
class Progress {
 public:
  // The supervisor may be null (nobody watches), and otherwise outlives this.
  Progress(WorkerAbout about, Supervisor* supervisor);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // The worker has taken this event (or the batch that begins with it) up: its deadline runs until done().
  void handed(log::Offset event);
  // Everything through `cursor` is handled, by `deliveries` more events.
  void done(log::Offset cursor, std::uint64_t deliveries);
  // It has put down what it held without being through.
  void put_down();

  // One turn was not enough for all there is, or it was.
  void behind(bool more);
  // Waits and will try again: `retry` where an event is tried again, not where the log or the disk is waited for.
  void waits(const base::Error& error, bool retry);
  void dead_lettered(const base::Error& error);
  // Retention removed events before they were handled.
  void found_gap(const base::Error& what);

  [[nodiscard]] const WorkerAbout& about() const { return about_; }
  // Without lag and lag_us, which the log knows.
  [[nodiscard]] WorkerStatus status(std::uint64_t mono_us) const;

  // What is held beyond the deadline.
  struct Overdue {
    log::Offset event;
    std::chrono::microseconds held{0};
    bool is_news = false;  // not told before
  };
  [[nodiscard]] std::optional<Overdue> overdue(std::uint64_t mono_us) const;
  // As overdue(), and counts it once.
  std::optional<Overdue> note_overdue(std::uint64_t mono_us);

 private:
  [[nodiscard]] std::optional<Overdue> overdue_locked(std::uint64_t mono_us) const;

  const WorkerAbout about_;
  Supervisor* const supervisor_;
  mutable std::mutex mutex_;  // guards what follows
  WorkerStatus told_;         // its state is kLive, kCatchingUp or kWaiting
  std::optional<log::Offset> held_;
  std::uint64_t since_us_ = 0;
  bool overdue_told_ = false;
};

}  // namespace holeshot::worker
