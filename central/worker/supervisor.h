// Supervisor: watches every worker that consumes the log, with one thread for all. A worker that holds an event beyond
// its deadline is counted and said, shown by /ready, and after a while makes healthy() false, so that the service
// manager's watchdog starts central again. It stops nobody: a thread that hangs cannot be stopped from outside.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "central/log/event_log.h"
#include "central/worker/progress.h"
#include "central/worker/worker_status.h"
#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "common/base/worker.h"

namespace holeshot::worker {

// A worker that holds an event this many deadlines long is not coming back.
inline constexpr std::uint32_t kDeadlinesUntilRestart = 4;

// Thread-safe.
class Supervisor {
 public:
  // All outlive it; workers leave before it goes.
  Supervisor(log::EventLog& log, const base::Clock& clock, base::Metrics& metrics);
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // Looks once at everybody.
  void check();
  // Looks by itself from now on, until destruction.
  void start();
  [[nodiscard]] bool running() const { return worker_.running(); }

  // False once a worker is past hope.
  [[nodiscard]] bool healthy() const;
  // kRetry with the name of the worker that holds an event for too long.
  [[nodiscard]] base::Status ready() const;
  // Everybody, by kind and track.
  [[nodiscard]] std::vector<WorkerStatus> statuses() const;
  // Brings the metrics holeshot_worker_* up to date. One call at a time.
  void refresh();

  // For Progress.
  void join(Progress& progress);
  void leave(Progress& progress);
  [[nodiscard]] std::uint64_t mono_us() const { return clock_.mono_us(); }

 private:
  using Name = std::pair<std::string, std::string>;  // kind and track
  void measure(WorkerStatus& status, const std::vector<std::string>& subjects) const;
  void show(const WorkerStatus& status);
  void watch(const std::stop_token& stop);

  log::EventLog& log_;
  const base::Clock& clock_;
  base::Metrics& metrics_;
  mutable std::mutex mutex_;  // guards workers_: a worker leaves only while nobody looks at it
  std::set<Progress*> workers_;
  std::map<Name, WorkerStatus> shown_;  // what the counters hold; refresh() only
  std::condition_variable_any tick_;
  std::mutex ticking_;
  base::Worker worker_;  // last: stops before the rest goes
};

}  // namespace holeshot::worker
