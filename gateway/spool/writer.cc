#include "gateway/spool/writer.h"

#include <algorithm>
#include <utility>

#include "gateway/spool/queries.h"

namespace holeshot::spool {

namespace {
// Rows that one acknowledgement removes at most, so that catching up with a long tail never holds an append
// for long. It is the largest batch, so pruning keeps pace with draining.
constexpr std::uint64_t kPruneStep = 1'000;
}  // namespace

Writer::Writer(Identity identity, SpoolOptions options, const base::Clock& clock, std::string path)
    : identity_(std::move(identity)), options_(std::move(options)), clock_(clock), path_(std::move(path)) {}

base::Result<std::unique_ptr<Writer>> Writer::open(const std::string& path, Identity identity,
                                                   SpoolOptions options, const base::Clock& clock,
                                                   const std::optional<Continuation>& after_damage) {
  std::unique_ptr<Writer> writer{new Writer(std::move(identity), std::move(options), clock, path)};
  HOLESHOT_ASSIGN(writer->db_, open_writer(path));
  writer->db_.count_wal_pages(writer->wal_pages_);
  HOLESHOT_TRY(writer->load());
  HOLESHOT_TRY(writer->prepare());
  if (after_damage) HOLESHOT_TRY(writer->go_on_after(*after_damage));
  HOLESHOT_TRY(writer->measure());
  writer->update_figures();
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
  HOLESHOT_ASSIGN(committed_.quarantined, db_.number("SELECT count(*) FROM quarantine"));
  HOLESHOT_ASSIGN(page_size_, db_.number("PRAGMA page_size"));
  HOLESHOT_ASSIGN(const std::vector<Mark> marks, read_marks(db_));
  for (const Mark& mark : marks) marks_[mark.key] = mark.value;
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
  HOLESHOT_ASSIGN(pages_, db_.prepare("PRAGMA page_count"));
  HOLESHOT_ASSIGN(free_pages_, db_.prepare("PRAGMA freelist_count"));
  HOLESHOT_ASSIGN(oldest_,
                  db_.prepare("SELECT captured_at_us FROM envelopes WHERE id > ?1 ORDER BY id LIMIT 1"));
  HOLESHOT_ASSIGN(counters_, prepare_counters(db_));
  return {};
}

base::Status Writer::begin() {
  leave_out_status_ = false;
#ifdef HOLESHOT_SABOTAGE_NO_FSYNC
  if (std::exchange(open_, true)) return {};
#endif
  return db_.exec("BEGIN IMMEDIATE");
}

base::Status Writer::append(std::span<contract::Envelope> envelopes) {
  for (auto& envelope : envelopes) {
    if (leave_out_status_ && envelope.message_type == kStatusType) {
      envelope.seq = 0;
      ++working_.shed;
      continue;
    }
    if (working_.boot_row == 0) HOLESHOT_TRY(open_boot());
    HOLESHOT_TRY(insert(envelope));
  }
  return {};
}

base::Status Writer::mark(const Mark& mark) {
  mark_.bind(1, std::string_view{mark.key});
  mark_.bind(2, std::string_view{mark.value});
  mark_.bind(3, std::uint64_t{mark_checksum(mark.key, mark.value)});
  new_marks_[mark.key] = mark.value;
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
  return insert_boot(identity_.boot.str(), identity_.track.str(), identity_.client.str(),
                     working_.last_id + 1 - working_.last_seq, 0, working_.boot_row);
}

base::Status Writer::insert_boot(const std::string& boot, const std::string& track, const std::string& client,
                                 std::uint64_t first_id, std::uint64_t last_seq, std::uint64_t& row) {
  HOLESHOT_ASSIGN(
      Statement statement,
      db_.prepare("INSERT INTO boots(boot_id, track_id, client_id, opened_at_us, first_id, last_seq) "
                  "VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id"));
  statement.bind(1, std::string_view{boot});
  statement.bind(2, std::string_view{track});
  statement.bind(3, std::string_view{client});
  statement.bind(4, clock_.wall_us());
  statement.bind(5, first_id);
  statement.bind(6, last_seq);
  HOLESHOT_TRY(statement.step());
  row = statement.column_number(0);
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
  if (counters.cursor <= working_.pruned_to + options_.keep_acknowledged) return {};
  HOLESHOT_TRY(prune_acknowledged(counters.cursor - options_.keep_acknowledged));
  return {};
}

base::Result<std::uint64_t> Writer::rows_between(std::uint64_t after, std::uint64_t up_to) {
  HOLESHOT_ASSIGN(Statement count, db_.prepare("SELECT count(*) FROM envelopes WHERE id > ?1 AND id <= ?2"));
  count.bind(1, after);
  count.bind(2, up_to);
  HOLESHOT_TRY(count.step());
  return count.column_number(0);
}

base::Result<bool> Writer::quarantine(const Rejected& rejected) {
  quarantine_.bind(1, rejected.id);
  quarantine_.bind(2, std::string_view{rejected.code});
  quarantine_.bind(3, std::string_view{rejected.detail});
  quarantine_.bind(4, clock_.wall_us());
  HOLESHOT_TRY(quarantine_.run());
  if (db_.changes() == 0) return false;
  ++working_.quarantined;
  remove_.bind(1, rejected.id);
  HOLESHOT_TRY(remove_.run());
  return true;
}

// One step; gives the rows that went. Ids may have wide holes (a fresh file after a damaged one), so the next step begins at a row.
base::Result<std::uint64_t> Writer::prune_acknowledged(std::uint64_t limit) {
  const std::uint64_t to = std::min(limit, working_.pruned_to + kPruneStep);
  prune_.bind(1, to);
  HOLESHOT_TRY(prune_.run());
  const std::uint64_t rows = db_.changes();
  working_.pruned_to = to;
  if (to == limit) return rows;
  HOLESHOT_ASSIGN(const std::uint64_t first, db_.number("SELECT min(id) FROM envelopes"));
  if (first > to) working_.pruned_to = std::min(limit, first - 1);
  return rows;
}

base::Status Writer::commit() {
  if (!(working_.counters == committed_.counters)) {
    // Rows may have left the end of the queue; their ids must not come again.
    working_.counters.floor_id = std::max(working_.counters.floor_id, working_.last_id);
    HOLESHOT_TRY(write_counters(counters_, working_.counters, clock_.wall_us()));
  }
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
  moved_cursor_ |= working_.counters.cursor != committed_.counters.cursor;
  committed_ = working_;
  for (auto& [key, value] : new_marks_) marks_[key] = std::move(value);
  new_marks_.clear();
  return {};
}

void Writer::abort() {
  db_.rollback();
#ifdef HOLESHOT_SABOTAGE_NO_FSYNC
  open_ = false;
#endif
  working_ = committed_;
  new_marks_.clear();
  boots_.clear();
}

Continuation Writer::continuation() const {
  Continuation now{.last_id = committed_.last_id,
                   .last_seq = committed_.last_seq,
                   .cursor = committed_.counters.cursor,
                   .acked = committed_.counters.acked,
                   .marks = {}};
  for (const auto& [key, value] : marks_) now.marks.push_back({key, value});
  return now;
}

}  // namespace holeshot::spool
