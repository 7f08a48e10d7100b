#include "gateway/spool/core.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "common/base/log.h"

namespace holeshot::spool {

using base::Code;
using base::fail;

namespace {

// Envelopes that one transaction takes at most; what is queued beyond waits for the next, so one late caller
// does not wait for everybody's work.
constexpr std::size_t kMaxGroupEvents = 2'000;

// Pages (4 KB) of write-ahead log after which it is copied back: 4 MB. It happens beside the appends, which
// it does not hold up. Where they are so fast that the log never gets a chance to start again from its
// beginning, the second bound, 16 MB, makes them wait for it. A small bound of the whole makes both smaller.
constexpr std::uint64_t kPage = 4'096;
constexpr std::uint64_t kCheckpointPages = 1'000;
constexpr std::uint64_t kLeastCheckpointPages = 16;
constexpr std::uint64_t kLogShare = 32;
constexpr std::uint64_t kRestartTimes = 4;
// A reserve that could not be made is tried again after this.
constexpr std::uint64_t kReserveEveryUs = 10'000'000;
// No disk fills this far ahead of time in a way worth telling: ten years.
constexpr std::uint64_t kLongestRoomS = 10ULL * 365 * 24 * 3'600;

// What is worth another try through the same handle. Everything else leaves the file in a state that only a
// new start can find out.
bool may_try_again(Code code) { return code == Code::kFull || code == Code::kRetry; }

base::Error latched_error(const base::Error& cause) {
  return {Code::kClosed, "the spool takes no more writes since: " + cause.message,
          "check the disk, then restart holeshot-gateway"};
}

std::uint64_t pages_before_checkpoint(std::uint64_t max_bytes) {
  if (max_bytes == 0) return kCheckpointPages;
  return std::clamp(max_bytes / kLogShare / kPage, kLeastCheckpointPages, kCheckpointPages);
}

}  // namespace

Core::Core(std::string path, Identity identity, const base::Clock& clock, SpoolOptions options)
    : path_(std::move(path)),
      identity_(std::move(identity)),
      clock_(clock),
      options_(std::move(options)),
      checkpoint_pages_(pages_before_checkpoint(options_.max_bytes)),
      reserve_(path_, options_.reserve_bytes),
      next_restart_(kRestartTimes * checkpoint_pages_) {}

Core::~Core() = default;

base::Result<std::unique_ptr<Core>> Core::open(const std::string& path, Identity identity,
                                               const base::Clock& clock, SpoolOptions options) {
  std::unique_ptr<Core> core{new Core(path, std::move(identity), clock, std::move(options))};
  HOLESHOT_ASSIGN(core->lock_, lock_spool(path));
  HOLESHOT_TRY(core->start());
  return core;
}

// The front of the queue does the work of all that queued up meanwhile; nobody else touches the writer.
base::Status Core::submit(Op& op) {
  std::unique_lock lock(mutex_);
  queue_.push_back(&op);
  op.turn.wait(lock, [&] { return op.done || queue_.front() == &op; });
  if (op.done) return op.result;
  const std::vector<Op*> group = take_group();
  lock.unlock();
  const base::Status status = commit(group);
  lock.lock();
  finish(group, status, op);
  return op.result;
}

std::vector<Op*> Core::take_group() {
  std::vector<Op*> group;
  std::size_t events = 0;
  for (Op* op : queue_) {
    events += op->envelopes.size();
    if (!group.empty() && events > kMaxGroupEvents) break;
    group.push_back(op);
  }
  return group;
}

base::Status Core::commit(std::span<Op* const> group) {
  std::uint64_t turn = 0;
  {
    const std::scoped_lock lock(mutex_);
    if (latched_) return std::unexpected(latched_error(*latched_));
    turn = turn_;
  }
  base::Status status;
  for (const Op* op : group) {
    if (status && op->damage == turn) status = std::unexpected(op->damage_cause);
  }
  if (status) status = write(group, Appends::kTake);
  if (!status && status.error().code == Code::kFull) status = make_relief(group);
  if (!status && status.error().code == Code::kCorrupt) {
    status = recover(status.error());
    if (status) status = write(group, Appends::kTake);
  }
  if (!status && !may_try_again(status.error().code)) {
    const std::scoped_lock lock(mutex_);
    latched_ = status.error();
    return std::unexpected(latched_error(*latched_));
  }
  return status;
}

base::Status Core::write(std::span<Op* const> group, Appends appends) {
  const auto all = [&]() -> base::Status {
    const std::uint64_t wal = writer_->figures().wal_pages;
    const bool short_of_room = writer_->room().tight() && wal > kLeastCheckpointPages;
    if (wal >= next_restart_ || short_of_room) {
      // Full: the rows may have room even so. A reader in the way: not again before the log has grown some more.
      const auto cut = writer_->restart_log();
      if (!cut && !may_try_again(cut.error().code)) return std::unexpected(cut.error());
      next_restart_ = cut && *cut ? kRestartTimes * checkpoint_pages_ : wal + checkpoint_pages_;
    }
    HOLESHOT_TRY(writer_->begin());
    for (Op* op : group) {
      op->result = {};
      HOLESHOT_TRY(write_one(*op, appends));
    }
    HOLESHOT_TRY(writer_->commit());
    writer_->update_figures();
    return {};
  };
  base::Status status = all();
  if (!status) writer_->abort();
  return status;
}

base::Status Core::write_one(Op& op, Appends appends) {
  if (!op.envelopes.empty()) {
    bool room = appends == Appends::kTake;
    if (room) {
      HOLESHOT_ASSIGN(room, writer_->admit(op.envelopes));
    }
    if (!room) {
      op.result = fail(Code::kFull, "append to spool " + path_ + ": there is no room",
                       "free some space on this disk, or let it reach central");
      return {};
    }
    op.first_id = writer_->next_id();
    HOLESHOT_TRY(writer_->append(op.envelopes));
  }
  for (const Mark& mark : op.marks) HOLESHOT_TRY(writer_->mark(mark));
  if (op.up_to) HOLESHOT_TRY(writer_->acknowledge(*op.up_to, op.rejected));
  return op.change ? op.change(*writer_) : base::Status{};
}

// The disk gave out in the middle: the reserve lets the log be copied back, and rows be removed. What is not an
// append goes through even where appends do not.
base::Status Core::make_relief(std::span<Op* const> group) {
  reserve_.release();
  reserve_due_us_ = clock_.mono_us() + kReserveEveryUs;
  if (const auto cut = writer_->restart_log(); !cut && !may_try_again(cut.error().code)) {
    return std::unexpected(cut.error());
  }
  base::Status status = write(group, Appends::kTake);
  if (status || status.error().code != Code::kFull) return status;
  const bool others =
      std::any_of(group.begin(), group.end(), [](const Op* op) { return op->envelopes.empty(); });
  return others ? write(group, Appends::kRefuse) : status;
}

void Core::finish(std::span<Op* const> group, const base::Status& status, const Op& own) {
  publish(group, status.has_value());
  for (Op* op : group) {
    queue_.pop_front();
    if (!status) op->result = status;
    if (op == &own) continue;
    op->done = true;
    op->turn.notify_one();
  }
  if (!queue_.empty()) queue_.front()->turn.notify_one();
  new_rows_.notify_all();
  if (wal_pages_ >= checkpoint_pages_) checkpoint_due_.notify_one();
}

// REQUIRES: mutex_ is held. writer_ is this thread's until the group has left the queue.
void Core::publish(std::span<Op* const> group, bool committed) {
  if (!writer_) return;
  std::optional<base::Error> full;
  std::uint64_t bytes = 0;
  bool appended = false;
  for (const Op* op : group) {
    if (op->envelopes.empty()) continue;
    if (committed && op->result) {
      appended = true;
      for (const auto& envelope : op->envelopes)
        bytes += envelope.seq == 0 ? 0 : envelope.payload.size() + kRowOverhead;
    } else if (!op->result) {
      full = op->result.error();
    }
  }
  for (const Op* op : group) {
    if (committed) salvaged_to_ = std::max(salvaged_to_, op->salvaged_to);
  }
  if (full || appended) full_ = full;
  figures_ = writer_->figures();
  wal_pages_ = figures_.wal_pages;
  if (!committed) return;
  last_commit_us_ = clock_.wall_us();
  rate_.add(clock_.mono_us(), bytes);
  if (!reserve_.present() && clock_.mono_us() >= reserve_due_us_) {
    reserve_due_us_ = clock_.mono_us() + kReserveEveryUs;
    reserve_.make(options_, options_.disk ? options_.disk(path_) : std::nullopt);
  }
  reserve_present_ = reserve_.present();
}

// An error here is as bad as one of a commit: the pages it could not sync may be gone from memory too.
void Core::checkpoint_loop(std::stop_token stop) {
  std::unique_lock lock(mutex_);
#ifdef HOLESHOT_SABOTAGE_NO_FSYNC
  // Commits what was called durable, late; only a kill in between shows the lie.
  while (!checkpoint_due_.wait_for(lock, stop, std::chrono::milliseconds{500},
                                   [&] { return stop.stop_requested(); })) {
    if (stop.stop_requested()) return;
    lock.unlock();
    Op nothing;
    static_cast<void>(submit(nothing));
    lock.lock();
  }
#endif
  while (checkpoint_due_.wait(lock, stop, [&] { return wal_pages_ >= checkpoint_pages_; })) {
    wal_pages_ = 0;  // until the next commit tells
    const std::uint64_t turn = turn_;
    lock.unlock();
    const auto status = [&] {
      const std::scoped_lock own(checkpoint_mutex_);
      return checkpoints_.checkpoint(CheckpointMode::kGentle);
    }();
    if (!status && status.error().code == Code::kCorrupt)
      static_cast<void>(report_damage(turn, status.error()));
    lock.lock();
    if (!status && !may_try_again(status.error().code) && status.error().code != Code::kCorrupt &&
        !latched_) {
      latched_ = status.error();
    }
  }
}

Core::Window Core::window() const {
  const std::scoped_lock lock(mutex_);
  const std::uint64_t last = damaged_.empty() ? figures_.last_id : std::min(figures_.last_id, salvaged_to_);
  const bool whole = figures_.pending == figures_.last_id - figures_.cursor;
  return {figures_.cursor, std::max(last, figures_.cursor), figures_.last_id, whole};
}

bool Core::wait_for_new(std::uint64_t after, std::stop_token stop, std::chrono::microseconds limit) {
  std::unique_lock lock(mutex_);
  const std::uint64_t revealed = revealed_;
  return new_rows_.wait_for(lock, stop, limit,
                            [&] { return figures_.last_id > after || revealed_ != revealed; });
}

SpoolHealth Core::health() const {
  // Asked outside of the lock, and each time: somebody else may fill the disk while nothing is appended.
  const auto disk = options_.disk ? options_.disk(path_) : std::nullopt;
  const std::scoped_lock lock(mutex_);
  const Room room = room_of(options_, figures_.use, disk);
  SpoolHealth health;
  health.state = room.tight() ? SpoolState::kTight : SpoolState::kOk;
  if (full_) health.state = SpoolState::kFull, health.error = full_->text();
  if (latched_) health.state = SpoolState::kFailed, health.error = latched_error(*latched_).text();
  health.bytes_used = room.used;
  health.bytes_bound = room.bound;
  health.disk_free = room.disk_free;
  health.reserve_present = reserve_present_;
  health.bytes_per_hour = rate_.per_hour(clock_.mono_us());
  if (health.bytes_per_hour && *health.bytes_per_hour > 0) {
    const double seconds =
        static_cast<double>(room.left) * 3'600 / static_cast<double>(*health.bytes_per_hour);
    if (seconds < static_cast<double>(kLongestRoomS)) health.room_s = static_cast<std::uint64_t>(seconds);
  }
  health.last_commit_us = last_commit_us_;
  health.shed_status = shed_before_ + figures_.shed;
  health.pending = figures_.pending;
  health.quarantined = figures_.quarantined;
  health.oldest_pending_us = figures_.oldest_pending_us;
  health.last_id = figures_.last_id;
  health.salvaging = damaged_.size();
  health.losses = reports_.size() + damaged_.size();
  return health;
}

std::vector<LossReport> Core::loss_reports() const {
  const std::scoped_lock lock(mutex_);
  return reports_;
}

}  // namespace holeshot::spool
