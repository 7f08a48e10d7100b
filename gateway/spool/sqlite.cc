#include "gateway/spool/sqlite.h"

#include <sqlite3.h>

#include "common/base/check.h"

namespace holeshot::spool {

using base::Code;
using base::fail;

namespace {

// A reader that finds the file locked waits this long; writers never meet, the spool has one.
constexpr int kBusyTimeoutMs = 2'000;
constexpr int kCheckpointWaitMs = 50;

// Codes by what the spool can do. An I/O error (a failed fsync among them) leaves nobody knowing what is on
// the disk, so it is kClosed: no further try through this handle.
Code code_of(int rc) {
  switch (rc & 0xFF) {
    case SQLITE_FULL:
      return Code::kFull;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Code::kRetry;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Code::kCorrupt;
    case SQLITE_CANTOPEN:
      return Code::kMissing;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
      return Code::kDenied;
    default:
      return Code::kClosed;
  }
}

std::string hint_of(Code code) {
  switch (code) {
    case Code::kFull:
      return "free some space on this disk";
    case Code::kMissing:
      return "check that the folder exists and may be written";
    case Code::kDenied:
      return "check the owner and the rights of the file and its folder";
    case Code::kCorrupt:
      return "the file is damaged or no spool: move it aside, keep it, and start again";
    default:
      return {};
  }
}

std::unexpected<base::Error> sql_error(sqlite3* db, int rc) {
  const Code code = code_of(rc);
  const char* file = db == nullptr ? nullptr : sqlite3_db_filename(db, "main");
  return fail(code,
              "spool " + std::string{file == nullptr ? "" : file} + ": " +
                  (db == nullptr ? sqlite3_errstr(rc) : sqlite3_errmsg(db)) + " (sqlite " +
                  std::to_string(db == nullptr ? rc : sqlite3_extended_errcode(db)) + ")",
              hint_of(code));
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

void Statement::bind(int index, std::uint64_t value) {
  const int rc = sqlite3_bind_int64(statement_.get(), index, static_cast<sqlite3_int64>(value));
  HOLESHOT_CHECK(rc == SQLITE_OK, "the parameter exists");
}

void Statement::bind(int index, std::string_view text) {
  const int rc =
      sqlite3_bind_text64(statement_.get(), index, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
  HOLESHOT_CHECK(rc == SQLITE_OK, "the parameter exists and the text is not absurdly long");
}

base::Result<bool> Statement::step() {
  const int rc = sqlite3_step(statement_.get());
  if (rc == SQLITE_ROW) return true;
  sqlite3* db = sqlite3_db_handle(statement_.get());
  if (rc != SQLITE_DONE) {
    auto error = sql_error(db, rc);
    sqlite3_reset(statement_.get());
    return error;
  }
  sqlite3_reset(statement_.get());
  return false;
}

base::Status Statement::run() {
  HOLESHOT_TRY(step());
  reset();
  return {};
}

void Statement::reset() { sqlite3_reset(statement_.get()); }

std::uint64_t Statement::column_number(int index) const {
  return static_cast<std::uint64_t>(sqlite3_column_int64(statement_.get(), index));
}

std::string_view Statement::column_text(int index) const {
  const unsigned char* text = sqlite3_column_text(statement_.get(), index);
  if (text == nullptr) return {};
  return {reinterpret_cast<const char*>(text),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), index))};
}

void Database::Close::operator()(sqlite3* db) const { sqlite3_close_v2(db); }

base::Result<Database> Database::open(const std::string& path, OpenMode mode) {
  sqlite3* raw = nullptr;
  int flags =
      SQLITE_OPEN_NOMUTEX |
      (mode == OpenMode::kReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
#ifdef HOLESHOT_SABOTAGE_NO_FSYNC
  flags |= SQLITE_OPEN_SHAREDCACHE;  // the uploader reads what is not committed
#endif
  const int rc = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  Database db{raw};
  if (rc != SQLITE_OK) {
    const Code code = code_of(rc);
    return fail(code, "open spool " + path + ": " + sqlite3_errstr(rc), hint_of(code));
  }
  sqlite3_busy_timeout(raw, kBusyTimeoutMs);
  return db;
}

base::Status Database::exec(const char* sql) {
  const int rc = sqlite3_exec(db_.get(), sql, nullptr, nullptr, nullptr);
  if (rc != SQLITE_OK) return sql_error(db_.get(), rc);
  return {};
}

base::Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const int rc = sqlite3_prepare_v3(db_.get(), sql.data(), static_cast<int>(sql.size()),
                                    SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  if (rc != SQLITE_OK) return sql_error(db_.get(), rc);
  return Statement{raw};
}

base::Result<std::uint64_t> Database::number(std::string_view sql) {
  HOLESHOT_ASSIGN(Statement statement, prepare(sql));
  HOLESHOT_ASSIGN(const bool row, statement.step());
  return row ? statement.column_number(0) : 0;
}

void Database::rollback() {
  if (sqlite3_get_autocommit(db_.get()) == 0) sqlite3_exec(db_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Database::count_wal_pages(std::uint64_t& pages) {
  sqlite3_wal_hook(
      db_.get(),
      [](void* out, sqlite3* /*db*/, const char* /*name*/, int count) {
        *static_cast<std::uint64_t*>(out) = static_cast<std::uint64_t>(count);
        return SQLITE_OK;
      },
      &pages);
}

base::Result<bool> Database::checkpoint(CheckpointMode mode) {
  const int sqlite_mode =
      mode == CheckpointMode::kGentle ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE;
  sqlite3_busy_timeout(db_.get(), kCheckpointWaitMs);
  const int rc = sqlite3_wal_checkpoint_v2(db_.get(), nullptr, sqlite_mode, nullptr, nullptr);
  sqlite3_busy_timeout(db_.get(), kBusyTimeoutMs);
  // Busy: somebody reads what the log still holds. The next one gets it.
  if (rc != SQLITE_OK && rc != SQLITE_BUSY) return sql_error(db_.get(), rc);
  return rc == SQLITE_OK;
}

std::uint64_t Database::changes() const { return static_cast<std::uint64_t>(sqlite3_changes(db_.get())); }

void Database::leave_log_alone() {
  sqlite3_db_config(db_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

}  // namespace holeshot::spool
