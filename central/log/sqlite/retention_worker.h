// RetentionWorker: the thread that prunes once in a while, and at once when room is needed. It logs what it did and
// what failed; a log that refuses writes makes it fail like any append.
//
// Thread-safe. Its owner is the SqliteLog that it prunes.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

#include "central/log/sqlite/pruner.h"
#include "common/base/result.h"

namespace holeshot::log {

class RetentionWorker {
 public:
  using Prune = std::function<base::Result<PruneReport>(const std::stop_token&)>;

  // `prune` runs on the worker's thread, first after `every`. Destruction asks it to stop and waits for it.
  RetentionWorker(Prune prune, std::chrono::milliseconds every);

  // Somebody found no room. Soon, and once for many who say it.
  void wake();

 private:
  void run(const std::stop_token& stop);

  Prune prune_;
  std::chrono::milliseconds every_;
  std::mutex mutex_;
  std::condition_variable_any wakened_;
  bool wanted_ = false;  // guarded by mutex_
  std::jthread thread_;  // last: it uses the rest
};

}  // namespace holeshot::log
