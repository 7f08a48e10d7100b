#include "central/log/sqlite/schema.h"

#include "common/contract/ulid.h"

namespace holeshot::log {

using base::Code;
using base::fail;

namespace {

// A checkpoint every 4 MiB of WAL: long enough to batch, short enough that its fsync stays in the tens of
// milliseconds.
constexpr const char* kCheckpointPages = "1000";
// What a WAL that once grew (a long reader) is cut back to.
constexpr const char* kJournalLimitBytes = "33554432";

// The power-cut test's control is a log that syncs late, to show that the test would notice (tests/faults).
#ifdef HOLESHOT_SABOTAGE_LATE_SYNC
constexpr const char* kSynchronous = "NORMAL";
#else
constexpr const char* kSynchronous = "FULL";
#endif

// Schema 1. What came later is added by steps, so that a new file and an old one go the same way.
constexpr const char* kSchema1 = R"sql(
CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE subjects(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE sources(
  id INTEGER PRIMARY KEY,
  subject_id INTEGER NOT NULL REFERENCES subjects(id),
  client TEXT NOT NULL,
  boot TEXT NOT NULL,
  UNIQUE(subject_id, client, boot)) STRICT;
CREATE TABLE runs(
  first_offset INTEGER PRIMARY KEY,
  count INTEGER NOT NULL,
  source_id INTEGER NOT NULL REFERENCES sources(id),
  subject_id INTEGER NOT NULL,
  first_seq INTEGER NOT NULL,
  appended_at_us INTEGER NOT NULL,
  checksum INTEGER NOT NULL,
  body TEXT NOT NULL) STRICT;
CREATE INDEX runs_by_source ON runs(source_id, first_seq, count);
CREATE INDEX runs_by_subject ON runs(subject_id);
)sql";

// Marks, and what retention removed. No row of the old tables is touched, so it is quick at any size.
constexpr const char* kFrom1To2 = R"sql(
CREATE TABLE marks(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE pruned(
  source_id INTEGER NOT NULL REFERENCES sources(id),
  first_seq INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  PRIMARY KEY(source_id, first_seq)) STRICT, WITHOUT ROWID;
ALTER TABLE subjects ADD COLUMN pruned_through INTEGER NOT NULL DEFAULT 0;
ALTER TABLE subjects ADD COLUMN pruned_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE subjects ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE subjects ADD COLUMN counted_through INTEGER NOT NULL DEFAULT 0;
)sql";

std::string set_version() { return "PRAGMA user_version = " + std::to_string(kLogSchema); }

base::Status create(Database& db, const base::Clock& clock) {
  HOLESHOT_TRY(db.exec("BEGIN IMMEDIATE"));
  HOLESHOT_TRY(db.exec(kSchema1));
  HOLESHOT_TRY(db.exec(kFrom1To2));
  contract::UlidMaker ulids(clock);
  HOLESHOT_TRY(db.exec("INSERT INTO meta VALUES('log_id', '" + ulids.next() + "')"));
  HOLESHOT_TRY(db.exec("PRAGMA application_id = " + std::to_string(kLogApplicationId)));
  HOLESHOT_TRY(db.exec(set_version()));
  return db.exec("COMMIT");
}

// One transaction: an interrupted migration leaves the old file.
base::Status migrate(Database& db) {
  HOLESHOT_TRY(db.exec("BEGIN IMMEDIATE"));
  HOLESHOT_TRY(db.exec(kFrom1To2));
  HOLESHOT_TRY(db.exec(set_version()));
  return db.exec("COMMIT");
}

// The version of a file that is a log and not newer than this program.
base::Result<std::uint64_t> version_of(Database& db, const std::string& path) {
  HOLESHOT_ASSIGN(const std::uint64_t application, db.number("PRAGMA application_id"));
  if (application != kLogApplicationId) {
    return fail(Code::kInvalid, "open log " + path + ": this SQLite file is no Holeshot log",
                "give another data folder, or move the file away");
  }
  HOLESHOT_ASSIGN(const std::uint64_t version, db.number("PRAGMA user_version"));
  if (version > kLogSchema) {
    return fail(Code::kInvalid,
                "open log " + path + ": it has schema " + std::to_string(version) +
                    ", this program knows up to " + std::to_string(kLogSchema),
                "run the newer holeshot-central that wrote it");
  }
  return version;
}

}  // namespace

base::Status configure_writer(Database& db, std::uint64_t max_bytes) {
  HOLESHOT_ASSIGN(const std::string mode, db.text("PRAGMA journal_mode = WAL"));
  if (mode != "wal") {
    return fail(Code::kDenied, "open log: SQLite uses journal mode " + mode + " instead of WAL",
                "put the data folder on a local file system");
  }
  HOLESHOT_TRY(db.exec(std::string{"PRAGMA synchronous = "} + kSynchronous));
  // Debian's SQLite is built to fill what it deletes with zeros, which would write every removed page once more.
  HOLESHOT_ASSIGN([[maybe_unused]] const std::uint64_t off, db.number("PRAGMA secure_delete = OFF"));
  HOLESHOT_TRY(db.exec(std::string{"PRAGMA wal_autocheckpoint = "} + kCheckpointPages));
  HOLESHOT_TRY(db.exec(std::string{"PRAGMA journal_size_limit = "} + kJournalLimitBytes));
  if (max_bytes == 0) return {};
  HOLESHOT_ASSIGN(const std::uint64_t page, db.number("PRAGMA page_size"));
  return db.exec("PRAGMA max_page_count = " + std::to_string(max_bytes / page));
}

base::Status ensure_schema(Database& db, const std::string& path, const base::Clock& clock) {
  HOLESHOT_ASSIGN(const std::uint64_t tables, db.number("SELECT count(*) FROM sqlite_schema"));
  HOLESHOT_ASSIGN(const std::uint64_t application, db.number("PRAGMA application_id"));
  if (tables == 0 && application == 0) return create(db, clock);
  HOLESHOT_ASSIGN(const std::uint64_t version, version_of(db, path));
  return version == kLogSchema ? base::Status{} : migrate(db);
}

base::Status check_schema(Database& db, const std::string& path) {
  HOLESHOT_ASSIGN(const std::uint64_t version, version_of(db, path));
  if (version == kLogSchema) return {};
  return fail(Code::kInvalid,
              "open log " + path + ": it has the older schema " + std::to_string(version) +
                  ", and reading alone does not change it",
              "start this holeshot-central's `serve` on it once: that brings it to schema " +
                  std::to_string(kLogSchema));
}

base::Result<std::string> read_log_id(Database& db) {
  return db.text("SELECT value FROM meta WHERE name = 'log_id'");
}

}  // namespace holeshot::log
