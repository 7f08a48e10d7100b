#include "gateway/spool/spool.h"

#include <algorithm>
#include <utility>

#include "gateway/spool/browse.h"
#include "gateway/spool/core.h"
#include "gateway/spool/queries.h"

namespace holeshot::spool {

using base::Code;
using base::fail;

namespace {
// Rows that one transaction moves at most, so that appends never wait for long.
constexpr std::size_t kRequeueStep = 500;
}  // namespace

Spool::Spool(std::unique_ptr<Core> core) : core_(std::move(core)) {}
Spool::~Spool() = default;

base::Result<std::unique_ptr<Spool>> Spool::open(const std::string& path, Identity identity,
                                                 const base::Clock& clock, SpoolOptions options) {
  HOLESHOT_ASSIGN(auto core, Core::open(path, std::move(identity), clock, std::move(options)));
  return std::unique_ptr<Spool>{new Spool(std::move(core))};
}

base::Result<SeqRange> Spool::append(std::span<contract::Envelope> envelopes, std::span<const Mark> marks) {
  if (envelopes.empty() && marks.empty()) return fail(Code::kInvalid, "append to spool: no envelopes");
  if (!envelopes.empty() && !core_->may_append()) {
    return fail(Code::kInvalid, "append to spool " + core_->path() + ": it was opened for repair only");
  }
  Op op;
  op.envelopes = envelopes;
  op.marks = marks;
  HOLESHOT_TRY(core_->submit(op));
  SeqRange range{.first_id = op.first_id};
  for (const auto& envelope : envelopes) {
    if (envelope.seq == 0) continue;
    if (range.first == 0) range.first = envelope.seq;
    range.last = envelope.seq;
  }
  return range;
}

base::Result<std::vector<Mark>> Spool::marks() {
  return core_->read([](Database& db) { return read_marks(db); });
}

base::Result<std::vector<SpoolRow>> Spool::newest(std::size_t limit, std::string_view message_type) {
  return core_->read([&](Database& db) { return read_newest(db, limit, message_type); });
}

base::Status Spool::acknowledge(std::uint64_t up_to, std::span<const Rejected> rejected) {
  const Core::Window window = core_->window();
  if (up_to < window.after || up_to > window.last_id) {
    return fail(Code::kInvalid, "acknowledge " + std::to_string(up_to) + ": the spool holds " +
                                    std::to_string(window.after) + " to " + std::to_string(window.last_id));
  }
  Op op;
  op.up_to = up_to;
  op.rejected = rejected;
  return core_->submit(op);
}

base::Result<Batch> Spool::next_batch(std::size_t max_events, std::size_t max_bytes) {
  while (true) {
    auto read = core_->read([&](Database& db) -> base::Result<ReadBatch> {
      const Core::Window window = core_->window();
      if (window.after == window.up_to) return ReadBatch{};
      return read_batch(db, {window.after, window.up_to, max_events, max_bytes, window.whole});
    });
    if (!read) return std::unexpected(read.error());
    if (!read->damaged) return std::move(read->batch);
    HOLESHOT_TRY(acknowledge(read->damaged->id, {&*read->damaged, 1}));
  }
}

bool Spool::wait_for_new(std::uint64_t after, std::stop_token stop, std::chrono::microseconds limit) {
  return core_->wait_for_new(after, std::move(stop), limit);
}

std::uint64_t Spool::last_id() const { return core_->window().last_id; }

base::Result<SpoolStats> Spool::stats() {
  return core_->read([&](Database& db) { return read_stats(db, core_->path()); });
}

SpoolHealth Spool::health() const { return core_->health(); }
std::vector<LossReport> Spool::loss_reports() const { return core_->loss_reports(); }

base::Result<RequeueReport> Spool::requeue(std::span<const std::uint64_t> ids) {
  std::vector<std::uint64_t> all{ids.begin(), ids.end()};
  if (all.empty()) {
    HOLESHOT_ASSIGN(all, core_->read([](Database& db) { return quarantined_ids(db); }));
  }
  RequeueReport report;
  for (std::size_t at = 0; at < all.size(); at += kRequeueStep) {
    RequeueReport step;
    Op op;
    op.change = [&](Writer& writer) -> base::Status {
      step = {};
      const std::size_t end = std::min(all.size(), at + kRequeueStep);
      for (std::size_t i = at; i < end; ++i) HOLESHOT_TRY(writer.requeue(all[i], step));
      return {};
    };
    HOLESHOT_TRY(core_->submit(op));
    report.requeued += step.requeued;
    report.damaged += step.damaged;
    report.unknown += step.unknown;
  }
  return report;
}

base::Result<PruneReport> Spool::prune(const PruneRequest& request) {
  PruneReport report;
  while (true) {
    PruneReport step;
    bool more = false;
    Op op;
    op.change = [&](Writer& writer) -> base::Status {
      step = {};
      HOLESHOT_ASSIGN(more, writer.prune(request, step));
      return {};
    };
    HOLESHOT_TRY(core_->submit(op));
    report.acknowledged += step.acknowledged;
    report.quarantined += step.quarantined;
    if (!more) return report;
  }
}

base::Result<VerifyReport> Spool::verify(const std::function<void(std::uint64_t)>& progress) {
  VerifyReport report;
  HOLESHOT_TRY(
      walk([&](const Walk& step) { return core_->read([&](Database& db) { return read_step(db, step); }); },
           [&](const StoredRow& row) {
             ++report.rows;
             if (!row.intact) report.damaged.push_back(row.id);
             if (progress && report.rows % kTellEvery == 0) progress(report.rows);
             return true;
           }));
  HOLESHOT_ASSIGN(report.structure, core_->read([](Database& db) { return check_structure(db); }));
  for (const std::uint64_t id : report.damaged) {
    const Rejected rejected{id, "damaged", "the row's checksum is wrong: the disk has changed it"};
    Op op;
    op.change = [&](Writer& writer) { return writer.set_aside({&rejected, 1}); };
    HOLESHOT_TRY(core_->submit(op));
  }
  if (!report.structure.empty()) {
    HOLESHOT_TRY(core_->replace_damaged("spool " + core_->path() + ": " + report.structure.front()));
  }
  return report;
}

}  // namespace holeshot::spool
