// ServerPool: threads for connections. The HTTP library keeps a thread for every connection, idle keep-alive
// included, so a fixed pool is starved by as many idle phones as it has threads. This one makes another
// thread when all are taken, up to a limit, and lets it go when it is idle for a while.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>

namespace holeshot::http {

class ServerPool {
 public:
  // Keeps up to `usual` threads, makes up to `most`. REQUIRES: 1 <= usual <= most.
  ServerPool(std::size_t usual, std::size_t most) : usual_(usual), most_(most) {}
  ~ServerPool() { shutdown(); }
  ServerPool(const ServerPool&) = delete;
  ServerPool& operator=(const ServerPool&) = delete;

  // Waits in line where `most` threads are taken. Any thread.
  void enqueue(std::function<void()> job);
  // Runs what is in line and waits for all threads to end.
  void shutdown();

 private:
  void run();

  const std::size_t usual_;
  const std::size_t most_;
  std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable ended_;
  std::deque<std::function<void()>> jobs_;
  std::size_t threads_ = 0;
  std::size_t idle_ = 0;
  bool stopping_ = false;
};

}  // namespace holeshot::http
