// RunReader: one read connection with its statements. Every call is a short transaction of its own, so no
// reader holds the WAL back. One thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "central/log/sqlite/database.h"
#include "central/log/sqlite/run.h"
#include "central/log/sqlite/subject_book.h"
#include "common/base/result.h"

namespace holeshot::log {

// What offsets a log holds. 0 where there are none.
struct Extent {
  std::uint64_t last = 0;    // of the newest event ever
  std::uint64_t first = 0;   // of the oldest one that is there
  std::uint64_t pruned = 0;  // how many are there no more
};

class RunReader {
 public:
  [[nodiscard]] static base::Result<RunReader> open(const std::string& path, const std::string& vfs);

  // Runs that hold an offset in (after, last], in order, of these subjects (none = all), until `take` returns
  // false. Runs are given whole: the first may begin at or before `after`. Damaged ones end it with kCorrupt.
  [[nodiscard]] base::Status each(std::uint64_t after, std::uint64_t last,
                                  std::span<const std::uint64_t> subject_ids,
                                  const std::function<bool(const Run&)>& take);

  // Offset of the newest event, were it still there or removed by retention; 0 for an empty log.
  [[nodiscard]] base::Result<std::uint64_t> last_offset();
  [[nodiscard]] base::Result<Extent> extent();

  // The offset of the last event before the first one that was appended at or after `wall_us`; `last` where there is
  // no such one.
  [[nodiscard]] base::Result<std::uint64_t> before_time(std::uint64_t wall_us, std::uint64_t last);

  // The offset of one event; nullopt where the file does not hold it.
  [[nodiscard]] base::Result<std::optional<std::uint64_t>> find(std::string_view subject,
                                                                std::string_view client,
                                                                std::string_view boot, std::uint64_t seq);

  // Of the file as it is now; with id 0 where unknown.
  [[nodiscard]] base::Result<Subject> subject(std::string_view name);
  // Names of the subjects that hold an event, sorted.
  [[nodiscard]] base::Result<std::vector<std::string>> subjects();

  [[nodiscard]] Database& database() { return db_; }

 private:
  explicit RunReader(Database db) : db_(std::move(db)) {}
  [[nodiscard]] base::Result<std::uint64_t> start_of_run(std::uint64_t offset);
  [[nodiscard]] base::Result<Statement*> statement_for(std::size_t subjects);

  Database db_;
  Statement last_;
  Statement extent_;
  Statement start_;
  Statement at_;
  Statement find_;
  Statement subject_;
  Statement subjects_;
  std::map<std::size_t, Statement> select_;  // by number of subjects
};

}  // namespace holeshot::log
