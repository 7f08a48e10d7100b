#include "central/read/projection.h"

#include <array>
#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>

#include "central/worker/dead_letter.h"
#include "common/base/log.h"

namespace holeshot::read {

namespace {

// Only how soon a stop or a lost wake-up is noticed; new events wake the worker at once.
constexpr std::chrono::milliseconds kWaitLimit{500};

std::vector<std::string> wanted_subjects(const log::EventLog& log, const Projection& projection) {
  std::vector<std::string> subjects = log.subjects();
  std::erase_if(subjects, [&](const std::string& name) { return !projection.wants(name); });
  return subjects;
}

// Sleeps, but not through a stop.
void pause(const std::stop_token& stop, std::chrono::milliseconds length) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, length, [] { return false; });
}

struct Batch {
  std::vector<log::Event> events;
  log::Offset through;
};

// What the projection wants next; through == applied() where there is nothing.
base::Result<Batch> read_batch(log::EventLog& log, const Projection& projection, std::size_t max_events) {
  const log::Offset end = log.last();
  if (end <= projection.applied()) return Batch{{}, projection.applied()};
  // Asked after last(), so every subject of an event up to `end` is in it. What was appended since may be of a
  // subject that is not, so it waits for the next look.
  log::ReadRange range;
  range.after = projection.applied();
  range.subjects = wanted_subjects(log, projection);
  range.max_events = max_events;
  Batch batch;
  if (!range.subjects.empty()) {  // an empty list would mean all of them
    HOLESHOT_ASSIGN(batch.events, log.read(range));
  }
  std::erase_if(batch.events, [end](const log::Event& event) { return event.offset > end; });
  batch.through = batch.events.empty() ? end : batch.events.back().offset;
  return batch;
}

}  // namespace

base::Result<std::size_t> catch_up_once(log::EventLog& log, Projection& projection, const Refuse& refuse) {
  HOLESHOT_ASSIGN(const Batch batch, read_batch(log, projection, kEventsPerBatch));
  if (batch.through == projection.applied()) return std::size_t{0};
  HOLESHOT_TRY(projection.apply(batch.events, batch.through, refuse));
  return batch.events.size();
}

ProjectionWorker::ProjectionWorker(log::EventLog& log, Projection& projection, worker::Supervisor* supervisor,
                                   const worker::WorkerPolicy& policy)
    : log_(log),
      projection_(projection),
      policy_(policy),
      progress_({.policy = policy, .track = {}, .subjects = {}}, supervisor),
      attempts_(policy),
      worker_("projection", [this](std::stop_token stop) { run(stop); }) {}

void ProjectionWorker::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto events = step();
    if (!events) {
      stands_still(events.error());
      pause(stop, worker::pause_after(policy_, failures_));
      continue;
    }
    goes_on();
    progress_.behind(*events >= kEventsPerBatch);
    if (*events == 0) (void)log_.wait_past(projection_.applied(), stop, kWaitLimit);
  }
}

base::Result<std::size_t> ProjectionWorker::step() {
  log_refused_ = false;
  retrying_ = false;
  const bool one_by_one = projection_.applied() < one_by_one_until_;
  HOLESHOT_ASSIGN(const Batch batch, read_batch(log_, projection_, one_by_one ? 1 : kEventsPerBatch));
  if (batch.through == projection_.applied()) return std::size_t{0};
  if (!batch.events.empty()) progress_.handed(batch.events.front().offset);
  const auto status = projection_.apply(batch.events, batch.through,
                                        [this](std::span<const Refusal> refused) { return bury(refused); });
  if (!status) HOLESHOT_TRY(failed(batch.events, status.error()));
  attempts_.done();
  progress_.done(projection_.applied(), batch.events.size());
  return batch.events.size();
}

// In the log before the projection moves on. Repeated, because the projection failed after it, a letter is the same.
base::Status ProjectionWorker::bury(std::span<const Refusal> refused) {
  std::vector<log::NewEvent> letters;
  letters.reserve(refused.size());
  for (const Refusal& one : refused)
    letters.push_back(worker::dead_letter(policy_.kind, *one.event, one.error, attempts_.tries() + 1));
  const auto appended = log_.append(letters);
  if (!appended) {
    log_refused_ = true;
    return std::unexpected(appended.error());
  }
  for (std::size_t i = 0; i < refused.size(); ++i) {
    if ((*appended)[i].verdict == log::Verdict::kAppended) progress_.dead_lettered(refused[i].error);
  }
  return {};
}

// Ok where the event was given up and the worker is past it; else the error to wait for.
base::Status ProjectionWorker::failed(std::span<const log::Event> events, const base::Error& error) {
  if (log_refused_ || events.empty() || worker::fault_of(error.code) == worker::Fault::kStore)
    return std::unexpected(error);
  retrying_ = true;
  if (events.size() > 1) {
    one_by_one_until_ = events.back().offset;
    return std::unexpected(error);
  }
  const log::Event& event = events.front();
  if (attempts_.failed(event.offset, error) != worker::Verdict::kGiveUp) return std::unexpected(error);
  base::log_error("read", "an event is given up; it goes to the dead letters",
                  {{"subject", event.subject},
                   {"offset", event.offset.value()},
                   {"attempts", std::uint64_t{attempts_.tries()}},
                   {"error", error.text()}});
  const std::uint32_t tries = attempts_.tries();
  const std::array letter{worker::dead_letter(policy_.kind, event, error, tries)};
  if (const auto appended = log_.append(letter); !appended) {
    retrying_ = false;  // the log is waited for
    return std::unexpected(appended.error());
  }
  progress_.dead_lettered(error);
  return projection_.apply({}, event.offset, {});
}

void ProjectionWorker::stands_still(const base::Error& error) {
  progress_.waits(error, retrying_);
  if (failures_++ == 0) base::log_error("read", "projection stands still", {{"error", error.text()}});
}

void ProjectionWorker::goes_on() {
  if (failures_ == 0) return;
  base::log_info("read", "projection goes on", {{"previous_errors", std::uint64_t{failures_}}});
  failures_ = 0;
}

}  // namespace holeshot::read
