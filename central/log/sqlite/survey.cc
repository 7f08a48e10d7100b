#include "central/log/sqlite/survey.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "central/log/sqlite/body_sizes.h"
#include "central/log/sqlite/database.h"
#include "central/log/sqlite/schema.h"

namespace holeshot::log {

namespace {

// Runs per read: some ten milliseconds.
constexpr std::uint64_t kRunsPerRead = 4096;

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
base::Result<bool> read_part(Statement& rows, BodySizes& sizes, const SurveyRange& range,
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
    const auto octets = sizes.of(after);
    if (octets) count_run(rows, *octets, figures[rows.number(2)]);
    // Retention may just have taken the row.
    if (!octets && octets.error().code != base::Code::kMissing) return std::unexpected(octets.error());
  }
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
  Figures figures;
  std::uint64_t after = range.after.value();
  for (bool more = true; more;) {
    BodySizes sizes(db);  // of each part anew: while it lives, a read may stay open
    HOLESHOT_ASSIGN(more, read_part(rows, sizes, range, after, figures));
    if (progress) progress(Offset{after});
  }
  return named(db, std::move(figures));
}

}  // namespace holeshot::log
