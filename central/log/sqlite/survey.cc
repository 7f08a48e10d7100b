#include "central/log/sqlite/survey.h"

#include <sqlite3.h>

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "central/log/sqlite/database.h"
#include "central/log/sqlite/schema.h"

namespace holeshot::log {

namespace {

// Runs per read: some ten milliseconds.
constexpr std::uint64_t kRunsPerRead = 4096;

struct CloseBlob {
  void operator()(sqlite3_blob* blob) const { (void)sqlite3_blob_close(blob); }
};

// The length of one row's body after another. A handle on a value knows its length from the row's header alone, where
// length() of a text would have to read and count it.
class BodyLength {
 public:
  explicit BodyLength(Database& db) : db_(db) {}

  // nullopt where retention has just taken the row.
  std::optional<std::uint64_t> of(std::uint64_t first_offset) {
    const auto row = static_cast<sqlite3_int64>(first_offset);
    if (blob_ && sqlite3_blob_reopen(blob_.get(), row) != SQLITE_OK) blob_.reset();
    if (!blob_) {
      sqlite3_blob* opened = nullptr;
      if (sqlite3_blob_open(db_.handle(), "main", "runs", "body", row, 0, &opened) != SQLITE_OK)
        return std::nullopt;
      blob_.reset(opened);
    }
    return static_cast<std::uint64_t>(sqlite3_blob_bytes(blob_.get()));
  }
  // An open handle is an open read.
  void rest() { blob_.reset(); }

 private:
  Database& db_;
  std::unique_ptr<sqlite3_blob, CloseBlob> blob_;
};

using Figures = std::map<std::uint64_t, SubjectFigures>;  // by subject id

void count_run(const Statement& row, std::uint64_t octets, SubjectFigures& figures) {
  const std::uint64_t events = row.number(1);
  const std::uint64_t at_us = row.number(3);
  figures.events += events;
  // A line break stands between two events of a run and is none of theirs.
  figures.bytes += octets + 1 - std::min(events, octets + 1);
  if (figures.first_us == 0) figures.first_us = at_us;
  figures.last_us = std::max(figures.last_us, at_us);
}

// False at the end.
base::Result<bool> read_part(Statement& rows, BodyLength& lengths, const SurveyRange& range,
                             std::uint64_t& after, Figures& figures) {
  const ResetAtExit reset(rows);
  rows.bind(1, after).bind(2, kRunsPerRead);
  bool any = false;
  for (;;) {
    HOLESHOT_ASSIGN(const bool row, rows.step());
    if (!row) break;
    if (range.to_us != 0 && rows.number(3) >= range.to_us) return false;
    any = true;
    after = rows.number(0);
    if (const auto octets = lengths.of(after)) count_run(rows, *octets, figures[rows.number(2)]);
  }
  lengths.rest();
  return any;
}

base::Result<std::vector<SubjectFigures>> named(Database& db, Figures figures) {
  HOLESHOT_ASSIGN(Statement names, db.prepare("SELECT id, name FROM subjects ORDER BY name"));
  const ResetAtExit reset(names);
  std::vector<SubjectFigures> out;
  for (;;) {
    HOLESHOT_ASSIGN(const bool row, names.step());
    if (!row) return out;
    const auto it = figures.find(names.number(0));
    if (it == figures.end()) continue;
    it->second.subject = names.text(1);
    out.push_back(std::move(it->second));
  }
}

}  // namespace

base::Result<std::vector<SubjectFigures>> survey_log(const std::string& path, const SurveyRange& range,
                                                     const std::function<void(Offset at)>& progress) {
  HOLESHOT_ASSIGN(Database db, Database::open(path, OpenMode::kReadOnly));
  HOLESHOT_TRY(check_schema(db, path));
  HOLESHOT_ASSIGN(Statement rows,
                  db.prepare("SELECT first_offset, count, subject_id, appended_at_us FROM runs "
                             "WHERE first_offset > ?1 ORDER BY first_offset LIMIT ?2"));
  BodyLength lengths(db);
  Figures figures;
  std::uint64_t after = range.after.value();
  for (bool more = true; more;) {
    HOLESHOT_ASSIGN(more, read_part(rows, lengths, range, after, figures));
    if (progress) progress(Offset{after});
  }
  return named(db, std::move(figures));
}

}  // namespace holeshot::log
