#include "central/read/projection.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "common/base/backoff.h"
#include "common/base/log.h"

namespace holeshot::read {

namespace {

// Only how soon a stop or a lost wake-up is noticed; new events wake the worker at once.
constexpr std::chrono::milliseconds kWaitLimit{500};
constexpr std::chrono::milliseconds kFirstRetry{50};
constexpr std::chrono::seconds kLongestRetry{5};

std::vector<std::string> wanted_subjects(const log::EventLog& log, const Projection& projection) {
  std::vector<std::string> subjects = log.subjects();
  std::erase_if(subjects, [&](const std::string& name) { return !projection.wants(name); });
  return subjects;
}

// Sleeps, but not through a stop.
void pause(const std::stop_token& stop, std::chrono::microseconds length) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, length, [] { return false; });
}

}  // namespace

base::Result<bool> catch_up_once(log::EventLog& log, Projection& projection) {
  const log::Offset end = log.last();
  if (end <= projection.applied()) return false;
  // Asked after last(), so every subject of an event up to `end` is in it. What was appended since may be of a
  // subject that is not, so it waits for the next look.
  log::ReadRange range;
  range.after = projection.applied();
  range.subjects = wanted_subjects(log, projection);
  std::vector<log::Event> events;
  if (!range.subjects.empty()) {  // an empty list would mean all of them
    HOLESHOT_ASSIGN(events, log.read(range));
  }
  std::erase_if(events, [end](const log::Event& event) { return event.offset > end; });
  const log::Offset through = events.empty() ? end : events.back().offset;
  HOLESHOT_TRY(projection.apply(events, through));
  return !events.empty();
}

ProjectionWorker::ProjectionWorker(log::EventLog& log, Projection& projection)
    : log_(log),
      projection_(projection),
      worker_("projection", [this](std::stop_token stop) { run(stop); }) {}

void ProjectionWorker::run(const std::stop_token& stop) {
  base::Backoff backoff{kFirstRetry, kLongestRetry, 1};
  while (!stop.stop_requested()) {
    const auto more = catch_up_once(log_, projection_);
    if (!more) {
      if (backoff.failures() == 0) {
        base::log_error("read", "projection stands still", {{"error", more.error().text()}});
      }
      pause(stop, backoff.next());
      continue;
    }
    if (backoff.failures() > 0) {
      base::log_info("read", "projection goes on", {{"previous_errors", backoff.failures()}});
      backoff.reset();
    }
    if (!*more) (void)log_.wait_past(projection_.applied(), stop, kWaitLimit);
  }
}

}  // namespace holeshot::read
