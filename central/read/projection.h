// Projection: something derived from the log that can be thrown away and derived again. ProjectionWorker is
// the thread that keeps one up with the log.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <span>
#include <stop_token>
#include <string_view>
#include <vector>

#include "central/log/event_log.h"
#include "central/worker/attempts.h"
#include "central/worker/progress.h"
#include "central/worker/worker_policy.h"
#include "common/base/result.h"
#include "common/base/worker.h"

namespace holeshot::read {

// An event that a projection can never apply, and why.
struct Refusal {
  const log::Event* event = nullptr;
  base::Error error;
};
// Keeps what was refused, before the projection moves past it. May be empty: then it is only counted.
using Refuse = std::function<base::Status(std::span<const Refusal>)>;

// apply() is called by one thread at a time; the rest from any thread.
class Projection {
 public:
  virtual ~Projection() = default;

  // Whether events of this subject are for it.
  [[nodiscard]] virtual bool wants(std::string_view subject) const = 0;

  // Everything wanted up to here has been applied.
  [[nodiscard]] virtual log::Offset applied() const = 0;

  // `events` are the wanted events past applied() up to and including `through`, in log order; one that is left out is
  // passed over. Idempotent: what is at or before applied() is passed over. All or nothing: after an error the same
  // call may be repeated. Events that cannot be read are given to `refuse`, once for all of the call; their neighbours
  // are applied. An error of `refuse` is the call's.
  [[nodiscard]] virtual base::Status apply(std::span<const log::Event> events, log::Offset through,
                                           const Refuse& refuse) = 0;
};

// As much as a transaction carries without readers noticing how long it takes; a sync per thousand is none per event.
inline constexpr std::size_t kEventsPerBatch = 1000;

// One step: reads what `projection` wants past applied() and applies it. How many events that were; 0 where there was
// nothing.
[[nodiscard]] base::Result<std::size_t> catch_up_once(log::EventLog& log, Projection& projection,
                                                      const Refuse& refuse = {});

// Tails the log until destroyed, as its policy says (docs/workers.md): an event that fails for a reason that may pass
// is tried again and at last given up, one that cannot be read is given up at once, both to the dead letters. While the
// log or the projection's own store takes nothing it waits.
class ProjectionWorker {
 public:
  // All outlive the worker. The supervisor may be null.
  ProjectionWorker(log::EventLog& log, Projection& projection, worker::Supervisor* supervisor = nullptr,
                   const worker::WorkerPolicy& policy = worker::default_policy(worker::kProjection));

  // Its thread lives. Any thread.
  [[nodiscard]] bool running() const { return worker_.running(); }

 private:
  void run(const std::stop_token& stop);
  // How many events, or why it has to pause.
  base::Result<std::size_t> step();
  base::Status bury(std::span<const Refusal> refused);
  base::Status failed(std::span<const log::Event> events, const base::Error& error);
  void stands_still(const base::Error& error);
  void goes_on();

  log::EventLog& log_;
  Projection& projection_;
  const worker::WorkerPolicy policy_;
  worker::Progress progress_;
  worker::Attempts attempts_;
  log::Offset one_by_one_until_;  // a batch up to here failed: which of its events it was shows one at a time
  bool log_refused_ = false;      // the error at hand is the log's
  bool retrying_ = false;         // the error at hand is an event's
  std::uint32_t failures_ = 0;    // in a row
  base::Worker worker_;           // last: stops before the rest goes
};

}  // namespace holeshot::read
