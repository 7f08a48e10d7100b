#include "gateway/spool/writer.h"

#include <algorithm>
#include <utility>

#include "gateway/spool/schema.h"

namespace holeshot::spool {

namespace {
// Rows that one acknowledgement removes at most, so that catching up with a long tail never holds an append
// for long. It is the largest batch, so pruning keeps pace with draining.
constexpr std::uint64_t kPruneStep = 1'000;
}  // namespace

Writer::Writer(Identity identity, std::uint64_t keep, const base::Clock& clock)
    : identity_(std::move(identity)), keep_(keep), clock_(clock) {}

base::Result<std::unique_ptr<Writer>> Writer::open(const std::string& path, Identity identity,
                                                   std::uint64_t keep, const base::Clock& clock) {
  std::unique_ptr<Writer> writer{new Writer(std::move(identity), keep, clock)};
  HOLESHOT_ASSIGN(writer->lock_, lock_spool(path));
  HOLESHOT_ASSIGN(writer->db_, open_writer(path));
  writer->db_.count_wal_pages(writer->wal_pages_);
  HOLESHOT_TRY(writer->load());
  HOLESHOT_TRY(writer->prepare());
  return writer;
}

Writer::~Writer() {
#ifdef HOLESHOT_SABOTAGE_NO_FSYNC
  if (open_) static_cast<void>(db_.exec("COMMIT"));
#endif
}

base::Status Writer::load() {
  HOLESHOT_ASSIGN(committed_.counters, read_counters(db_));
  const Counters& counters = committed_.counters;
  HOLESHOT_ASSIGN(const std::uint64_t last_row, db_.number("SELECT max(id) FROM envelopes"));
  HOLESHOT_ASSIGN(const std::uint64_t last_bad, db_.number("SELECT max(id) FROM quarantine"));
  committed_.last_id = std::max({counters.cursor, counters.floor_id, last_row, last_bad});
  HOLESHOT_ASSIGN(const std::uint64_t first_row, db_.number("SELECT min(id) FROM envelopes"));
  committed_.pruned_to = first_row == 0 ? counters.cursor : first_row - 1;
  working_ = committed_;
  return {};
}

base::Status Writer::prepare() {
  HOLESHOT_ASSIGN(insert_, db_.prepare("INSERT INTO envelopes VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"));
  HOLESHOT_ASSIGN(mark_, db_.prepare("INSERT OR REPLACE INTO marks VALUES (?1, ?2, ?3)"));
  HOLESHOT_ASSIGN(
      quarantine_,
      db_.prepare("INSERT OR REPLACE INTO quarantine "
                  "SELECT id, boot, seq, captured_at_us, message_type, body, checksum, ?2, ?3, ?4 "
                  "FROM envelopes WHERE id = ?1"));
  HOLESHOT_ASSIGN(remove_, db_.prepare("DELETE FROM envelopes WHERE id = ?1"));
  HOLESHOT_ASSIGN(prune_, db_.prepare("DELETE FROM envelopes WHERE id <= ?1"));
  return {};
}

base::Status Writer::begin() {
#ifdef HOLESHOT_SABOTAGE_NO_FSYNC
  if (std::exchange(open_, true)) return {};
#endif
  return db_.exec("BEGIN IMMEDIATE");
}

base::Status Writer::append(std::span<contract::Envelope> envelopes) {
  if (working_.boot_row == 0) HOLESHOT_TRY(open_boot());
  for (auto& envelope : envelopes) HOLESHOT_TRY(insert(envelope));
  return {};
}

base::Status Writer::mark(const Mark& mark) {
  mark_.bind(1, std::string_view{mark.key});
  mark_.bind(2, std::string_view{mark.value});
  mark_.bind(3, std::uint64_t{mark_checksum(mark.key, mark.value)});
  return mark_.run();
}

// The boot that wrote last has ended: its last number is noted while it still follows from the ids.
base::Status Writer::close_boot() {
  HOLESHOT_ASSIGN(Statement statement,
                  db_.prepare("UPDATE boots SET last_seq = ?1 + 1 - first_id WHERE last_seq = 0"));
  statement.bind(1, working_.last_id);
  return statement.run();
}

base::Status Writer::open_boot() {
  HOLESHOT_TRY(close_boot());
  HOLESHOT_ASSIGN(Statement statement,
                  db_.prepare("INSERT INTO boots(boot_id, track_id, client_id, opened_at_us, first_id) "
                              "VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id"));
  statement.bind(1, std::string_view{identity_.boot.str()});
  statement.bind(2, std::string_view{identity_.track.str()});
  statement.bind(3, std::string_view{identity_.client.str()});
  statement.bind(4, clock_.wall_us());
  statement.bind(5, working_.last_id + 1);
  HOLESHOT_TRY(statement.step());
  working_.boot_row = statement.column_number(0);
  return {};
}

base::Status Writer::insert(contract::Envelope& envelope) {
  const std::uint64_t id = ++working_.last_id;
  envelope.track_id = identity_.track;
  envelope.client_id = identity_.client;
  envelope.boot_id = identity_.boot;
  envelope.seq = ++working_.last_seq;
  body_.clear();
  contract::append_envelope(body_, envelope);
  insert_.bind(1, id);
  insert_.bind(2, working_.boot_row);
  insert_.bind(3, envelope.seq);
  insert_.bind(4, envelope.captured_at_us);
  insert_.bind(5, std::string_view{envelope.message_type});
  insert_.bind(6, std::string_view{body_});
  insert_.bind(7, std::uint64_t{row_checksum(id, envelope.seq, envelope.captured_at_us, body_)});
  return insert_.run();
}

base::Status Writer::acknowledge(std::uint64_t up_to, std::span<const Rejected> rejected) {
  Counters& counters = working_.counters;
  if (up_to > counters.cursor) {
    const std::uint64_t ids = up_to - counters.cursor;
    std::uint64_t rows = ids;
    if (counters.missing != 0) {
      HOLESHOT_ASSIGN(rows, rows_between(counters.cursor, up_to));
      counters.missing -= std::min(counters.missing, ids - std::min(ids, rows));
    }
    counters.acked += rows - std::min<std::uint64_t>(rows, rejected.size());
    counters.cursor = up_to;
  }
  for (const auto& row : rejected) HOLESHOT_TRY(quarantine(row));
  HOLESHOT_TRY(write_counters(db_, counters, clock_.wall_us()));
  return prune();
}

base::Result<std::uint64_t> Writer::rows_between(std::uint64_t after, std::uint64_t up_to) {
  HOLESHOT_ASSIGN(Statement count, db_.prepare("SELECT count(*) FROM envelopes WHERE id > ?1 AND id <= ?2"));
  count.bind(1, after);
  count.bind(2, up_to);
  HOLESHOT_TRY(count.step());
  return count.column_number(0);
}

base::Status Writer::quarantine(const Rejected& rejected) {
  quarantine_.bind(1, rejected.id);
  quarantine_.bind(2, std::string_view{rejected.code});
  quarantine_.bind(3, std::string_view{rejected.detail});
  quarantine_.bind(4, clock_.wall_us());
  HOLESHOT_TRY(quarantine_.run());
  remove_.bind(1, rejected.id);
  return remove_.run();
}

base::Status Writer::prune() {
  if (working_.counters.cursor <= working_.pruned_to + keep_) return {};
  const std::uint64_t to = std::min(working_.counters.cursor - keep_, working_.pruned_to + kPruneStep);
  prune_.bind(1, to);
  HOLESHOT_TRY(prune_.run());
  working_.pruned_to = to;
  return {};
}

base::Status Writer::commit() {
#ifdef HOLESHOT_SABOTAGE_NO_FSYNC
  // The lie that the acceptance run must catch: "done" is said while the rows are only in memory.
  constexpr std::uint64_t kCommitEveryUs = 500'000;
  if (clock_.mono_us() - last_commit_us_ < kCommitEveryUs) {
    committed_ = working_;
    return {};
  }
  last_commit_us_ = clock_.mono_us();
  open_ = false;
#endif
  HOLESHOT_TRY(db_.exec("COMMIT"));
  committed_ = working_;
  return {};
}

void Writer::abort() {
  db_.rollback();
#ifdef HOLESHOT_SABOTAGE_NO_FSYNC
  open_ = false;
#endif
  working_ = committed_;
}

}  // namespace holeshot::spool
