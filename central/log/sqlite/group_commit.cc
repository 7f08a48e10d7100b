#include "central/log/sqlite/group_commit.h"

#include <utility>

#include "common/base/log.h"

namespace holeshot::log {

namespace {

// Bodies in one transaction: enough to make the fsync cheap, small enough that nobody waits long behind it.
constexpr std::size_t kMaxGroupBytes = 8U << 20;

std::size_t bytes_of(std::span<const Stamped> batches) {
  std::size_t bytes = 0;
  for (const Stamped& batch : batches) {
    for (const auto& event : batch.events) bytes += event.body.size();
  }
  return bytes;
}

}  // namespace

base::Result<std::vector<Appended>> GroupCommit::append(std::span<const NewEvent> events) {
  const Stamped batch{events, 0};
  Waiter me;
  me.batches = {&batch, 1};
  me.stamp_now = true;
  HOLESHOT_TRY(pass(me));
  return std::move(me.verdicts.front());
}

base::Result<std::vector<std::vector<Appended>>> GroupCommit::append_stamped(std::span<const Stamped> batches,
                                                                             std::span<const Mark> marks) {
  Waiter me;
  me.batches = batches;
  me.marks = marks;
  HOLESHOT_TRY(pass(me));
  return std::move(me.verdicts);
}

base::Status GroupCommit::alone(SoloWrite& work) {
  Waiter me;
  me.solo = &work;
  return pass(me);
}

base::Status GroupCommit::pass(Waiter& me) {
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
  return std::move(me.status);
}

std::vector<GroupCommit::Waiter*> GroupCommit::take_group() {
  std::vector<Waiter*> group;
  std::size_t bytes = 0;
  for (Waiter* waiter : queue_) {
    bytes += bytes_of(waiter->batches);
    if (!group.empty() && (bytes > kMaxGroupBytes || waiter->solo != nullptr)) break;
    group.push_back(waiter);
    if (waiter->solo != nullptr) break;
  }
  return group;
}

void GroupCommit::commit_group(const std::vector<Waiter*>& group) {
  SoloWrite* const solo = group.front()->solo;
  auto status = solo != nullptr ? write_solo(*solo) : write_group(group);
  if (!status) {
    appender_.rollback();
    if (appender_.broken()) status = std::unexpected(latch(status.error()));
    for (Waiter* waiter : group) waiter->status = status;
    if (solo != nullptr) solo->settle(false);
    if (solo == nullptr && status.error().code == base::Code::kFull) hooks_.full();
    return;
  }
  if (solo != nullptr) return solo->settle(true);
  commits_ = appender_.commits();
  for (const Waiter* waiter : group) count(*waiter);
  hooks_.published(appender_.last());
}

base::Status GroupCommit::write_group(const std::vector<Waiter*>& group) {
  HOLESHOT_TRY(appender_.begin());
  const std::uint64_t now_us = clock_.wall_us();
  for (Waiter* waiter : group) HOLESHOT_TRY(write(*waiter, now_us));
  return appender_.commit();
}

base::Status GroupCommit::write_solo(SoloWrite& work) {
  HOLESHOT_TRY(appender_.begin());
  HOLESHOT_TRY(work.write(appender_));
  return appender_.commit();
}

base::Status GroupCommit::write(Waiter& waiter, std::uint64_t now_us) {
  waiter.verdicts.resize(waiter.batches.size());
  for (std::size_t i = 0; i < waiter.batches.size(); ++i) {
    const Stamped& batch = waiter.batches[i];
    const std::uint64_t stamp = waiter.stamp_now ? now_us : batch.appended_at_us;
    HOLESHOT_TRY(appender_.add(batch.events, stamp, waiter.verdicts[i]));
  }
  for (const Mark& mark : waiter.marks) HOLESHOT_TRY(appender_.set_mark(mark));
  return {};
}

base::Error GroupCommit::latch(const base::Error& cause) {
  base::log_error("log", "a write failed; the log takes nothing more until restart",
                  {{"cause", cause.message}});
  const std::scoped_lock lock(mutex_);
  closed_ = base::Error{base::Code::kClosed, "append to log: refused since a write failed: " + cause.message,
                        "check the disk, then restart holeshot-central"};
  return *closed_;
}

void GroupCommit::count(const Waiter& waiter) {
  for (const auto& verdicts : waiter.verdicts) {
    for (const auto& appended : verdicts) {
      if (appended.verdict == Verdict::kDuplicate) ++duplicates_;
      if (appended.verdict == Verdict::kConflict) ++conflicts_;
    }
  }
}

}  // namespace holeshot::log
