#include "central/log/sqlite/verify.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "central/log/sqlite/run.h"
#include "central/log/sqlite/schema.h"
#include "central/log/sqlite/seq_ranges.h"

namespace holeshot::log {

namespace {

constexpr std::size_t kMaxProblems = 100;

// What retention noted, at one moment.
struct Noted {
  struct OfSubject {
    std::uint64_t through = 0;
    std::uint64_t bytes = 0;
    std::uint64_t counted_through = 0;
    bool operator==(const OfSubject&) const = default;
  };
  std::unordered_map<std::uint64_t, OfSubject> subjects;
  std::unordered_map<std::uint64_t, SeqRanges> removed;  // by source
  std::uint64_t newest = 0;                              // offset of the newest event that was removed
};

base::Result<Noted> read_noted(Database& db) {
  Noted noted;
  HOLESHOT_ASSIGN(Statement subjects,
                  db.prepare("SELECT id, pruned_through, bytes, counted_through FROM subjects"));
  for (;;) {
    HOLESHOT_ASSIGN(const bool row, subjects.step());
    if (!row) break;
    noted.subjects[subjects.number(0)] = {subjects.number(1), subjects.number(2), subjects.number(3)};
    noted.newest = std::max(noted.newest, subjects.number(1));
  }
  HOLESHOT_ASSIGN(Statement ranges, db.prepare("SELECT source_id, first_seq, last_seq FROM pruned"));
  for (;;) {
    HOLESHOT_ASSIGN(const bool row, ranges.step());
    if (!row) return noted;
    noted.removed[ranges.number(0)].add(ranges.number(1), ranges.number(2));
  }
}

// What is known after the runs so far. The log may be pruned meanwhile: what was noted before the first run has to
// hold for every run, what was noted after the last one has to explain what is not there.
class Verifier {
 public:
  explicit Verifier(Noted before) : before_(std::move(before)) {}

  void take(const Run& run, std::uint64_t subject_id) {
    const std::string where = "run at offset " + std::to_string(run.first_offset) + ": ";
    take_offset(run, where);
    if (auto status = run.check(); !status) add(where + status.error().message);
    if (run.appended_at_us < last_us_) add(where + "its time is before that of the run before it");
    if (run.count == 0 || run.first_seq == 0) {
      add(where + "it counts no events or starts at seq 0");
    } else {
      take_seqs(run, where);
    }
    take_subject(run, subject_id, where);
    last_us_ = run.appended_at_us;
    ++report_.runs;
    report_.events += run.count;
  }

  void add(std::string problem) {
    ++report_.problem_count;
    if (report_.problems.size() < kMaxProblems) report_.problems.push_back(std::move(problem));
  }

  VerifyReport finish(const Noted& after) {
    for (const auto& [expected, found] : gaps_) {
      if (found > after.newest + 1) {
        add("run at offset " + std::to_string(found) + ": offset " + std::to_string(expected) +
            " was expected");
      }
    }
    compare_total(after);
    for (const auto& [id, noted] : before_.subjects) {
      const auto it = after.subjects.find(id);
      if (it == after.subjects.end() || it->second != noted || counted_[id] == noted.bytes) continue;
      add("subject " + std::to_string(id) + " is noted with " + std::to_string(noted.bytes) +
          " bytes of bodies and holds " + std::to_string(counted_[id]));
    }
    report_.sources = seen_.size();
    return std::move(report_);
  }

 private:
  void take_offset(const Run& run, const std::string& where) {
    if (run.first_offset < next_offset_) {
      add(where + "offset " + std::to_string(next_offset_) + " was expected");
    } else if (run.first_offset > next_offset_ && run.first_offset > before_.newest + 1) {
      gaps_.emplace_back(next_offset_, run.first_offset);
    }
    next_offset_ = run.first_offset + run.count;
  }

