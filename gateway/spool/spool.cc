#include "gateway/spool/spool.h"

#include <utility>

#include "gateway/spool/queries.h"
#include "gateway/spool/schema.h"
#include "gateway/spool/writer.h"

namespace holeshot::spool {

using base::Code;
using base::fail;

namespace {

// Envelopes that one transaction takes at most; what is queued beyond waits for the next, so one late caller
// does not wait for everybody's work.
constexpr std::size_t kMaxGroupEvents = 2'000;

// Pages (4 KB) of write-ahead log after which it is copied back: 4 MB. It happens beside the appends, which
// it does not hold up. Where they are so fast that the log never gets a chance to start again from its
// beginning, the second bound, 16 MB, makes them wait for it.
constexpr std::uint64_t kCheckpointPages = 1'000;
constexpr std::uint64_t kRestartPages = 4 * kCheckpointPages;

// What is worth another try through the same handle. Everything else leaves the file in a state that only a
// new start can find out.
bool may_try_again(Code code) { return code == Code::kFull || code == Code::kRetry; }

base::Error latched_error(const base::Error& cause) {
  return {Code::kClosed, "the spool takes no more writes since: " + cause.message,
          "check the disk, then restart holeshot-gateway"};
}

}  // namespace

Spool::Spool(std::string path, std::unique_ptr<Writer> writer, std::unique_ptr<Database> reader,
             std::unique_ptr<Database> checkpoints)
    : path_(std::move(path)),
      writer_(std::move(writer)),
      last_id_(writer_->last_id()),
      cursor_(writer_->cursor()),
      reader_(std::move(reader)),
      checkpoints_(std::move(checkpoints)),
      checkpointer_("checkpoint", [this](const std::stop_token& stop) { checkpoint_loop(stop); }) {}

Spool::~Spool() = default;

base::Result<std::unique_ptr<Spool>> Spool::open(const std::string& path, Identity identity,
                                                 const base::Clock& clock, SpoolOptions options) {
  HOLESHOT_ASSIGN(auto writer, Writer::open(path, std::move(identity), options.keep_acknowledged, clock));
  HOLESHOT_ASSIGN(Database reader, open_reader(path));
  HOLESHOT_ASSIGN(Database checkpoints, Database::open(path, OpenMode::kReadWrite));
  return std::unique_ptr<Spool>{new Spool(path, std::move(writer),
                                          std::make_unique<Database>(std::move(reader)),
                                          std::make_unique<Database>(std::move(checkpoints)))};
}

base::Result<SeqRange> Spool::append(std::span<contract::Envelope> envelopes, std::span<const Mark> marks) {
  if (envelopes.empty() && marks.empty()) return fail(Code::kInvalid, "append to spool: no envelopes");
  Op op;
  op.envelopes = envelopes;
  op.marks = marks;
  HOLESHOT_TRY(submit(op));
  if (envelopes.empty()) return SeqRange{};
  return SeqRange{envelopes.front().seq, envelopes.back().seq};
}

base::Status Spool::acknowledge(std::uint64_t up_to, std::span<const Rejected> rejected) {
  {
    const std::scoped_lock lock(mutex_);
    if (up_to < cursor_ || up_to > last_id_) {
      return fail(Code::kInvalid, "acknowledge " + std::to_string(up_to) + ": the spool holds " +
                                      std::to_string(cursor_) + " to " + std::to_string(last_id_));
    }
  }
  Op op;
  op.up_to = up_to;
  op.rejected = rejected;
  return submit(op);
}

// The front of the queue does the work of all that queued up meanwhile; nobody else touches the writer.
base::Status Spool::submit(Op& op) {
  std::unique_lock lock(mutex_);
  queue_.push_back(&op);
  op.turn.wait(lock, [&] { return op.done || queue_.front() == &op; });
  if (op.done) return op.result;
  const std::vector<Op*> group = take_group();
  lock.unlock();
  base::Status status = commit(group);
  lock.lock();
  finish(group, status, op);
  return status;
}

std::vector<Spool::Op*> Spool::take_group() {
  std::vector<Op*> group;
  std::size_t events = 0;
  for (Op* op : queue_) {
    events += op->envelopes.size();
    if (!group.empty() && events > kMaxGroupEvents) break;
    group.push_back(op);
  }
  return group;
}

base::Status Spool::commit(const std::vector<Op*>& group) {
  {
    const std::scoped_lock lock(mutex_);
    if (latched_) return std::unexpected(latched_error(*latched_));
  }
  const auto write = [&]() -> base::Status {
    if (writer_->wal_pages() >= kRestartPages) HOLESHOT_TRY(writer_->restart_log());
    HOLESHOT_TRY(writer_->begin());
    for (const Op* op : group) {
      if (!op->envelopes.empty()) HOLESHOT_TRY(writer_->append(op->envelopes));
      for (const Mark& mark : op->marks) HOLESHOT_TRY(writer_->mark(mark));
      if (op->up_to) HOLESHOT_TRY(writer_->acknowledge(*op->up_to, op->rejected));
    }
    return writer_->commit();
  };
  base::Status status = write();
  if (!status) {
    writer_->abort();
    if (!may_try_again(status.error().code)) {
      const std::scoped_lock lock(mutex_);
      latched_ = status.error();
      return std::unexpected(latched_error(*latched_));
    }
  }
  return status;
}

void Spool::finish(const std::vector<Op*>& group, const base::Status& status, const Op& own) {
  for (Op* op : group) {
    queue_.pop_front();
    if (op == &own) continue;
    op->result = status;
    op->done = true;
    op->turn.notify_one();
  }
  last_id_ = writer_->last_id();
  cursor_ = writer_->cursor();
  wal_pages_ = writer_->wal_pages();
  if (!queue_.empty()) queue_.front()->turn.notify_one();
  new_rows_.notify_all();
  if (wal_pages_ >= kCheckpointPages) checkpoint_due_.notify_one();
}

// An error here is as bad as one of a commit: the pages it could not sync may be gone from memory too.
void Spool::checkpoint_loop(std::stop_token stop) {
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
  while (checkpoint_due_.wait(lock, stop, [&] { return wal_pages_ >= kCheckpointPages; })) {
    wal_pages_ = 0;  // until the next commit tells
    lock.unlock();
    const base::Status status = checkpoints_->checkpoint(CheckpointMode::kGentle);
    lock.lock();
    if (!status && !may_try_again(status.error().code) && !latched_) latched_ = status.error();
  }
}

base::Result<Batch> Spool::next_batch(std::size_t max_events, std::size_t max_bytes) {
  while (true) {
    std::uint64_t after = 0;
    std::uint64_t up_to = 0;
    {
      const std::scoped_lock lock(mutex_);
      after = cursor_;
      up_to = last_id_;
    }
    if (after == up_to) return Batch{};
    ReadBatch read;
    {
      const std::scoped_lock lock(reader_mutex_);
      HOLESHOT_ASSIGN(read, read_batch(*reader_, after, up_to, max_events, max_bytes));
    }
    if (!read.damaged) return std::move(read.batch);
    HOLESHOT_TRY(acknowledge(read.damaged->id, {&*read.damaged, 1}));
  }
}

bool Spool::wait_for_new(std::uint64_t after, std::stop_token stop, std::chrono::microseconds limit) {
  std::unique_lock lock(mutex_);
  return new_rows_.wait_for(lock, stop, limit, [&] { return last_id_ > after; });
}

std::uint64_t Spool::last_id() const {
  const std::scoped_lock lock(mutex_);
  return last_id_;
}

base::Result<std::vector<Mark>> Spool::marks() {
  const std::scoped_lock lock(reader_mutex_);
  return read_marks(*reader_);
}

base::Result<std::vector<SpoolRow>> Spool::newest(std::size_t limit, std::string_view message_type) {
  const std::scoped_lock lock(reader_mutex_);
  return read_rows(
      *reader_, {.state = {}, .message_type = std::string{message_type}, .limit = std::uint64_t{limit}}, {});
}

base::Result<SpoolStats> Spool::stats() {
  const std::scoped_lock lock(reader_mutex_);
  return read_stats(*reader_, path_);
}

}  // namespace holeshot::spool
