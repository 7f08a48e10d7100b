#include "central/actor/executor.h"

#include <algorithm>
#include <string>

#include "common/base/check.h"

namespace holeshot::actor {

Executor::Executor(unsigned threads) : most_catching_up_(std::max(2U, threads) - 1) {
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
    enqueue(strand, false);
  }
  ready_.notify_one();
}

void Executor::retire(Strand& strand) {
  std::unique_lock lock(mutex_);
  settled_.wait(lock, [&] {
    return strand.state_ != Strand::State::kRunning && strand.state_ != Strand::State::kRunningWoken;
  });
  std::erase(live_, &strand);
  std::erase(behind_, &strand);
  std::erase_if(delayed_, [&](const auto& delayed) { return delayed.second == &strand; });
  strand.state_ = Strand::State::kRetired;
}

Executor::Stats Executor::stats() const {
  const std::scoped_lock lock(mutex_);
  return stats_;
}

void Executor::work(const std::stop_token& stop) {
  while (Strand* strand = next(stop)) {
    const Strand::Next next = strand->turn();
    settle(*strand, next, strand->pause());
  }
}

// The strand whose turn it is; null when it is time to stop.
Strand* Executor::next(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    promote_due(std::chrono::steady_clock::now());
    if (Strand* strand = take()) return strand;
    const auto work_to_do = [&] { return !live_.empty() || may_catch_up(); };
    if (delayed_.empty()) {
      ready_.wait(lock, stop, [&] { return work_to_do() || !delayed_.empty(); });
    } else {
      const Time due = delayed_.begin()->first;
      ready_.wait_until(lock, stop, due, work_to_do);
    }
  }
  return nullptr;
}

bool Executor::may_catch_up() const { return !behind_.empty() && catching_up_now_ < most_catching_up_; }

Strand* Executor::take() {
  const bool has_its_share = live_in_a_row_ >= kLiveTurnsPerCatchUp;
  const bool catch_up = may_catch_up() && (live_.empty() || has_its_share);
  if (!catch_up && live_.empty()) return nullptr;
  std::deque<Strand*>& queue = catch_up ? behind_ : live_;
  Strand* strand = queue.front();
  queue.pop_front();
  strand->state_ = Strand::State::kRunning;
  strand->catching_up_ = catch_up;
  live_in_a_row_ = catch_up ? 0 : live_in_a_row_ + 1;
  if (catch_up) {
    ++catching_up_now_;
    ++stats_.catch_up_turns;
  } else {
    stats_.longest_wait = std::max(stats_.longest_wait, stats_.turns - strand->queued_at_turn_);
  }
  ++stats_.turns;
  return strand;
}

void Executor::enqueue(Strand& strand, bool catching_up) {
  strand.state_ = Strand::State::kQueued;
  strand.queued_at_turn_ = stats_.turns;
  (catching_up ? behind_ : live_).push_back(&strand);
}

void Executor::promote_due(Time now) {
  while (!delayed_.empty() && delayed_.begin()->first <= now) {
    enqueue(*delayed_.begin()->second, false);
    delayed_.erase(delayed_.begin());
  }
}

void Executor::settle(Strand& strand, Strand::Next next, std::chrono::milliseconds pause) {
  {
    const std::scoped_lock lock(mutex_);
    if (strand.catching_up_) --catching_up_now_;
    strand.catching_up_ = false;
    if (next == Strand::Next::kLater) {
      // A wake cannot help here: what failed is outside, and gets its pause.
      strand.state_ = Strand::State::kDelayed;
      delayed_.emplace(std::chrono::steady_clock::now() + pause, &strand);
    } else if (next == Strand::Next::kMore) {
      enqueue(strand, true);
    } else if (strand.state_ == Strand::State::kRunningWoken) {
      enqueue(strand, false);
    } else {
      strand.state_ = Strand::State::kResting;
    }
  }
  ready_.notify_one();
  settled_.notify_all();
}

}  // namespace holeshot::actor
