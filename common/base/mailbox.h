// Mailbox<T>: many threads put, one takes. Bounded, so a slow reader is felt by its writers instead of by the
// memory.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

namespace holeshot::base {

template <class T>
class Mailbox {
 public:
  explicit Mailbox(std::size_t capacity) : capacity_(capacity) {}

  // Waits for room. False when the mailbox was closed or `stop` asked: the item was not taken.
  bool put(T item, const std::stop_token& stop = {}) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, stop, [&] { return closed_ || items_.size() < capacity_; });
    if (closed_ || stop.stop_requested()) return false;
    items_.push_back(std::move(item));
    lock.unlock();
    ready_.notify_one();
    return true;
  }

  // Never waits. False when full or closed.
  bool try_put(T item) {
    {
      const std::scoped_lock lock(mutex_);
      if (closed_ || items_.size() >= capacity_) return false;
      items_.push_back(std::move(item));
    }
    ready_.notify_one();
    return true;
  }

  // All that is there, waiting until there is something, `stop` asks, the mailbox is closed, or `limit` has
  // passed. Empty in the last three cases; a closed mailbox still gives out what it held.
  std::vector<T> take_all(const std::stop_token& stop, std::optional<std::chrono::microseconds> limit = {}) {
    std::unique_lock lock(mutex_);
    auto something = [&] { return closed_ || !items_.empty(); };
    if (limit) {
      ready_.wait_for(lock, stop, *limit, something);
    } else {
      ready_.wait(lock, stop, something);
    }
    std::vector<T> taken = std::exchange(items_, {});
    lock.unlock();
    room_.notify_all();
    return taken;
  }

  void close() {
    {
      const std::scoped_lock lock(mutex_);
      closed_ = true;
    }
    ready_.notify_all();
    room_.notify_all();
  }

  [[nodiscard]] bool closed() const {
    const std::scoped_lock lock(mutex_);
    return closed_;
  }
  [[nodiscard]] std::size_t size() const {
    const std::scoped_lock lock(mutex_);
    return items_.size();
  }

 private:
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::condition_variable_any ready_;
  std::condition_variable_any room_;
  std::vector<T> items_;
  bool closed_ = false;
};

}  // namespace holeshot::base
