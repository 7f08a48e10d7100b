#include "central/worker/supervisor.h"

#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>

#include "common/base/log.h"

namespace holeshot::worker {

namespace {

// Deadlines are tens of seconds: nobody sees one second against them.
constexpr std::chrono::seconds kCheckEvery{1};

std::string name_of(const WorkerStatus& status) {
  return status.track.empty() ? status.kind : status.kind + " of track " + status.track;
}

}  // namespace

Supervisor::Supervisor(log::EventLog& log, const base::Clock& clock, base::Metrics& metrics)
    : log_(log), clock_(clock), metrics_(metrics) {}

Supervisor::~Supervisor() = default;

void Supervisor::join(Progress& progress) {
  const std::scoped_lock lock(mutex_);
  workers_.insert(&progress);
}

void Supervisor::leave(Progress& progress) {
  const std::scoped_lock lock(mutex_);
  workers_.erase(&progress);
}

void Supervisor::check() {
  const std::scoped_lock lock(mutex_);
  for (Progress* worker : workers_) {
    const auto overdue = worker->note_overdue(clock_.mono_us());
    if (!overdue || !overdue->is_news) continue;
    base::log_error("worker", "a worker holds an event beyond its deadline",
                    {{"kind", worker->about().policy.kind},
                     {"track", worker->about().track},
                     {"offset", overdue->event.value()},
                     {"held_us", static_cast<std::uint64_t>(overdue->held.count())}});
  }
}

void Supervisor::start() {
  worker_ = base::Worker("workers", [this](const std::stop_token& stop) { watch(stop); });
}

void Supervisor::watch(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    check();
    std::unique_lock lock(ticking_);
    tick_.wait_for(lock, stop, kCheckEvery, [] { return false; });
  }
}

bool Supervisor::healthy() const {
  const std::scoped_lock lock(mutex_);
  return std::ranges::none_of(workers_, [&](const Progress* worker) {
    const auto overdue = worker->overdue(clock_.mono_us());
    return overdue && overdue->held > worker->about().policy.ack_deadline * kDeadlinesUntilRestart;
  });
}

base::Status Supervisor::ready() const {
  const std::scoped_lock lock(mutex_);
  for (const Progress* worker : workers_) {
    const auto overdue = worker->overdue(clock_.mono_us());
    if (!overdue) continue;
    return base::fail(base::Code::kRetry,
                      "worker " + name_of(worker->status(clock_.mono_us())) + " holds the event at offset " +
                          std::to_string(overdue->event.value()) + " for " +
                          std::to_string(overdue->held.count() / 1'000'000) + " s",
                      "if it does not go on by itself, central is started again by its watchdog");
  }
  return {};
}

std::vector<WorkerStatus> Supervisor::statuses() const {
  std::vector<std::pair<WorkerStatus, std::vector<std::string>>> found;
  {
    const std::scoped_lock lock(mutex_);
    for (const Progress* worker : workers_)
      found.emplace_back(worker->status(clock_.mono_us()), worker->about().subjects);
  }
  std::vector<WorkerStatus> statuses;
  for (auto& [status, subjects] : found) {
    measure(status, subjects);
    statuses.push_back(std::move(status));
  }
  std::ranges::sort(statuses, [](const WorkerStatus& a, const WorkerStatus& b) {
    return std::tie(a.kind, a.track) < std::tie(b.kind, b.track);
  });
  return statuses;
}

// The oldest event that waits says both: whether there is one, and since when.
void Supervisor::measure(WorkerStatus& status, const std::vector<std::string>& subjects) const {
  log::Offset newest = subjects.empty() ? log_.last() : log::Offset{};
  for (const auto& subject : subjects) newest = std::max(newest, log_.last_of(subject));
  if (newest <= status.cursor) return;
  const auto waiting = log_.read({.after = status.cursor, .subjects = subjects, .max_events = 1});
  if (!waiting || waiting->empty()) return;
  status.lag = newest.value() - status.cursor.value();
  const std::uint64_t since = waiting->front().appended_at_us;
  const std::uint64_t now = clock_.wall_us();
  status.lag_us = now > since ? now - since : 0;
}

void Supervisor::refresh() {
  for (const WorkerStatus& status : statuses()) show(status);
}

void Supervisor::show(const WorkerStatus& status) {
  const base::Labels labels{{"kind", status.kind}, {"track", status.track}};
  metrics_.gauge("holeshot_worker_lag_events", "Log positions that a worker is behind.", labels)
      .set(static_cast<double>(status.lag));
  metrics_.gauge("holeshot_worker_lag_seconds", "Age of the oldest event that waits for a worker.", labels)
      .set(static_cast<double>(status.lag_us) / 1e6);
  WorkerStatus& shown = shown_[{status.kind, status.track}];
  const auto count = [&](const char* name, const char* help, std::uint64_t WorkerStatus::* field) {
    // A worker that was made anew counts from 0 again; the counter goes on.
    const std::uint64_t before = status.*field < shown.*field ? 0 : shown.*field;
    metrics_.counter(name, help, labels).add(static_cast<double>(status.*field - before));
  };
  count("holeshot_worker_deliveries_total", "Events handled.", &WorkerStatus::deliveries);
  count("holeshot_worker_retries_total", "Events tried again.", &WorkerStatus::retries);
  count("holeshot_worker_dead_letters_total", "Events given up.", &WorkerStatus::dead_letters);
  count("holeshot_worker_gaps_total", "Times that retention was faster than the worker.",
        &WorkerStatus::gaps);
  count("holeshot_worker_overdue_total", "Events held beyond the deadline.", &WorkerStatus::overdue);
  shown = status;
}

}  // namespace holeshot::worker
