#include "central/log/sqlite/retention.h"

#include <algorithm>
#include <utility>

namespace holeshot::log {

namespace {

// Runs appended to a subject before its bytes are written down again. Opening looks at each run that came since, at
// some ten thousand a second from a cold disk.
constexpr std::uint64_t kRunsBetweenCounts = 4096;

// Writes down how many bytes subjects hold, so that the next open need not look at their runs.
class CountWrite final : public SoloWrite {
 public:
  CountWrite(LogBooks& books, std::vector<std::uint64_t> subject_ids)
      : books_(books), subject_ids_(std::move(subject_ids)) {}

  base::Status write(Appender& appender) override {
    HOLESHOT_ASSIGN(
        Statement note,
        appender.database().prepare("UPDATE subjects SET bytes = ?2, counted_through = ?3 WHERE id = ?1"));
    for (const std::uint64_t id : subject_ids_) {
      const ResetAtExit reset(note);
      note.bind(1, id).bind(2, books_.subjects.find(id).bytes).bind(3, appender.last().value());
      HOLESHOT_ASSIGN([[maybe_unused]] const bool none, appender.step(note, "note how much the log holds"));
      appender.wrote();
    }
    return {};
  }
  void settle(bool committed) override {
    if (!committed) return;
    for (const std::uint64_t id : subject_ids_) {
      books_.subjects.settle(id, books_.subjects.find(id).bytes);
    }
  }

 private:
  LogBooks& books_;
  std::vector<std::uint64_t> subject_ids_;
};

void add(PruneReport& sum, const PruneReport& part) {
  sum.events += part.events;
  sum.runs += part.runs;
  sum.bytes += part.bytes;
  sum.transactions += part.transactions;
  sum.damaged = std::max(sum.damaged, part.damaged);  // the next plan meets the same ones
}

}  // namespace

base::Result<PruneReport> Retention::prune(RunReader& reader, const std::stop_token& stop) {
  const std::scoped_lock lock(mutex_);
  PruneReport report;
  // Not until nothing is left to remove: beside busy writers that may never be.
  for (bool more = true; more && !stop.stop_requested();) {
    HOLESHOT_ASSIGN(const std::uint64_t last, reader.last_offset());
    HOLESHOT_ASSIGN(PrunePlan plan,
                    plan_prune(reader, streams_, books_.subjects.all(), clock_.wall_us(), last));
    pruner_->start(std::move(plan.cuts));
    while (pruner_->unfinished() && !stop.stop_requested()) HOLESHOT_TRY(commit_.alone(*pruner_));
    more = !plan.complete && pruner_->report().events > 0;
    add(report, pruner_->report());
  }
  HOLESHOT_TRY(write_counts());
  return report;
}

base::Status Retention::write_counts() {
  std::vector<std::uint64_t> due;
  for (const Subject& subject : books_.subjects.all()) {
    if (subject.uncounted_runs >= kRunsBetweenCounts) due.push_back(subject.id);
  }
  if (due.empty()) return {};
  CountWrite counts(books_, std::move(due));
  return commit_.alone(counts);
}

}  // namespace holeshot::log
