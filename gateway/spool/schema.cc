#include "gateway/spool/schema.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <cerrno>

#include "common/base/bytes.h"

namespace holeshot::spool {

using base::Code;
using base::fail;

namespace {

// Envelopes are append-only and read in order of id; there is no other index, because each would cost every
// append. Boots follow each other in time, so a boot's rows are the ids from its first_id to the next boot's,
// and its last sequence number follows from that without a scan.
constexpr const char* kSchema1 = R"(
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE boots(id INTEGER PRIMARY KEY, boot_id TEXT NOT NULL UNIQUE, track_id TEXT NOT NULL,
                   client_id TEXT NOT NULL, opened_at_us INTEGER NOT NULL, first_id INTEGER NOT NULL) STRICT;
CREATE TABLE envelopes(id INTEGER PRIMARY KEY, boot INTEGER NOT NULL, seq INTEGER NOT NULL,
                       captured_at_us INTEGER NOT NULL, message_type TEXT NOT NULL, body TEXT NOT NULL,
                       checksum INTEGER NOT NULL) STRICT;
CREATE TABLE quarantine(id INTEGER PRIMARY KEY, boot INTEGER NOT NULL, seq INTEGER NOT NULL,
                        captured_at_us INTEGER NOT NULL, message_type TEXT NOT NULL, body TEXT NOT NULL,
                        checksum INTEGER NOT NULL, code TEXT NOT NULL, detail TEXT NOT NULL,
                        quarantined_at_us INTEGER NOT NULL) STRICT;
CREATE TABLE acknowledged(one INTEGER PRIMARY KEY CHECK (one = 1), up_to INTEGER NOT NULL, at_us INTEGER NOT NULL) STRICT;
INSERT INTO acknowledged VALUES (1, 0, 0);
INSERT INTO meta VALUES ('made_by', 'holeshot-gateway )" HOLESHOT_VERSION R"(');
PRAGMA application_id = 0x48534731;
PRAGMA user_version = 1;
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

base::Status create(Database& db) {
  HOLESHOT_TRY(db.exec("BEGIN IMMEDIATE"));
  if (auto made = db.exec(kSchema1); !made) {
    db.rollback();
    return made;
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
  if (tables == 0) HOLESHOT_TRY(create(db));
  return db;
}

base::Result<Database> open_reader(const std::string& path) {
  HOLESHOT_ASSIGN(Database db, Database::open(path, OpenMode::kReadOnly));
  HOLESHOT_TRY(check_known(db, path));
#ifdef HOLESHOT_SABOTAGE_NO_FSYNC
  HOLESHOT_TRY(db.exec("PRAGMA read_uncommitted = ON"));
#endif
  return db;
}

std::uint32_t row_checksum(std::uint64_t id, std::uint64_t seq, std::uint64_t captured_at_us,
                           std::string_view body) {
  base::Bytes head;
  for (const std::uint64_t number : {id, seq, captured_at_us}) base::append_le(head, number, sizeof number);
  const uLong crc = crc32_z(0, head.data(), head.size());
  return static_cast<std::uint32_t>(crc32_z(crc, base::as_bytes(body).data(), body.size()));
}

}  // namespace holeshot::spool
