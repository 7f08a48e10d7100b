// Core's part for files that the disk has damaged: moving them aside, going on in a fresh one, and putting back
// what can still be read.
#include <chrono>
#include <utility>

#include "common/base/log.h"
#include "gateway/spool/core.h"
#include "gateway/spool/page_scan.h"
#include "gateway/spool/queries.h"

namespace holeshot::spool {

using base::Code;

namespace {

// A disk that damages one fresh file after the other is not to be trusted with another.
constexpr int kMostRecoveries = 5;
// Rows that one transaction puts back: a few hundred milliseconds on the slowest card, so that appends go on.
constexpr std::size_t kPutBackRows = 500;
// A full disk is tried again after this while rows are put back.
constexpr std::chrono::seconds kFullPause{1};

std::string live_key(const std::string& file) { return "live_from:" + file.substr(file.rfind('/') + 1); }
std::string progress_key(const std::string& file) {
  return "put_back_to:" + file.substr(file.rfind('/') + 1);
}

std::vector<Mark> marks_of(const std::string& path) {
  auto db = open_reader(path);
  if (!db) return {};
  auto marks = read_marks(*db);
  return marks ? std::move(*marks) : std::vector<Mark>{};
}

}  // namespace

base::Status Core::start() {
  auto writer = Writer::open(path_, identity_, options_, clock_);
  if (writer) {
    writer_ = std::move(*writer);
    if (auto readers = open_readers(); !readers) {
      if (readers.error().code != Code::kCorrupt) return readers;
      HOLESHOT_TRY(start_after_damage(readers.error()));
    }
  } else {
    if (writer.error().code != Code::kCorrupt) return std::unexpected(writer.error());
    HOLESHOT_TRY(start_after_damage(writer.error()));
  }
  for (const std::string& file : unfinished_files(path_)) {
    if (!damaged_.empty() && damaged_.back().file == file) continue;
    DamagedFile left{
        .file = file, .cause = "found damaged by an earlier start", .found_at_us = clock_.wall_us()};
    HOLESHOT_ASSIGN(const auto live, writer_->noted(live_key(file)));
    HOLESHOT_ASSIGN(const auto progress, writer_->noted(progress_key(file)));
    left.first_live_id = live.value_or(0);
    left.put_back_to = progress.value_or(0);
    damaged_.push_back(std::move(left));
  }
  reserve_.make(options_, options_.disk ? options_.disk(path_) : std::nullopt);
  reserve_present_ = reserve_.present();
  figures_ = writer_->figures();
  rate_.start(clock_.mono_us());
  checkpointer_ = base::Worker("checkpoint", [this](const std::stop_token& stop) { checkpoint_loop(stop); });
  salvager_ = base::Worker("salvage", [this](const std::stop_token& stop) { salvage_loop(stop); });
  return {};
}

base::Status Core::open_readers() {
  HOLESHOT_ASSIGN(reader_, open_reader(path_));
  HOLESHOT_ASSIGN(checkpoints_, Database::open(path_, OpenMode::kReadWrite));
  return {};
}

// Nothing is known of the file, so what is new gets ids above any that it can hold: microseconds since 1970 are
// more than a spool ever counts to. (With a clock that is behind, old rows may be above; they then go to the
// end.)
base::Status Core::start_after_damage(const base::Error& cause) {
  if (!may_be_a_spool(path_)) {
    return base::fail(Code::kInvalid, "open spool " + path_ + ": this is a text file, not a spool",
                      "name another file, or move this one aside");
  }
  Continuation go_on{
      .last_id = clock_.wall_us(), .last_seq = 0, .cursor = 0, .acked = 0, .marks = marks_of(path_)};
  return replace_file(cause, go_on, {.first_live_id = clock_.wall_us() + 1});
}

base::Status Core::recover(const base::Error& cause) {
  if (++recoveries_ > kMostRecoveries) {
    return base::fail(Code::kClosed, "the disk damages one spool file after the other: " + cause.message,
                      "replace the disk");
  }
  const Continuation go_on = writer_->continuation();
  return replace_file(cause, go_on,
                      {.first_live_id = go_on.last_id + 1,
                       .cursor = go_on.cursor,
                       .boot_id = identity_.boot.str(),
                       .last_seq = go_on.last_seq});
}

base::Status Core::replace_file(const base::Error& cause, const Continuation& go_on, DamagedFile damaged) {
  const std::scoped_lock readers(reader_mutex_, checkpoint_mutex_);
  const std::uint64_t shed = writer_ ? writer_->figures().shed : 0;
  if (writer_) {
    writer_->leave_alone();
    checkpoints_.leave_log_alone();
  }
  HOLESHOT_ASSIGN(damaged.file, move_aside(path_, clock_.wall_us()));
  damaged.cause = cause.message;
  damaged.found_at_us = clock_.wall_us();
  checkpoints_ = {};
  reader_ = {};
  writer_.reset();
  HOLESHOT_ASSIGN(writer_, Writer::open(path_, identity_, options_, clock_, go_on));
  HOLESHOT_TRY(writer_->begin());
  HOLESHOT_TRY(writer_->note(live_key(damaged.file), damaged.first_live_id));
  HOLESHOT_TRY(writer_->commit());
  HOLESHOT_TRY(open_readers());
  base::log_error("spool",
                  "the disk has damaged the spool; it is moved aside, and capture goes on in a fresh one",
                  {{"cause", cause.message}, {"moved_to", damaged.file}});
  const std::scoped_lock lock(mutex_);
  ++turn_;
  shed_before_ += shed;
  if (damaged_.empty()) salvaged_to_ = 0;
  damaged_.push_back(std::move(damaged));
  salvage_due_.notify_all();
  return {};
}

base::Status Core::report_damage(std::uint64_t turn, const base::Error& cause) {
  Op op;
  op.damage = turn;
  op.damage_cause = cause;
  return submit(op);
}

base::Status Core::replace_damaged(std::string cause) {
  std::uint64_t turn = 0;
  {
    const std::scoped_lock lock(mutex_);
    turn = turn_;
  }
  return report_damage(turn, {Code::kCorrupt, std::move(cause), {}});
}

void Core::salvage_loop(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (salvage_due_.wait(lock, stop, [&] { return !damaged_.empty(); })) {
    const DamagedFile damaged = damaged_.front();
    lock.unlock();
    std::optional<LossReport> report = salvage(damaged, stop);
    lock.lock();
    if (!report) return;
    reports_.push_back(std::move(*report));
    damaged_.pop_front();
    ++revealed_;
    new_rows_.notify_all();
  }
}

std::optional<LossReport> Core::salvage(const DamagedFile& damaged, const std::stop_token& stop) {
  LossReport report{.file = damaged.file, .cause = damaged.cause, .found_at_us = damaged.found_at_us};
  const auto work = [&]() -> base::Status {
    HOLESHOT_ASSIGN(PageScan scan, PageScan::open(damaged.file));
    HOLESHOT_TRY(scan.index([&] { return stop.stop_requested(); }));
    std::optional<std::uint64_t> cursor = damaged.cursor;
    if (scan.counters()) cursor = std::max(cursor.value_or(0), scan.counters()->cursor);
    LossTally tally(cursor);
    std::vector<RawRow> rows;
    HOLESHOT_TRY(scan.each(0, [&](const RawRow& row) -> base::Status {
      if (!row.quarantined && row.id <= cursor.value_or(0)) {
        ++report.acknowledged;
        return {};
      }
      if (!row.quarantined) {
        if (const auto envelope = contract::parse_envelope(row.body)) tally.add(row.id, *envelope);
      }
      if (row.id <= damaged.put_back_to) return {};
      rows.push_back(row);
      return rows.size() < kPutBackRows ? base::Status{} : put_back(rows, damaged, report, stop);
    }));
    if (!rows.empty()) HOLESHOT_TRY(put_back(rows, damaged, report, stop));
    tally.end(damaged.boot_id, damaged.last_seq);
    report.end_known = !damaged.boot_id.empty();
    report.shed = scan.counters() ? scan.counters()->missing : 0;
    report.lost = tally.lost() - std::min(tally.lost(), report.shed);
    report.ranges = tally.ranges();
    report.damaged_rows = scan.counts().damaged;
    report.unreadable_pages = scan.counts().unreadable;
    return {};
  };
  if (const auto status = work(); !status) {
    if (status.error().code == Code::kClosed) return std::nullopt;
    report.problem = status.error().text();
  }
  if (const auto written = write_report(report); !written) {
    base::log_warn("spool", "the loss report could not be written", {{"why", written.error().text()}});
  }
  base::log_error("spool", "what a damaged spool still gave is back in the queue",
                  {{"file", report.file},
                   {"salvaged", report.salvaged},
                   {"lost", report.lost},
                   {"end_known", report.end_known ? "yes" : "no"},
                   {"problem", report.problem}});
  return report;
}

base::Status Core::put_back(std::vector<RawRow>& rows, const DamagedFile& damaged, LossReport& report,
                            const std::stop_token& stop) {
  while (true) {
    std::uint64_t quarantined = 0;
    Op op;
    op.salvaged_to = damaged.first_live_id == 0 ? 0 : rows.back().id;
    op.change = [&](Writer& writer) -> base::Status {
      quarantined = 0;
      for (const RawRow& row : rows) {
        // Not even an envelope, though its checksum holds: nobody could ever send it.
        const auto envelope = contract::parse_envelope(row.body);
        if (!envelope) continue;
        HOLESHOT_TRY(writer.put_back(row, *envelope, damaged.first_live_id));
        quarantined += row.quarantined ? 1 : 0;
      }
      return writer.note(progress_key(damaged.file), rows.back().id);
    };
    const base::Status status = submit(op);
    if (status) {
      report.salvaged += rows.size() - quarantined;
      report.quarantined += quarantined;
      rows.clear();
      return {};
    }
    if (status.error().code != Code::kFull && status.error().code != Code::kRetry) return status;
    std::unique_lock lock(mutex_);
    salvage_due_.wait_for(lock, stop, kFullPause, [] { return false; });
    if (stop.stop_requested()) return base::fail(Code::kClosed, "salvage: stopped");
  }
}

}  // namespace holeshot::spool
