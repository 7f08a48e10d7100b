// SqliteDb: one connection to the read side's file, with its prepared statements. Thin: SQL stays visible at
// the place that uses it, errors become Result.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "common/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace holeshot::read {

// NULL, an integer, or a text. Texts are copied when bound.
using SqlValue = std::variant<std::monostate, std::int64_t, std::string_view>;
using SqlArgs = std::initializer_list<SqlValue>;

// A running query. Gives its statement back when destroyed; must not outlive its SqliteDb.
class Rows {
 public:
  Rows(Rows&& other) noexcept;
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;
  Rows& operator=(Rows&&) = delete;
  ~Rows();

  // True: a row is there. False: the end.
  base::Result<bool> next();
  [[nodiscard]] int columns() const;
  // Of the current row. A text lives until the next call of next().
  [[nodiscard]] std::string_view text(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::optional<std::int64_t> maybe_integer(int column) const;

 private:
  friend class SqliteDb;
  explicit Rows(sqlite3_stmt* statement) : statement_(statement) {}
  sqlite3_stmt* statement_;
};

// One thread at a time.
class SqliteDb {
 public:
  enum class Mode : std::uint8_t { kReadWrite, kReadOnly };

  // Creates the file in kReadWrite where there is none. WAL, synchronous=NORMAL: what is lost in a power cut
  // comes back from the log.
  [[nodiscard]] static base::Result<std::unique_ptr<SqliteDb>> open(const std::string& path, Mode mode);
  ~SqliteDb();
  SqliteDb(const SqliteDb&) = delete;
  SqliteDb& operator=(const SqliteDb&) = delete;

  // Several statements without parameters.
  base::Status script(const char* sql);
  // One statement. `sql` is kept as the key of the prepared statement, so it should be a literal.
  base::Result<Rows> query(std::string_view sql, SqlArgs args = {});
  base::Status run(std::string_view sql, SqlArgs args = {});
  // The first column of the first row; nullopt where there is none.
  base::Result<std::optional<std::string>> one_text(std::string_view sql, SqlArgs args = {});
  base::Result<std::optional<std::int64_t>> one_integer(std::string_view sql, SqlArgs args = {});

 private:
  explicit SqliteDb(std::string path) : path_(std::move(path)) {}
  [[nodiscard]] std::unexpected<base::Error> error(std::string_view operation) const;
  base::Result<sqlite3_stmt*> prepared(std::string_view sql);

  std::string path_;
  sqlite3* db_ = nullptr;
  std::map<std::string, sqlite3_stmt*, std::less<>> statements_;
};

}  // namespace holeshot::read
