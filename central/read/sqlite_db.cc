#include "central/read/sqlite_db.h"

#include <sqlite3.h>

#include <utility>

namespace holeshot::read {

using base::Code;
using base::fail;

namespace {

// A reader never waits for the writer in WAL; this is for a checkpoint or another process at the file.
constexpr int kBusyTimeoutMs = 5000;

Code code_of(int sqlite_code) {
  switch (sqlite_code & 0xFF) {
    case SQLITE_FULL:
      return Code::kFull;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Code::kCorrupt;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
      return Code::kDenied;
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
      return Code::kInvalid;
    default:
      return Code::kRetry;
  }
}

int bind(sqlite3_stmt* statement, int index, const SqlValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    return sqlite3_bind_int64(statement, index, *number);
  }
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    return sqlite3_bind_text64(statement, index, text->data() != nullptr ? text->data() : "", text->size(),
                               SQLITE_TRANSIENT, SQLITE_UTF8);  // NOLINT: the macro holds a C cast
  }
  return sqlite3_bind_null(statement, index);
}

}  // namespace

Rows::Rows(Rows&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}

Rows::~Rows() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

base::Result<bool> Rows::next() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return fail(code_of(code), std::string{"read model: "} + sqlite3_errmsg(sqlite3_db_handle(statement_)));
}

int Rows::columns() const { return sqlite3_column_count(statement_); }

std::string_view Rows::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::int64_t Rows::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::optional<std::int64_t> Rows::maybe_integer(int column) const {
  if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
  return integer(column);
}

base::Result<std::unique_ptr<SqliteDb>> SqliteDb::open(const std::string& path, Mode mode) {
  std::unique_ptr<SqliteDb> db{new SqliteDb(path)};
  const int flags =
      mode == Mode::kReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  if (sqlite3_open_v2(path.c_str(), &db->db_, flags | SQLITE_OPEN_NOMUTEX, nullptr) != SQLITE_OK) {
    return db->error("open");
  }
  sqlite3_busy_timeout(db->db_, kBusyTimeoutMs);
  if (mode == Mode::kReadWrite) {
    HOLESHOT_TRY(
        db->script("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                   "PRAGMA journal_size_limit=16777216;"));
  }
  return db;
}

SqliteDb::~SqliteDb() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(db_);
}

std::unexpected<base::Error> SqliteDb::error(std::string_view operation) const {
  const int code = db_ != nullptr ? sqlite3_errcode(db_) : SQLITE_NOMEM;
  return fail(code_of(code),
              std::string{operation} + " read model " + path_ + ": " +
                  (db_ != nullptr ? sqlite3_errmsg(db_) : "out of memory"),
              "the file holds nothing of its own: stop central, delete it, and it is rebuilt from the log");
}

base::Status SqliteDb::script(const char* sql) {
  if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) return error("run");
  return {};
}

base::Result<sqlite3_stmt*> SqliteDb::prepared(std::string_view sql) {
  if (const auto it = statements_.find(sql); it != statements_.end()) return it->second;
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement,
                         nullptr) != SQLITE_OK) {
    return error("prepare");
  }
  statements_.emplace(std::string{sql}, statement);
  return statement;
}

base::Result<Rows> SqliteDb::query(std::string_view sql, SqlArgs args) {
  HOLESHOT_ASSIGN(sqlite3_stmt * statement, prepared(sql));
  Rows rows{statement};
  int index = 0;
  for (const auto& value : args) {
    if (bind(statement, ++index, value) != SQLITE_OK) return error("bind");
  }
  return rows;
}

base::Status SqliteDb::run(std::string_view sql, SqlArgs args) {
  HOLESHOT_ASSIGN(Rows rows, query(sql, args));
  HOLESHOT_ASSIGN([[maybe_unused]] const bool row, rows.next());
  return {};
}

base::Result<std::optional<std::string>> SqliteDb::one_text(std::string_view sql, SqlArgs args) {
  HOLESHOT_ASSIGN(Rows rows, query(sql, args));
  HOLESHOT_ASSIGN(const bool row, rows.next());
  if (!row) return std::optional<std::string>{};
  return std::optional<std::string>{rows.text(0)};
}

base::Result<std::optional<std::int64_t>> SqliteDb::one_integer(std::string_view sql, SqlArgs args) {
  HOLESHOT_ASSIGN(Rows rows, query(sql, args));
  HOLESHOT_ASSIGN(const bool row, rows.next());
  if (!row) return std::optional<std::int64_t>{};
  return rows.maybe_integer(0);
}

}  // namespace holeshot::read