  void take_seqs(const Run& run, const std::string& where) {
    SeqRanges& seen = seen_[run.source_id];
    const SeqRanges& removed = before_.removed[run.source_id];
    for (std::uint64_t i = 0; i < run.count && i < kMaxRunEvents; ++i) {
      const bool twice = seen.contains(run.first_seq + i);
      if (!twice && !removed.contains(run.first_seq + i)) continue;
      add(where + "seq " + std::to_string(run.first_seq + i) + " of source " + std::to_string(run.source_id) +
          (twice ? " is in the log twice" : " is noted as removed and is in the log"));
      break;
    }
    seen.add(run.first_seq, run.last_seq());
  }

  void take_subject(const Run& run, std::uint64_t subject_id, const std::string& where) {
    const Noted::OfSubject& noted = before_.subjects[subject_id];
    if (run.first_offset <= noted.through) {
      add(where + "its subject is noted as removed through offset " + std::to_string(noted.through));
    }
    if (run.first_offset <= noted.counted_through) counted_[subject_id] += run.body.size();
  }

  // Every offset was given to one event, which is there or was removed.
  void compare_total(const Noted& after) {
    const std::uint64_t last = std::max(next_offset_ - 1, after.newest);
    std::uint64_t known = 0;
    report_.pruned = 0;
    for (const auto& [source, removed] : after.removed) {
      report_.pruned += removed.total();
      seen_[source].add(removed);
    }
    for (const auto& [source, seqs] : seen_) known += seqs.total();
    if (known == last) return;
    add("the log gave " + std::to_string(last) + " offsets, and holds or has removed " +
        std::to_string(known) + " events");
  }

  Noted before_;
  VerifyReport report_;
  std::unordered_map<std::uint64_t, SeqRanges> seen_;
  std::unordered_map<std::uint64_t, std::uint64_t> counted_;   // bytes by subject
  std::vector<std::pair<std::uint64_t, std::uint64_t>> gaps_;  // offset expected, offset found
  std::uint64_t next_offset_ = 1;
  std::uint64_t last_us_ = 0;
};

// In short transactions, so that a log being written meanwhile can go on checkpointing. What was noted is read in
// the one that finds no more runs.
base::Result<Noted> take_runs(Database& db, Verifier& verifier) {
  HOLESHOT_ASSIGN(
      Statement rows,
      db.prepare(std::string{"SELECT "} + kRunColumns +
                 ", subject_id FROM runs WHERE first_offset > ?1 ORDER BY first_offset LIMIT 1000"));
  constexpr int kSubjectColumn = 7;
  std::uint64_t after = 0;
  for (;;) {
    HOLESHOT_TRY(db.exec("BEGIN"));
    const std::uint64_t before = after;
    const ResetAtExit reset(rows);
    rows.bind(1, after);
    for (;;) {
      HOLESHOT_ASSIGN(const bool row, rows.step());
      if (!row) break;
      const Run run = run_from(rows);
      verifier.take(run, rows.number(kSubjectColumn));
      after = run.first_offset;
    }
    rows.reset();
    if (after == before) return read_noted(db);
    HOLESHOT_TRY(db.exec("COMMIT"));
  }
}

}  // namespace

base::Result<VerifyReport> verify_log(const std::string& path) {
  HOLESHOT_ASSIGN(Database db, Database::open(path, OpenMode::kReadOnly));
  HOLESHOT_TRY(check_schema(db, path));
  HOLESHOT_ASSIGN(Noted before, read_noted(db));
  Verifier verifier(std::move(before));
  const auto structure = db.text("PRAGMA quick_check(1)");
  if (!structure) return std::unexpected(structure.error());
  if (*structure != "ok") verifier.add("SQLite: " + *structure);
  HOLESHOT_ASSIGN(const std::uint64_t strays,
                  db.number("SELECT count(*) FROM runs r LEFT JOIN sources s ON s.id = r.source_id "
                            "WHERE s.id IS NULL OR s.subject_id <> r.subject_id"));
  if (strays > 0) verifier.add(std::to_string(strays) + " runs do not fit the source they name");
  HOLESHOT_ASSIGN(const Noted after, take_runs(db, verifier));
  return verifier.finish(after);
}

}  // namespace holeshot::log
