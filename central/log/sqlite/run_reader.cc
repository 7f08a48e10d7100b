#include "central/log/sqlite/run_reader.h"

#include <algorithm>
#include <utility>

namespace holeshot::log {

namespace {

// Up to this many subjects are merged from the subject index; for more, the log is read through and filtered.
constexpr std::size_t kMaxMerged = 16;

// Of the newest event, were it still there or removed by retention.
constexpr const char* kLastOffset =
    "max(coalesce((SELECT first_offset + count - 1 FROM runs ORDER BY first_offset DESC LIMIT 1), 0), "
    "coalesce((SELECT max(pruned_through) FROM subjects), 0))";

std::string select_runs(std::size_t subjects) {
  const std::string columns = std::string{"SELECT "} + kRunColumns + ", subject_id FROM runs ";
  const std::string range = "first_offset >= ?1 AND first_offset <= ?2";
  if (subjects == 0) return columns + "WHERE " + range + " ORDER BY first_offset";
  std::string sql;
  for (std::size_t i = 0; i < subjects; ++i) {
    // SQLite merges the parts lazily: each is already in the order of its index.
    sql.append(i == 0 ? "" : " UNION ALL ");
    sql.append(columns + "INDEXED BY runs_by_subject WHERE subject_id = ?" + std::to_string(i + 3) + " AND " +
               range);
  }
  return sql + " ORDER BY first_offset";
}

}  // namespace

base::Result<RunReader> RunReader::open(const std::string& path, const std::string& vfs) {
  HOLESHOT_ASSIGN(Database db, Database::open(path, OpenMode::kReadOnly, vfs));
  RunReader reader(std::move(db));
  HOLESHOT_ASSIGN(reader.last_, reader.db_.prepare(std::string{"SELECT "} + kLastOffset));
  HOLESHOT_ASSIGN(reader.extent_, reader.db_.prepare(std::string{"SELECT "} + kLastOffset +
                                                     ", (SELECT min(first_offset) FROM runs)"
                                                     ", (SELECT sum(last_seq - first_seq + 1) FROM pruned)"));
  HOLESHOT_ASSIGN(reader.start_, reader.db_.prepare("SELECT max(first_offset) FROM runs "
                                                    "WHERE first_offset <= ?1"));
  HOLESHOT_ASSIGN(reader.at_,
                  reader.db_.prepare("SELECT first_offset, count, appended_at_us FROM runs "
                                     "WHERE first_offset <= ?1 ORDER BY first_offset DESC LIMIT 1"));
  HOLESHOT_ASSIGN(reader.find_,
                  reader.db_.prepare("SELECT r.first_offset, r.first_seq, r.count FROM sources s "
                                     "JOIN subjects j ON j.id = s.subject_id AND j.name = ?1 "
                                     "JOIN runs r INDEXED BY runs_by_source ON r.source_id = s.id "
                                     "WHERE s.client = ?2 AND s.boot = ?3 AND r.first_seq <= ?4 "
                                     "ORDER BY r.first_seq DESC LIMIT 1"));
  HOLESHOT_ASSIGN(reader.subject_,
                  reader.db_.prepare("SELECT j.id, j.pruned_through, r.first_offset + r.count - 1 "
                                     "FROM subjects j LEFT JOIN runs r INDEXED BY runs_by_subject "
                                     "ON r.subject_id = j.id WHERE j.name = ?1 "
                                     "ORDER BY r.first_offset DESC LIMIT 1"));
  HOLESHOT_ASSIGN(reader.subjects_,
                  reader.db_.prepare("SELECT name FROM subjects j WHERE EXISTS (SELECT 1 FROM runs r "
                                     "INDEXED BY runs_by_subject WHERE r.subject_id = j.id) ORDER BY name"));
  return reader;
}

base::Result<Statement*> RunReader::statement_for(std::size_t subjects) {
  const auto it = select_.find(subjects);
  if (it != select_.end()) return &it->second;
  HOLESHOT_ASSIGN(Statement statement, db_.prepare(select_runs(subjects)));
  return &select_.emplace(subjects, std::move(statement)).first->second;
}

base::Status RunReader::each(std::uint64_t after, std::uint64_t last,
                             std::span<const std::uint64_t> subject_ids,
                             const std::function<bool(const Run&)>& take) {
  if (after >= last) return {};
  HOLESHOT_ASSIGN(const std::uint64_t start, start_of_run(after + 1));
  const bool merged = subject_ids.size() <= kMaxMerged;
  HOLESHOT_ASSIGN(Statement * select, statement_for(merged ? subject_ids.size() : 0));
  const ResetAtExit reset(*select);
  select->bind(1, start).bind(2, last);
  for (std::size_t i = 0; merged && i < subject_ids.size(); ++i) {
    select->bind(static_cast<int>(i) + 3, subject_ids[i]);
  }
  for (;;) {
    HOLESHOT_ASSIGN(const bool row, select->step());
    if (!row) return {};
    constexpr int kSubjectColumn = 7;
    if (!merged && std::find(subject_ids.begin(), subject_ids.end(), select->number(kSubjectColumn)) ==
                       subject_ids.end()) {
      continue;
    }
    const Run run = run_from(*select);
    HOLESHOT_TRY(run.check());
    if (!take(run)) return {};
  }
}

base::Result<std::uint64_t> RunReader::start_of_run(std::uint64_t offset) {
  const ResetAtExit reset(start_);
  start_.bind(1, offset);
  HOLESHOT_ASSIGN(const bool row, start_.step());
  return row ? start_.number(0) : 0;
}

base::Result<std::uint64_t> RunReader::last_offset() {
  const ResetAtExit reset(last_);
  HOLESHOT_ASSIGN(const bool row, last_.step());
  return row ? last_.number(0) : 0;
}

base::Result<Extent> RunReader::extent() {
  const ResetAtExit reset(extent_);
  HOLESHOT_ASSIGN(const bool row, extent_.step());
  if (!row) return Extent{};
  return Extent{.last = extent_.number(0), .first = extent_.number(1), .pruned = extent_.number(2)};
}

base::Result<std::optional<std::uint64_t>> RunReader::find(std::string_view subject, std::string_view client,
                                                           std::string_view boot, std::uint64_t seq) {
  const ResetAtExit reset(find_);
  find_.bind(1, subject).bind(2, client).bind(3, boot).bind(4, seq);
  HOLESHOT_ASSIGN(const bool row, find_.step());
  if (!row || seq >= find_.number(1) + find_.number(2)) return std::optional<std::uint64_t>{};
  return std::optional{find_.number(0) + (seq - find_.number(1))};
}

base::Result<Subject> RunReader::subject(std::string_view name) {
  const ResetAtExit reset(subject_);
  subject_.bind(1, name);
  HOLESHOT_ASSIGN(const bool row, subject_.step());
  if (!row) return Subject{};
  return Subject{.id = subject_.number(0),
                 .name = std::string{name},
                 .last = subject_.number(2),
                 .pruned_through = subject_.number(1)};
}

base::Result<std::vector<std::string>> RunReader::subjects() {
  const ResetAtExit reset(subjects_);
  std::vector<std::string> names;
  for (;;) {
    HOLESHOT_ASSIGN(const bool row, subjects_.step());
    if (!row) return names;
    names.emplace_back(subjects_.text(0));
  }
}

base::Result<std::uint64_t> RunReader::before_time(std::uint64_t wall_us, std::uint64_t last) {
  // Invariant: no event up to `low` is of that time or later; every event past `high` is. Retention leaves holes, so
  // a step goes by the offset that it looked at, and the answer by the events that are there.
  std::uint64_t low = 0;
  std::uint64_t high = last;
  std::uint64_t answer = 0;
  bool later = false;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2 + 1;
    const ResetAtExit reset(at_);
    at_.bind(1, middle);
    HOLESHOT_ASSIGN(const bool row, at_.step());
    if (row && at_.number(2) >= wall_us) {
      high = std::max(low, at_.number(0) - 1);
      later = true;
      continue;
    }
    if (row) answer = std::max(answer, at_.number(0) + at_.number(1) - 1);
    low = std::min(high, std::max(middle, answer));
  }
  return later ? answer : last;
}

}  // namespace holeshot::log
