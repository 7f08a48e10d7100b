// The thin layer over SQLite that this room uses: handles with one owner, errors as Result. Not for other
// rooms. A handle is used by one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace holeshot::spool {

// A prepared statement. Parameters count from 1, columns from 0. Views that column_text gives live until the
// next step() or reset(); text that is bound lives until then, too.
class Statement {
 public:
  Statement() = default;
  void bind(int index, std::uint64_t value);
  void bind(int index, std::string_view text);
  // True: a row is there. False: done, and the statement is ready for the next use.
  [[nodiscard]] base::Result<bool> step();
  // Runs a statement that gives no rows.
  [[nodiscard]] base::Status run();
  void reset();
  [[nodiscard]] std::uint64_t column_number(int index) const;
  [[nodiscard]] std::string_view column_text(int index) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

// kGentle never makes a writer wait; kTruncate does, and cuts the log to nothing. It waits kCheckpointWaitMs for
// readers at most, because appends wait with it.
enum class CheckpointMode : std::uint8_t { kGentle, kTruncate };

enum class OpenMode : std::uint8_t { kReadWrite, kReadOnly };

class Database {
 public:
  Database() = default;
  [[nodiscard]] static base::Result<Database> open(const std::string& path, OpenMode mode);
  // One or several statements without rows.
  [[nodiscard]] base::Status exec(const char* sql);
  [[nodiscard]] base::Result<Statement> prepare(std::string_view sql);
  // The first column of the first row; 0 where there is no row or it is NULL.
  [[nodiscard]] base::Result<std::uint64_t> number(std::string_view sql);
  // Rows that the last INSERT, UPDATE or DELETE changed.
  [[nodiscard]] std::uint64_t changes() const;
  // Closing neither copies the log back nor removes it.
  void leave_log_alone();
  // Undoes the open transaction, if there is one.
  void rollback();
  // From now on each commit through this handle writes to `pages` how long the write-ahead log is. It also
  // ends SQLite's own checkpoints, whose errors nobody would see. `pages` outlives the handle.
  void count_wal_pages(std::uint64_t& pages);
  // Copies the write-ahead log back into the file, as far as readers allow, and syncs it. False: a reader was in
  // the way.
  [[nodiscard]] base::Result<bool> checkpoint(CheckpointMode mode);

 private:
  struct Close {
    void operator()(sqlite3* db) const;
  };
  explicit Database(sqlite3* db) : db_(db) {}
  std::unique_ptr<sqlite3, Close> db_;
};

}  // namespace holeshot::spool
