#include "central/actor/executor.h"

#include <algorithm>
#include <string>

#include "common/base/check.h"

namespace holeshot::actor {

Executor::Executor(unsigned threads) {
  HOLESHOT_CHECK(threads > 0, "an executor without threads runs nothing");
  workers_.reserve(threads);
  for (unsigned i = 0; i < threads; ++i) {
    workers_.emplace_back("actor" + std::to_string(i), [this](const std::stop_token& stop) { work(stop); });
  }
}

Executor::~Executor() {
  for (auto& worker : workers_) worker.request_stop();
  for (auto& worker : workers_) worker.join();
}

void Executor::wake(Strand& strand) {
  {
    const std::scoped_lock lock(mutex_);
    if (strand.state_ == Strand::State::kRunning) strand.state_ = Strand::State::kRunningWoken;
    if (strand.state_ != Strand::State::kResting) return;
    strand.state_ = Strand::State::kQueued;
    queue_.push_back(&strand);
  }
  ready_.notify_one();
}

void Executor::retire(Strand& strand) {
  std::unique_lock lock(mutex_);
  settled_.wait(lock, [&] {
    return strand.state_ != Strand::State::kRunning && strand.state_ != Strand::State::kRunningWoken;
  });
  std::erase(queue_, &strand);
  std::erase_if(delayed_, [&](const Delayed& delayed) { return delayed.strand == &strand; });
  strand.state_ = Strand::State::kRetired;
}

void Executor::work(const std::stop_token& stop) {
  while (Strand* strand = next(stop)) settle(*strand, strand->turn());
}

// The strand whose turn it is; null when it is time to stop.
Strand* Executor::next(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    promote_due(std::chrono::steady_clock::now());
    if (!queue_.empty()) {
      Strand* strand = queue_.front();
      queue_.pop_front();
      strand->state_ = Strand::State::kRunning;
      return strand;
    }
    if (delayed_.empty()) {
      ready_.wait(lock, stop, [&] { return !queue_.empty() || !delayed_.empty(); });
    } else {
      const Time due = delayed_.front().due;
      ready_.wait_until(lock, stop, due, [&] { return !queue_.empty(); });
    }
  }
  return nullptr;
}

void Executor::promote_due(Time now) {
  while (!delayed_.empty() && delayed_.front().due <= now) {
    delayed_.front().strand->state_ = Strand::State::kQueued;
    queue_.push_back(delayed_.front().strand);
    delayed_.pop_front();
  }
}

void Executor::settle(Strand& strand, Strand::Next next) {
  {
    const std::scoped_lock lock(mutex_);
    if (next == Strand::Next::kLater) {
      // A wake cannot help here: what failed is outside, and gets its pause.
      strand.state_ = Strand::State::kDelayed;
      delayed_.push_back({std::chrono::steady_clock::now() + kRetryPause, &strand});
    } else if (next == Strand::Next::kMore || strand.state_ == Strand::State::kRunningWoken) {
      strand.state_ = Strand::State::kQueued;
      queue_.push_back(&strand);
    } else {
      strand.state_ = Strand::State::kResting;
    }
  }
  ready_.notify_one();
  settled_.notify_all();
}

}  // namespace holeshot::actor
