#include "central/http/server_pool.h"

#include <pthread.h>

#include <chrono>
#include <thread>
#include <utility>

namespace holeshot::http {

namespace {
// A thread beyond the usual ones that had nothing to do for this long ends.
constexpr std::chrono::seconds kSpareThreadLife{10};
}  // namespace

void ServerPool::enqueue(std::function<void()> job) {
  {
    const std::scoped_lock lock(mutex_);
    jobs_.push_back(std::move(job));
    if (idle_ < jobs_.size() && threads_ < most_) {
      ++threads_;
      // Detached, and counted instead: shutdown() waits until the count is zero.
      std::thread([this] { run(); }).detach();
    }
  }
  work_.notify_one();
}

void ServerPool::run() {
  pthread_setname_np(pthread_self(), "http");
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    const bool woken = work_.wait_for(lock, kSpareThreadLife, [&] { return stopping_ || !jobs_.empty(); });
    --idle_;
    if (jobs_.empty()) {
      if (stopping_ || (!woken && threads_ > usual_)) break;
      continue;
    }
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job();
    job = nullptr;
    lock.lock();
  }
  --threads_;
  // Under the lock: once it is released the pool may be gone.
  ended_.notify_all();
}

void ServerPool::shutdown() {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  work_.notify_all();
  ended_.wait(lock, [&] { return threads_ == 0; });
}

}  // namespace holeshot::http
