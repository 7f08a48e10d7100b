// Writer's part that moves rows other than by append and acknowledgement.
#include <algorithm>

#include "gateway/spool/writer.h"

namespace holeshot::spool {

namespace {
constexpr std::uint64_t kPruneStep = 1'000;
}  // namespace

base::Status Writer::go_on_after(const Continuation& damage) {
  HOLESHOT_TRY(begin());
  working_.last_id = damage.last_id;
  working_.last_seq = damage.last_seq;
  working_.pruned_to = damage.cursor;
  working_.counters = {damage.cursor, damage.acked, damage.last_id - damage.cursor, damage.last_id};
  moved_cursor_ = true;
  if (damage.last_seq != 0) HOLESHOT_TRY(open_boot());
  for (const Mark& each : damage.marks) HOLESHOT_TRY(mark(each));
  return commit();
}

// An id at the end for a row of another boot. The running boot's numbers go on following from the ids.
base::Status Writer::give_foreign_id(std::uint64_t& id) {
  if (working_.boot_row == 0) {
    HOLESHOT_TRY(close_boot());
  } else {
    HOLESHOT_ASSIGN(Statement shift, db_.prepare("UPDATE boots SET first_id = first_id + 1 WHERE id = ?1"));
    shift.bind(1, working_.boot_row);
    HOLESHOT_TRY(shift.run());
  }
  id = ++working_.last_id;
  return {};
}

base::Status Writer::set_aside(std::span<const Rejected> rows) {
  for (const Rejected& row : rows) {
    HOLESHOT_ASSIGN(const bool moved, quarantine(row));
    if (moved && row.id > working_.counters.cursor) ++working_.counters.missing;
  }
  return {};
}

base::Status Writer::insert_row(std::uint64_t id, std::uint64_t boot, const RawRow& row) {
  insert_.bind(1, id);
  insert_.bind(2, boot);
  insert_.bind(3, row.seq);
  insert_.bind(4, row.captured_at_us);
  insert_.bind(5, std::string_view{row.message_type});
  insert_.bind(6, std::string_view{row.body});
  insert_.bind(7, std::uint64_t{row_checksum(id, row.seq, row.captured_at_us, row.body)});
  return insert_.run();
}

base::Status Writer::requeue(std::uint64_t id, RequeueReport& report) {
  HOLESHOT_ASSIGN(Statement found,
                  db_.prepare("SELECT boot, seq, captured_at_us, message_type, body, checksum "
                              "FROM quarantine WHERE id = ?1"));
  found.bind(1, id);
  HOLESHOT_ASSIGN(const bool there, found.step());
  if (!there) {
    ++report.unknown;
    return {};
  }
  const std::uint64_t boot = found.column_number(0);
  const RawRow row{.id = id,
                   .seq = found.column_number(1),
                   .captured_at_us = found.column_number(2),
                   .message_type = std::string{found.column_text(3)},
                   .body = std::string{found.column_text(4)}};
  if (found.column_number(5) != row_checksum(id, row.seq, row.captured_at_us, row.body)) {
    ++report.damaged;
    return {};
  }
  found.reset();
  std::uint64_t new_id = 0;
  HOLESHOT_TRY(give_foreign_id(new_id));
  HOLESHOT_TRY(insert_row(new_id, boot, row));
  HOLESHOT_ASSIGN(Statement remove, db_.prepare("DELETE FROM quarantine WHERE id = ?1"));
  remove.bind(1, id);
  HOLESHOT_TRY(remove.run());
  --working_.quarantined;
  ++report.requeued;
  return {};
}

base::Result<bool> Writer::prune(const PruneRequest& request, PruneReport& report) {
  bool more = false;
  if (request.acknowledged && working_.pruned_to < working_.counters.cursor) {
    HOLESHOT_ASSIGN(report.acknowledged, prune_acknowledged(working_.counters.cursor));
    more = working_.pruned_to < working_.counters.cursor;
  }
  if (request.quarantined_before_us == 0) return more;
  HOLESHOT_ASSIGN(Statement remove,
                  db_.prepare("DELETE FROM quarantine WHERE id IN (SELECT id FROM quarantine "
                              "WHERE quarantined_at_us < ?1 ORDER BY id LIMIT ?2)"));
  remove.bind(1, request.quarantined_before_us);
  remove.bind(2, kPruneStep);
  HOLESHOT_TRY(remove.run());
  report.quarantined = db_.changes();
  working_.quarantined -= std::min(working_.quarantined, report.quarantined);
  // The highest id must not come again although its row is gone.
  working_.counters.floor_id = std::max(working_.counters.floor_id, working_.last_id);
  return more || report.quarantined == kPruneStep;
}

base::Result<std::uint64_t> Writer::boot_of(const contract::Envelope& envelope) {
  const std::string& boot = envelope.boot_id.str();
  if (envelope.boot_id == identity_.boot && working_.boot_row != 0) return working_.boot_row;
  if (const auto known = boots_.find(boot); known != boots_.end()) {
    HOLESHOT_ASSIGN(
        Statement raise,
        db_.prepare("UPDATE boots SET last_seq = max(last_seq, ?2) WHERE id = ?1 AND last_seq > 0"));
    raise.bind(1, known->second);
    raise.bind(2, envelope.seq);
    HOLESHOT_TRY(raise.run());
    return known->second;
  }
  HOLESHOT_ASSIGN(Statement found, db_.prepare("SELECT id FROM boots WHERE boot_id = ?1"));
  found.bind(1, std::string_view{boot});
  HOLESHOT_ASSIGN(const bool there, found.step());
  std::uint64_t row = there ? found.column_number(0) : 0;
  found.reset();
  if (!there) {
    HOLESHOT_TRY(insert_boot(boot, envelope.track_id.str(), envelope.client_id.str(), 0, envelope.seq, row));
  }
  boots_[boot] = row;
  return row;
}

base::Result<bool> Writer::put_back(const RawRow& row, const contract::Envelope& envelope,
                                    std::uint64_t first_live_id) {
  HOLESHOT_ASSIGN(const std::uint64_t boot, boot_of(envelope));
  if (row.quarantined) {
    HOLESHOT_TRY(keep_rejected(row, boot));
    return false;
  }
  if (row.id > working_.counters.cursor && row.id < first_live_id) {
    HOLESHOT_ASSIGN(const std::uint64_t there, rows_between(row.id - 1, row.id));
    if (there != 0) return true;
    HOLESHOT_TRY(insert_row(row.id, boot, row));
    working_.counters.missing -= std::min<std::uint64_t>(working_.counters.missing, 1);
    return true;
  }
  std::uint64_t id = 0;
  HOLESHOT_TRY(give_foreign_id(id));
  HOLESHOT_TRY(insert_row(id, boot, row));
  return false;
}

base::Status Writer::keep_rejected(const RawRow& row, std::uint64_t boot) {
  HOLESHOT_ASSIGN(
      Statement keep,
      db_.prepare("INSERT OR IGNORE INTO quarantine VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"));
  keep.bind(1, row.id);
  keep.bind(2, boot);
  keep.bind(3, row.seq);
  keep.bind(4, row.captured_at_us);
  keep.bind(5, std::string_view{row.message_type});
  keep.bind(6, std::string_view{row.body});
  keep.bind(7, std::uint64_t{row_checksum(row.id, row.seq, row.captured_at_us, row.body)});
  keep.bind(8, std::string_view{row.code});
  keep.bind(9, std::string_view{row.detail});
  keep.bind(10, row.quarantined_at_us);
  HOLESHOT_TRY(keep.run());
  working_.quarantined += db_.changes();
  return {};
}

base::Status Writer::note(const std::string& key, std::uint64_t value) {
  HOLESHOT_ASSIGN(Statement put, db_.prepare("INSERT OR REPLACE INTO meta VALUES (?1, ?2)"));
  const std::string text = std::to_string(value);
  put.bind(1, std::string_view{key});
  put.bind(2, std::string_view{text});
  return put.run();
}

base::Result<std::optional<std::uint64_t>> Writer::noted(const std::string& key) {
  HOLESHOT_ASSIGN(Statement get, db_.prepare("SELECT CAST(value AS INTEGER) FROM meta WHERE key = ?1"));
  get.bind(1, std::string_view{key});
  HOLESHOT_ASSIGN(const bool there, get.step());
  if (!there) return std::optional<std::uint64_t>{};
  return std::optional<std::uint64_t>{get.column_number(0)};
}

}  // namespace holeshot::spool
