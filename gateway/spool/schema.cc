#include "gateway/spool/schema.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <initializer_list>

#include "common/base/bytes.h"

namespace holeshot::spool {

using base::Code;
using base::fail;

namespace {

// Envelopes are append-only and read in order of id; there is no other index, because each would cost every
// append. While a boot appends, nothing but the envelopes is written: its last sequence number follows from
// its first_id (the id that its seq 1 has, or would have), and is noted in last_seq when the next boot begins.
constexpr const char* kEnvelopeTables = R"(
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE boots(id INTEGER PRIMARY KEY, boot_id TEXT NOT NULL UNIQUE, track_id TEXT NOT NULL,
                   client_id TEXT NOT NULL, opened_at_us INTEGER NOT NULL, first_id INTEGER NOT NULL,
                   last_seq INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE envelopes(id INTEGER PRIMARY KEY, boot INTEGER NOT NULL, seq INTEGER NOT NULL,
                       captured_at_us INTEGER NOT NULL, message_type TEXT NOT NULL, body TEXT NOT NULL,
                       checksum INTEGER NOT NULL) STRICT;
CREATE TABLE quarantine(id INTEGER PRIMARY KEY, boot INTEGER NOT NULL, seq INTEGER NOT NULL,
                        captured_at_us INTEGER NOT NULL, message_type TEXT NOT NULL, body TEXT NOT NULL,
                        checksum INTEGER NOT NULL, code TEXT NOT NULL, detail TEXT NOT NULL,
                        quarantined_at_us INTEGER NOT NULL) STRICT;
INSERT INTO meta VALUES ('made_by', 'holeshot-gateway )" HOLESHOT_VERSION R"(');
PRAGMA application_id = 0x48534731;
)";

// `shed`: STATUS that was given up for room, per boot. `marks`: see types.h.
constexpr const char* kSecondTables = R"(
CREATE TABLE state(one INTEGER PRIMARY KEY CHECK (one = 1), up_to INTEGER NOT NULL, at_us INTEGER NOT NULL,
                   acked INTEGER NOT NULL, missing INTEGER NOT NULL, floor_id INTEGER NOT NULL,
                   checksum INTEGER NOT NULL) STRICT;
CREATE TABLE marks(key TEXT PRIMARY KEY, value TEXT NOT NULL, checksum INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE shed(boot INTEGER PRIMARY KEY, first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL,
                  count INTEGER NOT NULL, at_us INTEGER NOT NULL) STRICT;
PRAGMA user_version = 2;
)";

// Of version 1, where the ids of a boot ended where the next boot's began, and only a rejected row left its
// place.
constexpr const char* kBootsFrom1 = R"(
ALTER TABLE boots ADD COLUMN last_seq INTEGER NOT NULL DEFAULT 0;
UPDATE boots SET last_seq = coalesce(
  (SELECT min(later.first_id) FROM boots later WHERE later.id > boots.id),
  max((SELECT up_to FROM acknowledged), (SELECT coalesce(max(id), 0) FROM envelopes)) + 1) - first_id;
)";

// FULL: a commit returns after its fsync. The spool checkpoints by itself (spool.cc), so SQLite's own are
// off. secure_delete only costs: the data is not secret from the one who owns the disk.
constexpr const char* kWriterPragmas = R"(
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA wal_autocheckpoint = 0;
PRAGMA journal_size_limit = 8388608;
PRAGMA secure_delete = OFF;
PRAGMA cache_size = -2000;
PRAGMA temp_store = MEMORY;
)";

base::Status create_tables(Database& db) {
  HOLESHOT_TRY(db.exec(kEnvelopeTables));
  HOLESHOT_TRY(db.exec(kSecondTables));
  HOLESHOT_ASSIGN(Statement prepared, prepare_counters(db));
  return write_counters(prepared, {}, 0);
}

base::Status migrate_from_1(Database& db) {
  Counters counters;
  HOLESHOT_ASSIGN(counters.cursor, db.number("SELECT up_to FROM acknowledged"));
  HOLESHOT_ASSIGN(const std::uint64_t at_us, db.number("SELECT at_us FROM acknowledged"));
  HOLESHOT_ASSIGN(const std::uint64_t rejected, db.number("SELECT count(*) FROM quarantine"));
  counters.acked = counters.cursor - std::min(counters.cursor, rejected);
  HOLESHOT_TRY(db.exec(kBootsFrom1));
  HOLESHOT_TRY(db.exec("DROP TABLE acknowledged"));
  HOLESHOT_TRY(db.exec(kSecondTables));
  HOLESHOT_ASSIGN(Statement prepared, prepare_counters(db));
  return write_counters(prepared, counters, at_us);
}

base::Status in_transaction(Database& db, base::Status (*work)(Database&)) {
  HOLESHOT_TRY(db.exec("BEGIN IMMEDIATE"));
  if (auto done = work(db); !done) {
    db.rollback();
    return done;
  }
  return db.exec("COMMIT");
}

base::Status check_known(Database& db, const std::string& path) {
  HOLESHOT_ASSIGN(const std::uint64_t application, db.number("PRAGMA application_id"));
  HOLESHOT_ASSIGN(const std::uint64_t version, db.number("PRAGMA user_version"));
  if (application != kApplicationId) {
    return fail(Code::kInvalid, "open spool " + path + ": this is a SQLite file, but not a spool",
                "name another file, or move this one aside");
  }
  if (version > kSchemaVersion) {
    return fail(Code::kInvalid,
                "open spool " + path + ": it was made by a newer holeshot-gateway (schema " +
                    std::to_string(version) + ", this one knows " + std::to_string(kSchemaVersion) + ")",
                "install the newer version again, or name another file; nothing in it was changed");
  }
  return {};
}

