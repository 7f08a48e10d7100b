#include "central/log/sqlite/pruner.h"

#include <utility>

#include "central/log/sqlite/body_sizes.h"

namespace holeshot::log {

namespace {

// One transaction removes no more than either: about what a large append writes, so that whoever waits behind it
// waits no longer than behind that.
constexpr std::size_t kRunsPerStep = 256;
constexpr std::uint64_t kBytesPerStep = 4U << 20;

}  // namespace

base::Result<std::unique_ptr<Pruner>> Pruner::make(Appender& appender, LogBooks& books) {
  std::unique_ptr<Pruner> pruner(new Pruner(books));
  HOLESHOT_TRY(pruner->prepare(appender.database()));
  return pruner;
}

base::Status Pruner::prepare(Database& db) {
  Statements& s = statements_;
  HOLESHOT_ASSIGN(s.oldest, db.prepare("SELECT first_offset, count, source_id, first_seq, appended_at_us "
                                       "FROM runs INDEXED BY runs_by_subject "
                                       "WHERE subject_id = ?1 AND first_offset <= ?2 "
                                       "ORDER BY first_offset LIMIT ?3"));
  HOLESHOT_ASSIGN(s.load_run,
                  db.prepare(std::string{"SELECT "} + kRunColumns + " FROM runs WHERE first_offset = ?1"));
  HOLESHOT_ASSIGN(s.delete_run, db.prepare("DELETE FROM runs WHERE first_offset = ?1"));
  HOLESHOT_ASSIGN(s.insert_run, db.prepare(kInsertRun));
  HOLESHOT_ASSIGN(s.forget_ranges, db.prepare("DELETE FROM pruned WHERE source_id = ?1 "
                                              "AND first_seq >= ?2 AND first_seq <= ?3"));
  HOLESHOT_ASSIGN(s.note_range,
                  db.prepare("INSERT INTO pruned(source_id, first_seq, last_seq) VALUES(?1, ?2, ?3)"));
  HOLESHOT_ASSIGN(s.note_subject, db.prepare("UPDATE subjects SET pruned_through = ?2, pruned_us = ?3, "
                                             "bytes = ?4, counted_through = ?5 WHERE id = ?1"));
  return {};
}

void Pruner::start(std::vector<Cut> cuts) {
  cuts_ = std::move(cuts);
  at_ = 0;
  report_ = {};
}

base::Status Pruner::write(Appender& appender) {
  step_ = {};
  step_.at = at_;
  while (step_.at < cuts_.size() && step_.report.runs < kRunsPerStep && step_.report.bytes < kBytesPerStep) {
    HOLESHOT_ASSIGN(const bool more, remove_some(appender, cuts_[step_.at]));
    if (!more) ++step_.at;
  }
  HOLESHOT_TRY(write_ranges(appender));
  return write_subjects(appender);
}

void Pruner::settle(bool committed) {
  for (const auto& [subject, loss] : step_.losses) {
    if (!committed) {
      if (step_.announced) books_.subjects.set_pruned_through(subject, loss.pruned_before);
      continue;
    }
    books_.subjects.settle(subject, books_.subjects.find(subject).bytes - loss.bytes);
  }
  if (committed) {
    for (const auto& [source, ranges] : step_.ranges) books_.sources.add_pruned(source, ranges);
    at_ = step_.at;
    report_.events += step_.report.events;
    report_.runs += step_.report.runs;
    report_.bytes += step_.report.bytes;
    report_.damaged += step_.report.damaged;
    report_.transactions += step_.losses.empty() ? 0U : 1U;
  }
  step_ = {};
}

// True where the cut needs another step.
base::Result<bool> Pruner::remove_some(Appender& appender, const Cut& cut) {
  HOLESHOT_ASSIGN(const std::vector<Run> heads, victims(appender, cut));
  std::vector<std::uint64_t> sizes;
  {
    BodySizes measure(appender.database());
    for (const Run& head : heads) {
      HOLESHOT_ASSIGN(const std::uint64_t bytes, measure.of(head.first_offset));
      sizes.push_back(bytes);
    }
  }
  for (std::size_t i = 0; i < heads.size(); ++i) {
    if (step_.report.bytes >= kBytesPerStep) return true;
    HOLESHOT_TRY(remove(appender, cut, heads[i], sizes[i]));
  }
  return step_.report.runs >= kRunsPerStep;
}

base::Result<std::vector<Run>> Pruner::victims(Appender& appender, const Cut& cut) {
  Statement& oldest = statements_.oldest;
  const ResetAtExit reset(oldest);
  oldest.bind(1, cut.subject_id).bind(2, cut.through).bind(3, kRunsPerStep - step_.report.runs);
  std::vector<Run> heads;
  for (;;) {
    HOLESHOT_ASSIGN(const bool row, appender.step(oldest, "look for what to prune from the log"));
    if (!row) return heads;
    heads.push_back({.first_offset = oldest.number(0),
                     .count = oldest.number(1),
                     .source_id = oldest.number(2),
                     .first_seq = oldest.number(3),
                     .appended_at_us = oldest.number(4)});
  }
}

base::Status Pruner::remove(Appender& appender, const Cut& cut, const Run& head, std::uint64_t bytes) {
  if (head.last_offset() > cut.through) return cut_in_two(appender, cut, head.first_offset);
  HOLESHOT_TRY(erase(appender, head.first_offset));
  note_loss(cut, head, head.count, bytes);
  ++step_.report.runs;
  return {};
}

base::Status Pruner::cut_in_two(Appender& appender, const Cut& cut, std::uint64_t first_offset) {
  Statement& load = statements_.load_run;
  const ResetAtExit reset(load);
  load.bind(1, first_offset);
  HOLESHOT_ASSIGN(const bool row, appender.step(load, "read a run to prune"));
  if (!row) return {};
  const Run whole = run_from(load);
  if (!whole.check()) {
    ++step_.report.damaged;
    return {};
  }
  const std::uint64_t gone = cut.through - first_offset + 1;
  const std::string_view kept = whole.bodies()[gone];
  Run rest{.first_offset = first_offset + gone,
           .count = whole.count - gone,
           .source_id = whole.source_id,
           .first_seq = whole.first_seq + gone,
           .appended_at_us = whole.appended_at_us,
           .body = whole.body.substr(static_cast<std::size_t>(kept.data() - whole.body.data()))};
  rest.checksum = rest.expected_checksum();
  HOLESHOT_TRY(erase(appender, first_offset));
  Statement& insert = statements_.insert_run;
  const ResetAtExit reset_insert(insert);
  bind_run(insert, rest, cut.subject_id);
  HOLESHOT_ASSIGN([[maybe_unused]] const bool none, appender.step(insert, "cut a run of the log"));
  note_loss(cut, whole, gone, whole.body.size() - rest.body.size());
  return {};
}

base::Status Pruner::erase(Appender& appender, std::uint64_t first_offset) {
  Statement& erase = statements_.delete_run;
  const ResetAtExit reset(erase);
  erase.bind(1, first_offset);
  HOLESHOT_ASSIGN([[maybe_unused]] const bool none, appender.step(erase, "prune the log"));
  appender.wrote();
  return {};
}

void Pruner::note_loss(const Cut& cut, const Run& head, std::uint64_t events, std::uint64_t bytes) {
  step_.ranges[head.source_id].add(head.first_seq, head.first_seq + events - 1);
  Loss& loss = step_.losses[cut.subject_id];
  loss.through = head.first_offset + events - 1;
  loss.us = head.appended_at_us;
  loss.bytes += bytes;
  step_.report.events += events;
  step_.report.bytes += bytes;
}

// A source's ranges that touch become one row, so that a source without holes never has more than one.
base::Status Pruner::write_ranges(Appender& appender) {
  const auto run = [&](Statement& statement) { return appender.step(statement, "note what was pruned"); };
  for (const auto& [source_id, removed] : step_.ranges) {
    SeqRanges all = books_.sources.by_id(source_id)->pruned;
    all.add(removed);
    for (const auto& [first, last] : removed.ranges()) {
      const auto [from, to] = all.around(first);
      const ResetAtExit reset_forget(statements_.forget_ranges);
      statements_.forget_ranges.bind(1, source_id).bind(2, from).bind(3, to);
      HOLESHOT_ASSIGN([[maybe_unused]] const bool forgot, run(statements_.forget_ranges));
      const ResetAtExit reset_note(statements_.note_range);
      statements_.note_range.bind(1, source_id).bind(2, from).bind(3, to);
      HOLESHOT_ASSIGN([[maybe_unused]] const bool noted, run(statements_.note_range));
    }
  }
  return {};
}

base::Status Pruner::write_subjects(Appender& appender) {
  for (auto& [subject_id, loss] : step_.losses) {
    const Subject subject = books_.subjects.find(subject_id);
    loss.pruned_before = subject.pruned_through;
    Statement& note = statements_.note_subject;
    const ResetAtExit reset(note);
    note.bind(1, subject_id).bind(2, loss.through).bind(3, loss.us);
    note.bind(4, subject.bytes - loss.bytes).bind(5, appender.last().value());
    HOLESHOT_ASSIGN([[maybe_unused]] const bool none, appender.step(note, "note what was pruned"));
  }
  step_.announced = true;
  for (const auto& [subject_id, loss] : step_.losses) {
    books_.subjects.set_pruned_through(subject_id, loss.through);
  }
  return {};
}

}  // namespace holeshot::log
