#include "gateway/spool/queries.h"

#include <sys/stat.h>

#include <algorithm>

#include "gateway/spool/schema.h"

namespace holeshot::spool {

std::string_view to_string(SpoolState state) {
  switch (state) {
    case SpoolState::kOk:
      return "ok";
    case SpoolState::kTight:
      return "tight";
    case SpoolState::kFull:
      return "full";
    case SpoolState::kFailed:
      return "failed";
  }
  return "failed";
}

namespace {

std::uint64_t file_bytes(const std::string& path) {
  struct stat info{};
  return stat(path.c_str(), &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
}

// One consistent look: several SELECTs in one read transaction that ends with the scope.
class ReadScope {
 public:
  explicit ReadScope(Database& db) : db_(db) {}
  ~ReadScope() { db_.rollback(); }
  ReadScope(const ReadScope&) = delete;
  ReadScope& operator=(const ReadScope&) = delete;
  base::Status begin() { return db_.exec("BEGIN"); }

 private:
  Database& db_;
};

base::Result<std::vector<BootStats>> read_boots(Database& db, std::uint64_t last_id) {
  HOLESHOT_ASSIGN(
      Statement boots,
      db.prepare("SELECT boot_id, track_id, client_id, opened_at_us, first_id, last_seq FROM boots "
                 "ORDER BY id DESC LIMIT ?1"));
  boots.bind(1, kMaxBootsShown);
  std::vector<BootStats> found;
  while (true) {
    HOLESHOT_ASSIGN(const bool row, boots.step());
    if (!row) break;
    BootStats& boot = found.emplace_back();
    boot.boot_id = boots.column_text(0);
    boot.track_id = boots.column_text(1);
    boot.client_id = boots.column_text(2);
    boot.opened_at_us = boots.column_number(3);
    const std::uint64_t noted = boots.column_number(5);
    boot.last_seq = noted != 0 ? noted : last_id + 1 - boots.column_number(4);
  }
  std::reverse(found.begin(), found.end());
  return found;
}

}  // namespace

base::Result<ReadBatch> read_batch(Database& db, const BatchLimits& limits) {
  HOLESHOT_ASSIGN(
      Statement rows,
      db.prepare("SELECT e.id, e.seq, e.captured_at_us, e.body, e.checksum, b.track_id FROM envelopes e "
                 "LEFT JOIN boots b ON b.id = e.boot WHERE e.id > ?1 AND e.id <= ?2 ORDER BY e.id LIMIT ?3"));
  rows.bind(1, limits.after);
  rows.bind(2, limits.up_to);
  rows.bind(3, std::uint64_t{limits.max_events});
  ReadBatch found;
  std::size_t bytes = 0;
  std::uint64_t expected = limits.after + 1;
  while (true) {
    HOLESHOT_ASSIGN(const bool row, rows.step());
    const std::uint64_t id = row ? rows.column_number(0) : limits.up_to + 1;
    const bool first = found.batch.rows.empty();
    if (limits.whole && id != expected && (row || first)) {
      return base::fail(base::Code::kCorrupt, "spool: row " + std::to_string(expected) + " is not there");
    }
    if (!row) break;
    ++expected;
    const std::string_view body = rows.column_text(3);
    if (rows.column_number(4) != row_checksum(id, rows.column_number(1), rows.column_number(2), body)) {
      if (first)
        found.damaged = Rejected{id, "damaged", "the row's checksum is wrong: the disk has changed it"};
      break;
    }
    const std::string_view track = rows.column_text(5);
    if (body.find("\"track_id\":\"" + std::string{track} + "\"") == std::string_view::npos) {
      return base::fail(base::Code::kCorrupt, "spool: the boot of row " + std::to_string(id) + " is damaged");
    }
    bytes += body.size() + 1;
    if (!first && (bytes > limits.max_bytes || track != found.batch.track.str())) break;
    if (first) {
      HOLESHOT_ASSIGN(found.batch.track, contract::TrackId::parse(track, "track_id in the spool"));
    }
    found.batch.rows.push_back({id, std::string{body}});
  }
  return found;
}

base::Result<SpoolStats> read_stats(Database& db, const std::string& path) {
  ReadScope scope(db);
  HOLESHOT_TRY(scope.begin());
  SpoolStats stats;
  HOLESHOT_ASSIGN(const Counters counters, read_counters(db));
  HOLESHOT_ASSIGN(const std::uint64_t last_row, db.number("SELECT max(id) FROM envelopes"));
  HOLESHOT_ASSIGN(stats.quarantined, db.number("SELECT count(*) FROM quarantine"));
  HOLESHOT_ASSIGN(stats.oldest_captured_at_us,
                  db.number("SELECT captured_at_us FROM envelopes WHERE id > (SELECT up_to FROM state) "
                            "ORDER BY id LIMIT 1"));
  stats.last_id = std::max({counters.cursor, counters.floor_id, last_row});
  stats.pending = stats.last_id - counters.cursor - counters.missing;
  stats.acked = counters.acked;
  stats.bytes = file_bytes(path) + file_bytes(path + "-wal");
  HOLESHOT_ASSIGN(stats.boots, read_boots(db, stats.last_id));
  return stats;
}

base::Result<std::vector<Mark>> read_marks(Database& db) {
  HOLESHOT_ASSIGN(Statement rows, db.prepare("SELECT key, value, checksum FROM marks ORDER BY key"));
  std::vector<Mark> found;
  while (true) {
    HOLESHOT_ASSIGN(const bool row, rows.step());
    if (!row) break;
    Mark mark{std::string{rows.column_text(0)}, std::string{rows.column_text(1)}};
    if (rows.column_number(2) == mark_checksum(mark.key, mark.value)) found.push_back(std::move(mark));
  }
  return found;
}

}  // namespace holeshot::spool
