// Pruner: carries out Cuts, a bounded part per transaction, so that an append never waits long behind it. In the
// transaction that removes events it writes down which seqs they were: the log knows for ever that it had them.
//
// One thread at a time. The books and the appender outlive it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "central/log/sqlite/log_books.h"
#include "central/log/sqlite/prune_plan.h"
#include "central/log/sqlite/run.h"
#include "central/log/sqlite/solo_write.h"
#include "common/base/result.h"

namespace holeshot::log {

struct PruneReport {
  std::uint64_t events = 0;
  std::uint64_t runs = 0;   // whole ones
  std::uint64_t bytes = 0;  // of bodies
  std::uint64_t transactions = 0;
  std::uint64_t damaged = 0;  // runs that were to be cut in two and fail their checksum: left as they are
};

class Pruner final : public SoloWrite {
 public:
  [[nodiscard]] static base::Result<std::unique_ptr<Pruner>> make(Appender& appender, LogBooks& books);

  void start(std::vector<Cut> cuts);
  // False once every cut was carried out.
  [[nodiscard]] bool unfinished() const { return at_ < cuts_.size(); }
  [[nodiscard]] const PruneReport& report() const { return report_; }

  [[nodiscard]] base::Status write(Appender& appender) override;
  void settle(bool committed) override;

 private:
  struct Statements {
    Statement oldest;
    Statement load_run;
    Statement delete_run;
    Statement insert_run;
    Statement forget_ranges;
    Statement note_range;
    Statement note_subject;
  };
  struct Loss {
    std::uint64_t through = 0;  // newest event removed
    std::uint64_t us = 0;       // when it was appended
    std::uint64_t bytes = 0;
    std::uint64_t pruned_before = 0;
  };
  // What one transaction does.
  struct Step {
    std::size_t at = 0;
    PruneReport report;
    std::unordered_map<std::uint64_t, Loss> losses;       // by subject
    std::unordered_map<std::uint64_t, SeqRanges> ranges;  // by source
    bool announced = false;
  };

  explicit Pruner(LogBooks& books) : books_(books) {}
  [[nodiscard]] base::Status prepare(Database& db);
  [[nodiscard]] base::Result<bool> remove_some(Appender& appender, const Cut& cut);
  [[nodiscard]] base::Result<std::vector<Run>> victims(Appender& appender, const Cut& cut);
  [[nodiscard]] base::Status remove(Appender& appender, const Cut& cut, const Run& head, std::uint64_t bytes);
  [[nodiscard]] base::Status cut_in_two(Appender& appender, const Cut& cut, std::uint64_t first_offset);
  [[nodiscard]] base::Status erase(Appender& appender, std::uint64_t first_offset);
  void note_loss(const Cut& cut, const Run& head, std::uint64_t events, std::uint64_t bytes);
  [[nodiscard]] base::Status write_ranges(Appender& appender);
  [[nodiscard]] base::Status write_subjects(Appender& appender);

  LogBooks& books_;
  Statements statements_;
  std::vector<Cut> cuts_;
  std::size_t at_ = 0;
  PruneReport report_;
  Step step_;
};

}  // namespace holeshot::log