base::Result<std::string> holder_of(int fd) {
  std::array<char, 32> text{};
  const ssize_t size = pread(fd, text.data(), text.size(), 0);
  return std::string{text.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
}

}  // namespace

base::Result<base::UniqueFd> lock_spool(const std::string& path) {
  const std::string name = path + ".lock";
  base::UniqueFd fd{::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640)};
  if (!fd.valid()) return base::fail_errno("open", name, errno);
  if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return base::fail_errno("lock", name, errno);
    HOLESHOT_ASSIGN(const std::string holder, holder_of(fd.get()));
    return fail(Code::kConflict,
                "open spool " + path + ": another gateway is using it (process " + holder + ")",
                "stop that one first, or give this one a spool file of its own");
  }
  const std::string pid = std::to_string(getpid());
  if (ftruncate(fd.get(), 0) != 0 || pwrite(fd.get(), pid.data(), pid.size(), 0) < 0) {
    // Only the name in an error message is lost: on a full disk the spool still opens and drains.
    errno = 0;
  }
  return fd;
}

base::Result<Database> open_writer(const std::string& path) {
  HOLESHOT_ASSIGN(Database db, Database::open(path, OpenMode::kReadWrite));
  HOLESHOT_ASSIGN(const std::uint64_t tables, db.number("SELECT count(*) FROM sqlite_schema"));
  if (tables != 0) HOLESHOT_TRY(check_known(db, path));
  HOLESHOT_TRY(db.exec(kWriterPragmas));
#ifdef HOLESHOT_SABOTAGE_NO_FSYNC
  HOLESHOT_TRY(db.exec("PRAGMA synchronous = OFF"));
#endif
#ifdef HOLESHOT_SABOTAGE_LATE_SYNC
  // Synced at the next checkpoint and not at the commit: the lie that the power cut test must catch.
  HOLESHOT_TRY(db.exec("PRAGMA synchronous = NORMAL"));
#endif
  if (tables == 0) HOLESHOT_TRY(in_transaction(db, create_tables));
  HOLESHOT_ASSIGN(const std::uint64_t version, db.number("PRAGMA user_version"));
  if (version == 1) HOLESHOT_TRY(in_transaction(db, migrate_from_1));
  return db;
}

base::Result<Database> open_reader(const std::string& path) {
  HOLESHOT_ASSIGN(Database db, Database::open(path, OpenMode::kReadOnly));
  HOLESHOT_ASSIGN(const std::uint64_t tables, db.number("SELECT count(*) FROM sqlite_schema"));
  if (tables == 0) {
    HOLESHOT_ASSIGN(Database empty, Database::open(":memory:", OpenMode::kReadWrite));
    HOLESHOT_TRY(in_transaction(empty, create_tables));
    return empty;
  }
  HOLESHOT_TRY(check_known(db, path));
  HOLESHOT_ASSIGN(const std::uint64_t version, db.number("PRAGMA user_version"));
  if (version < kSchemaVersion) {
    return fail(Code::kInvalid,
                "open spool " + path + ": it was made by an older holeshot-gateway (schema " +
                    std::to_string(version) + ")",
                "start holeshot-gateway once: it brings the file forward and keeps everything in it");
  }
#ifdef HOLESHOT_SABOTAGE_NO_FSYNC
  HOLESHOT_TRY(db.exec("PRAGMA read_uncommitted = ON"));
#endif
  return db;
}

namespace {
std::uint32_t checksum(std::initializer_list<std::uint64_t> numbers, std::string_view text) {
  base::Bytes head;
  for (const std::uint64_t number : numbers) base::append_le(head, number, sizeof number);
  const uLong crc = crc32_z(0, head.data(), head.size());
  return static_cast<std::uint32_t>(crc32_z(crc, base::as_bytes(text).data(), text.size()));
}
}  // namespace

std::uint32_t counters_checksum(const Counters& counters) {
  return checksum({counters.cursor, counters.acked, counters.missing, counters.floor_id}, {});
}

std::uint32_t row_checksum(std::uint64_t id, std::uint64_t seq, std::uint64_t captured_at_us,
                           std::string_view body) {
  return checksum({id, seq, captured_at_us}, body);
}

std::uint32_t mark_checksum(std::string_view key, std::string_view value) {
  return checksum({key.size()}, std::string{key}.append(value));
}

base::Result<Counters> read_counters(Database& db) {
  HOLESHOT_ASSIGN(Statement row,
                  db.prepare("SELECT up_to, acked, missing, floor_id, checksum FROM state WHERE one = 1"));
  HOLESHOT_ASSIGN(const bool found, row.step());
  Counters counters;
  if (found) {
    counters = {row.column_number(0), row.column_number(1), row.column_number(2), row.column_number(3)};
  }
  if (!found || row.column_number(4) != counters_checksum(counters)) {
    return fail(Code::kCorrupt, "read the spool's counters: the row is damaged");
  }
  return counters;
}

base::Result<Statement> prepare_counters(Database& db) {
  return db.prepare("INSERT OR REPLACE INTO state VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)");
}

base::Status write_counters(Statement& prepared, const Counters& counters, std::uint64_t now_us) {
  prepared.bind(1, counters.cursor);
  prepared.bind(2, now_us);
  prepared.bind(3, counters.acked);
  prepared.bind(4, counters.missing);
  prepared.bind(5, counters.floor_id);
  prepared.bind(6, std::uint64_t{counters_checksum(counters)});
  return prepared.run();
}

}  // namespace holeshot::spool
