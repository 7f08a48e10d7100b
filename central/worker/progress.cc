#include "central/worker/progress.h"

#include <utility>

#include "central/worker/supervisor.h"

namespace holeshot::worker {

Progress::Progress(WorkerAbout about, Supervisor* supervisor)
    : about_(std::move(about)), supervisor_(supervisor) {
  told_.kind = about_.policy.kind;
  told_.track = about_.track;
  if (supervisor_ != nullptr) supervisor_->join(*this);
}

Progress::~Progress() {
  if (supervisor_ != nullptr) supervisor_->leave(*this);
}

void Progress::handed(log::Offset event) {
  const std::uint64_t now = supervisor_ != nullptr ? supervisor_->mono_us() : 0;
  const std::scoped_lock lock(mutex_);
  held_ = event;
  since_us_ = now;
  overdue_told_ = false;
}

void Progress::done(log::Offset cursor, std::uint64_t deliveries) {
  const std::scoped_lock lock(mutex_);
  held_.reset();
  told_.cursor = cursor;
  told_.deliveries += deliveries;
}

void Progress::put_down() {
  const std::scoped_lock lock(mutex_);
  held_.reset();
}

void Progress::behind(bool more) {
  const std::scoped_lock lock(mutex_);
  told_.state = more ? WorkerState::kCatchingUp : WorkerState::kLive;
}

void Progress::waits(const base::Error& error, bool retry) {
  const std::scoped_lock lock(mutex_);
  held_.reset();
  told_.state = WorkerState::kWaiting;
  told_.last_error = error.text();
  if (retry) ++told_.retries;
}

void Progress::dead_lettered(const base::Error& error) {
  const std::scoped_lock lock(mutex_);
  ++told_.dead_letters;
  told_.last_error = error.text();
}

void Progress::found_gap(const base::Error& what) {
  const std::scoped_lock lock(mutex_);
  ++told_.gaps;
  told_.last_error = what.text();
}

WorkerStatus Progress::status(std::uint64_t mono_us) const {
  const std::scoped_lock lock(mutex_);
  WorkerStatus status = told_;
  if (overdue_locked(mono_us)) status.state = WorkerState::kStuck;
  return status;
}

std::optional<Progress::Overdue> Progress::overdue(std::uint64_t mono_us) const {
  const std::scoped_lock lock(mutex_);
  return overdue_locked(mono_us);
}

std::optional<Progress::Overdue> Progress::note_overdue(std::uint64_t mono_us) {
  const std::scoped_lock lock(mutex_);
  const auto found = overdue_locked(mono_us);
  if (found && found->is_news) {
    overdue_told_ = true;
    ++told_.overdue;
  }
  return found;
}

std::optional<Progress::Overdue> Progress::overdue_locked(std::uint64_t mono_us) const {
  if (!held_ || mono_us <= since_us_) return std::nullopt;
  const std::chrono::microseconds held{mono_us - since_us_};
  if (held <= about_.policy.ack_deadline) return std::nullopt;
  return Overdue{*held_, held, !overdue_told_};
}

}  // namespace holeshot::worker
