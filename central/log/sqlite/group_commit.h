// GroupCommit: the queue in front of the Appender. The caller at its front takes what waits, up to a bound,
// commits it in one transaction with one fsync, and hands each caller its verdicts (LevelDB's DBImpl::Write).
//
// Thread-safe.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "central/log/event_log.h"
#include "central/log/sqlite/appender.h"
#include "common/base/clock.h"
#include "common/base/result.h"

namespace holeshot::log {

class GroupCommit {
 public:
  // `published` runs after every commit, on the thread that made it, before the callers return.
  GroupCommit(Appender appender, const base::Clock& clock, std::function<void(Offset)> published)
      : appender_(std::move(appender)), clock_(clock), published_(std::move(published)) {}

  // REQUIRES: events were validated and are not empty.
  [[nodiscard]] base::Result<std::vector<Appended>> append(std::span<const NewEvent> events);

  [[nodiscard]] std::uint64_t duplicates() const { return duplicates_.load(); }
  [[nodiscard]] std::uint64_t conflicts() const { return conflicts_.load(); }
  [[nodiscard]] std::uint64_t commits() const { return commits_.load(); }

 private:
  struct Waiter {
    std::span<const NewEvent> events;
    std::vector<Appended> verdicts;
    base::Status status;
    bool done = false;
    std::condition_variable ready;
  };

  [[nodiscard]] std::vector<Waiter*> take_group();
  void commit_group(const std::vector<Waiter*>& group);
  [[nodiscard]] base::Status write_group(const std::vector<Waiter*>& group);
  base::Error latch(const base::Error& cause);
  void count(const std::vector<Appended>& verdicts);

  Appender appender_;  // used by the front only
  const base::Clock& clock_;
  std::function<void(Offset)> published_;
  std::atomic<std::uint64_t> duplicates_{0};
  std::atomic<std::uint64_t> conflicts_{0};
  std::atomic<std::uint64_t> commits_{0};

  std::mutex mutex_;
  std::deque<Waiter*> queue_;          // guarded by mutex_
  std::optional<base::Error> closed_;  // guarded by mutex_
};

}  // namespace holeshot::log
