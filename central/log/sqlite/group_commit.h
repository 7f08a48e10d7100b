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
#include "central/log/sqlite/solo_write.h"
#include "central/log/sqlite/stamped.h"
#include "common/base/clock.h"
#include "common/base/result.h"

namespace holeshot::log {

class GroupCommit {
 public:
  struct Hooks {
    // After every commit, and after one that found no room, on the thread that made it, before the callers return.
    std::function<void(Offset)> published;
    std::function<void()> full;
  };
  GroupCommit(Appender appender, const base::Clock& clock, Hooks hooks)
      : appender_(std::move(appender)), clock_(clock), hooks_(std::move(hooks)) {}

  // REQUIRES: events were validated and are not empty.
  [[nodiscard]] base::Result<std::vector<Appended>> append(std::span<const NewEvent> events);
  // REQUIRES: events and marks were validated, and there are some.
  [[nodiscard]] base::Result<std::vector<std::vector<Appended>>> append_stamped(
      std::span<const Stamped> batches, std::span<const Mark> marks);

  // A transaction of its own, in its turn among the appends; fails and latches as they do.
  [[nodiscard]] base::Status alone(SoloWrite& work);

  // For who prepares statements for alone(). REQUIRES: nobody appends yet.
  [[nodiscard]] Appender& appender() { return appender_; }
  [[nodiscard]] std::uint64_t duplicates() const { return duplicates_.load(); }
  [[nodiscard]] std::uint64_t conflicts() const { return conflicts_.load(); }
  [[nodiscard]] std::uint64_t commits() const { return commits_.load(); }

 private:
  struct Waiter {
    std::span<const Stamped> batches;
    bool stamp_now = false;  // the batches' own stamps do not count
    std::span<const Mark> marks;
    SoloWrite* solo = nullptr;                    // instead of batches and marks
    std::vector<std::vector<Appended>> verdicts;  // by batch
    base::Status status;
    bool done = false;
    std::condition_variable ready;
  };

  // Waits until `me` was committed, by this thread or by another one.
  [[nodiscard]] base::Status pass(Waiter& me);
  [[nodiscard]] std::vector<Waiter*> take_group();
  void commit_group(const std::vector<Waiter*>& group);
  [[nodiscard]] base::Status write_solo(SoloWrite& work);
  [[nodiscard]] base::Status write_group(const std::vector<Waiter*>& group);
  [[nodiscard]] base::Status write(Waiter& waiter, std::uint64_t now_us);
  base::Error latch(const base::Error& cause);
  void count(const Waiter& waiter);

  Appender appender_;  // used by the front only
  const base::Clock& clock_;
  Hooks hooks_;
  std::atomic<std::uint64_t> duplicates_{0};
  std::atomic<std::uint64_t> conflicts_{0};
  std::atomic<std::uint64_t> commits_{0};

  std::mutex mutex_;
  std::deque<Waiter*> queue_;          // guarded by mutex_
  std::optional<base::Error> closed_;  // guarded by mutex_
};

}  // namespace holeshot::log
