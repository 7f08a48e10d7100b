// One accepted connection, with deadlines and a way to end it at once; and the threads that serve them. Private to
// server.cc: the library's own connections wait 5 s for the next request when the gateway wants to stop.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <list>
#include <mutex>
#include <queue>
#include <string>
#include <thread>

#include "common/base/fd.h"

namespace holeshot::status {

// Used by one thread. Closes the descriptor.
class Connection {
 public:
  static constexpr std::chrono::milliseconds kIdle{5'000};  // between two requests
  static constexpr std::chrono::milliseconds kRequest{
      5'000};  // for the whole of one: they are small and near
  static constexpr std::chrono::milliseconds kWrite{5'000};
  static constexpr std::size_t kHeadBytes = 16'384;

  // Takes `fd`. Becomes useless once `stop_fd` is readable.
  Connection(int fd, int stop_fd);

  // False where none comes in time, the peer closed, or all stops.
  bool wait_request();
  void head_done() { in_head_ = false; }
  // As recv and send; -1 at the end, the deadline and the stop.
  long read(char* to, std::size_t size);
  long write(const char* from, std::size_t size);
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  using Clock = std::chrono::steady_clock;
  bool wait(short events, Clock::time_point deadline);

  base::UniqueFd fd_;
  const int stop_fd_;
  Clock::time_point deadline_;
  bool in_head_ = true;
  std::size_t head_bytes_ = 0;
};

// Threads as needed: one more where none is idle, up to kMost; an idle one ends by itself.
class ConnectionThreads {
 public:
  static constexpr std::size_t kMost = 32;
  static constexpr std::chrono::milliseconds kIdle{2'000};

  ~ConnectionThreads() { stop(); }
  void run(std::function<void()> job);
  // Waits for all that runs.
  void stop();

 private:
  void serve(std::list<std::thread>::iterator self);
  void reap();

  std::mutex mutex_;  // guards what follows
  std::condition_variable ready_;
  std::queue<std::function<void()>> jobs_;
  std::list<std::thread> threads_;
  std::list<std::thread> ended_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
};

}  // namespace holeshot::status
