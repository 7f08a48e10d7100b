#include "central/log/sqlite/verify.h"

#include <unordered_map>
#include <utility>

#include "central/log/sqlite/run.h"
#include "central/log/sqlite/schema.h"
#include "central/log/sqlite/seq_ranges.h"

namespace holeshot::log {

namespace {

constexpr std::size_t kMaxProblems = 100;

// What is known after the runs so far.
class Verifier {
 public:
  void take(const Run& run) {
    const std::string where = "run at offset " + std::to_string(run.first_offset) + ": ";
    if (run.first_offset != next_offset_) {
      add(where + "offset " + std::to_string(next_offset_) + " was expected");
    }
    if (auto status = run.check(); !status) add(where + status.error().message);
    if (run.appended_at_us < last_us_) add(where + "its time is before that of the run before it");
    if (run.count == 0 || run.first_seq == 0) {
      add(where + "it counts no events or starts at seq 0");
    } else {
      take_seqs(run, where);
    }
    next_offset_ = run.first_offset + run.count;
    last_us_ = run.appended_at_us;
    ++report_.runs;
    report_.events += run.count;
  }

  void add(std::string problem) {
    ++report_.problem_count;
    if (report_.problems.size() < kMaxProblems) report_.problems.push_back(std::move(problem));
  }

  VerifyReport finish() {
    report_.sources = seen_.size();
    return std::move(report_);
  }

 private:
  void take_seqs(const Run& run, const std::string& where) {
    SeqRanges& seen = seen_[run.source_id];
    for (std::uint64_t i = 0; i < run.count && i < kMaxRunEvents; ++i) {
      if (!seen.contains(run.first_seq + i)) continue;
      add(where + "seq " + std::to_string(run.first_seq + i) + " of source " + std::to_string(run.source_id) +
          " is in the log twice");
      break;
    }
    seen.add(run.first_seq, run.last_seq());
  }

  VerifyReport report_;
  std::unordered_map<std::uint64_t, SeqRanges> seen_;
  std::uint64_t next_offset_ = 1;
  std::uint64_t last_us_ = 0;
};

// In short transactions, so that a log being written meanwhile can go on checkpointing.
base::Status take_runs(Database& db, Verifier& verifier) {
  HOLESHOT_ASSIGN(Statement rows,
                  db.prepare(std::string{"SELECT "} + kRunColumns +
                             " FROM runs WHERE first_offset > ?1 ORDER BY first_offset LIMIT 1000"));
  std::uint64_t after = 0;
  for (bool more = true; more;) {
    more = false;
    const ResetAtExit reset(rows);
    rows.bind(1, after);
    for (;;) {
      HOLESHOT_ASSIGN(const bool row, rows.step());
      if (!row) break;
      const Run run = run_from(rows);
      verifier.take(run);
      after = run.first_offset;
      more = true;
    }
  }
  return {};
}

}  // namespace

base::Result<VerifyReport> verify_log(const std::string& path) {
  HOLESHOT_ASSIGN(Database db, Database::open(path, OpenMode::kReadOnly));
  HOLESHOT_TRY(check_schema(db, path));
  Verifier verifier;
  const auto structure = db.text("PRAGMA quick_check(1)");
  if (!structure) return std::unexpected(structure.error());
  if (*structure != "ok") verifier.add("SQLite: " + *structure);
  HOLESHOT_ASSIGN(const std::uint64_t strays,
                  db.number("SELECT count(*) FROM runs r LEFT JOIN sources s ON s.id = r.source_id "
                            "WHERE s.id IS NULL OR s.subject_id <> r.subject_id"));
  if (strays > 0) verifier.add(std::to_string(strays) + " runs do not fit the source they name");
  HOLESHOT_TRY(take_runs(db, verifier));
  return verifier.finish();
}

}  // namespace holeshot::log
