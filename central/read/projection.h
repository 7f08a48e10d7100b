// Projection: something derived from the log that can be thrown away and derived again. ProjectionWorker is
// the thread that keeps one up with the log.
#pragma once

#include <span>
#include <stop_token>
#include <string_view>

#include "central/log/event_log.h"
#include "common/base/result.h"
#include "common/base/worker.h"

namespace holeshot::read {

// apply() is called by one thread at a time; the rest from any thread.
class Projection {
 public:
  virtual ~Projection() = default;

  // Whether events of this subject are for it.
  [[nodiscard]] virtual bool wants(std::string_view subject) const = 0;

  // Everything wanted up to here has been applied.
  [[nodiscard]] virtual log::Offset applied() const = 0;

  // `events` are all wanted events past applied() up to and including `through`, in log order. Idempotent:
  // what is at or before applied() is passed over. All or nothing: after an error the same call may be
  // repeated. An event that cannot be read is counted and passed over; its neighbours are applied.
  [[nodiscard]] virtual base::Status apply(std::span<const log::Event> events, log::Offset through) = 0;
};

// One step: reads what `projection` wants past applied() and applies it. `subjects` given to the log are
// those it has that are wanted. True if there may be more.
[[nodiscard]] base::Result<bool> catch_up_once(log::EventLog& log, Projection& projection);

// Tails the log until destroyed. After an error it waits a little longer each time and goes on from where it
// was.
class ProjectionWorker {
 public:
  // Both outlive the worker.
  ProjectionWorker(log::EventLog& log, Projection& projection);

  // Its thread lives. Any thread.
  [[nodiscard]] bool running() const { return worker_.running(); }

 private:
  void run(const std::stop_token& stop);
  log::EventLog& log_;
  Projection& projection_;
  base::Worker worker_;
};

}  // namespace holeshot::read
