#include "central/log/sqlite/group_commit.h"

#include <utility>

#include "common/base/log.h"

namespace holeshot::log {

namespace {

// Bodies in one transaction: enough to make the fsync cheap, small enough that nobody waits long behind it.
constexpr std::size_t kMaxGroupBytes = 8U << 20;

std::size_t bytes_of(std::span<const NewEvent> events) {
  std::size_t bytes = 0;
  for (const auto& event : events) bytes += event.body.size();
  return bytes;
}

}  // namespace

base::Result<std::vector<Appended>> GroupCommit::append(std::span<const NewEvent> events) {
  Waiter me;
  me.events = events;
  std::unique_lock lock(mutex_);
  queue_.push_back(&me);
  me.ready.wait(lock, [&] { return me.done || queue_.front() == &me; });
  if (!me.done) {
    const std::vector<Waiter*> group = take_group();
    if (!closed_) {
      lock.unlock();
      commit_group(group);
      lock.lock();
    } else {
      for (Waiter* waiter : group) waiter->status = std::unexpected(*closed_);
    }
    for (Waiter* waiter : group) {
      queue_.pop_front();
      waiter->done = true;
      // Under the lock: once it is released, the waiter may return and be gone.
      if (waiter != &me) waiter->ready.notify_one();
    }
    if (!queue_.empty()) queue_.front()->ready.notify_one();
  }
  lock.unlock();
  if (!me.status) return std::unexpected(std::move(me.status).error());
  return std::move(me.verdicts);
}

std::vector<GroupCommit::Waiter*> GroupCommit::take_group() {
  std::vector<Waiter*> group;
  std::size_t bytes = 0;
  for (Waiter* waiter : queue_) {
    bytes += bytes_of(waiter->events);
    if (!group.empty() && bytes > kMaxGroupBytes) break;
    group.push_back(waiter);
  }
  return group;
}

void GroupCommit::commit_group(const std::vector<Waiter*>& group) {
  auto status = write_group(group);
  if (!status) {
    appender_.rollback();
    if (appender_.broken()) status = std::unexpected(latch(status.error()));
    for (Waiter* waiter : group) waiter->status = status;
    return;
  }
  commits_ = appender_.commits();
  for (Waiter* waiter : group) count(waiter->verdicts);
  published_(appender_.last());
}

base::Status GroupCommit::write_group(const std::vector<Waiter*>& group) {
  HOLESHOT_TRY(appender_.begin(clock_.wall_us()));
  for (Waiter* waiter : group) HOLESHOT_TRY(appender_.add(waiter->events, waiter->verdicts));
  return appender_.commit();
}

base::Error GroupCommit::latch(const base::Error& cause) {
  base::log_error("log", "a write failed; the log takes nothing more until restart",
                  {{"cause", cause.message}});
  const std::scoped_lock lock(mutex_);
  closed_ = base::Error{base::Code::kClosed, "append to log: refused since a write failed: " + cause.message,
                        "check the disk, then restart holeshot-central"};
  return *closed_;
}

void GroupCommit::count(const std::vector<Appended>& verdicts) {
  for (const auto& appended : verdicts) {
    if (appended.verdict == Verdict::kDuplicate) ++duplicates_;
    if (appended.verdict == Verdict::kConflict) ++conflicts_;
  }
}

}  // namespace holeshot::log
