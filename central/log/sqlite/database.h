// Database and Statement: the little of SQLite's C interface that the log uses, with owners.
//
// One connection and its statements belong to one thread at a time (opened NOMUTEX); who shares them says
// how. Statements go before their Database.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace holeshot::log {

class Statement {
 public:
  Statement() = default;
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  // Parameters count from 1. `text` is not copied: it lives until reset().
  Statement& bind(int parameter, std::uint64_t value);
  Statement& bind(int parameter, std::string_view text);

  // SQLite's result code: SQLITE_ROW, SQLITE_DONE or an (extended) error.
  [[nodiscard]] int step_code();
  // True for a row, false at the end; the error classed as db_error() does.
  [[nodiscard]] base::Result<bool> step();
  // Ready for the next use; ends the read transaction that a step began.
  void reset();

  // Columns count from 0 and are valid until the next step or reset.
  [[nodiscard]] std::uint64_t number(int column) const;
  [[nodiscard]] std::string_view text(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

// Resets a statement at the end of a scope, so that no read transaction stays open on any way out.
class ResetAtExit {
 public:
  explicit ResetAtExit(Statement& statement) : statement_(statement) {}
  ~ResetAtExit() { statement_.reset(); }
  ResetAtExit(const ResetAtExit&) = delete;
  ResetAtExit& operator=(const ResetAtExit&) = delete;

 private:
  Statement& statement_;
};

enum class OpenMode : std::uint8_t { kReadOnly, kReadWrite, kCreate };

class Database {
 public:
  // `vfs` empty = SQLite's default; tests give one that fails where they want.
  [[nodiscard]] static base::Result<Database> open(const std::string& path, OpenMode mode,
                                                   const std::string& vfs = {});

  [[nodiscard]] base::Status exec(const std::string& sql);
  // The code of SQLite instead of an Error, for callers that tell one failure from another.
  [[nodiscard]] int exec_code(const char* sql);
  [[nodiscard]] base::Result<Statement> prepare(const std::string& sql);
  // The one number or text that a query gives; kMissing where it gives no row.
  [[nodiscard]] base::Result<std::uint64_t> number(const std::string& sql);
  [[nodiscard]] base::Result<std::string> text(const std::string& sql);
  [[nodiscard]] bool in_transaction() const;
  [[nodiscard]] sqlite3* handle() const { return db_.get(); }

  // The last failure of this connection in words: "append to log: database or disk is full".
  [[nodiscard]] base::Error error(int code, std::string_view operation) const;

 private:
  struct Close {
    void operator()(sqlite3* db) const;
  };
  std::unique_ptr<sqlite3, Close> db_;
};

// kFull for a full disk or limit, kRetry for busy, locked or out of memory, kCorrupt for damage, kDenied for
// missing rights, kMissing where the file cannot be opened, kRetry for other I/O errors.
[[nodiscard]] base::Code code_of_sqlite(int code);

}  // namespace holeshot::log
