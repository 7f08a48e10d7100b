#include "central/log/sqlite/database.h"

#include <sqlite3.h>

namespace holeshot::log {

using base::Code;
using base::Error;
using base::fail;

namespace {

// Nobody else writes (the log holds a lock file), so this is met only when a person's sqlite3 shell holds it.
constexpr int kBusyTimeoutMs = 2000;

Error error_of(sqlite3* db, int code, std::string_view operation) {
  std::string message{operation};
  message.append(": ").append(sqlite3_errstr(code));
  const char* more = db == nullptr ? nullptr : sqlite3_errmsg(db);
  if (more != nullptr && std::string_view{more} != sqlite3_errstr(code)) message.append(", ").append(more);
  message.append(" [sqlite ").append(std::to_string(code)).append("]");
  return {code_of_sqlite(code), std::move(message), {}};
}

}  // namespace

Code code_of_sqlite(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return Code::kFull;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Code::kCorrupt;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
      return Code::kDenied;
    case SQLITE_CANTOPEN:
      return Code::kMissing;
    default:
      return Code::kRetry;
  }
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Statement& Statement::bind(int parameter, std::uint64_t value) {
  sqlite3_bind_int64(statement_.get(), parameter, static_cast<sqlite3_int64>(value));
  return *this;
}

Statement& Statement::bind(int parameter, std::string_view text) {
  sqlite3_bind_text64(statement_.get(), parameter, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}

int Statement::step_code() { return sqlite3_step(statement_.get()); }

base::Result<bool> Statement::step() {
  const int code = step_code();
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return std::unexpected(error_of(sqlite3_db_handle(statement_.get()), code, "read log"));
}

void Statement::reset() { sqlite3_reset(statement_.get()); }

std::uint64_t Statement::number(int column) const {
  return static_cast<std::uint64_t>(sqlite3_column_int64(statement_.get(), column));
}

std::string_view Statement::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return bytes == nullptr ? std::string_view{} : std::string_view{bytes, size};
}

void Database::Close::operator()(sqlite3* db) const { sqlite3_close_v2(db); }

base::Result<Database> Database::open(const std::string& path, OpenMode mode, const std::string& vfs) {
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  flags |= mode == OpenMode::kReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  if (mode == OpenMode::kCreate) flags |= SQLITE_OPEN_CREATE;
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags, vfs.empty() ? nullptr : vfs.c_str());
  Database database;
  database.db_.reset(raw);
  if (code != SQLITE_OK) {
    Error error = database.error(code, "open log " + path);
    error.hint = "check that the folder exists and that this user may write in it";
    return std::unexpected(std::move(error));
  }
  sqlite3_busy_timeout(raw, kBusyTimeoutMs);
  return database;
}

int Database::exec_code(const char* sql) { return sqlite3_exec(db_.get(), sql, nullptr, nullptr, nullptr); }

base::Status Database::exec(const std::string& sql) {
  const int code = exec_code(sql.c_str());
  if (code != SQLITE_OK) return std::unexpected(error(code, "log: " + sql.substr(0, 60)));
  return {};
}

base::Result<Statement> Database::prepare(const std::string& sql) {
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v3(db_.get(), sql.c_str(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  if (code != SQLITE_OK) return std::unexpected(error(code, "log: prepare " + sql.substr(0, 60)));
  return Statement{raw};
}

base::Result<std::uint64_t> Database::number(const std::string& sql) {
  HOLESHOT_ASSIGN(Statement statement, prepare(sql));
  HOLESHOT_ASSIGN(const bool row, statement.step());
  if (!row) return fail(Code::kMissing, "log: no row for " + sql.substr(0, 60));
  return statement.number(0);
}

base::Result<std::string> Database::text(const std::string& sql) {
  HOLESHOT_ASSIGN(Statement statement, prepare(sql));
  HOLESHOT_ASSIGN(const bool row, statement.step());
  if (!row) return fail(Code::kMissing, "log: no row for " + sql.substr(0, 60));
  return std::string{statement.text(0)};
}

bool Database::in_transaction() const { return sqlite3_get_autocommit(db_.get()) == 0; }

Error Database::error(int code, std::string_view operation) const {
  return error_of(db_.get(), code, operation);
}

}  // namespace holeshot::log
