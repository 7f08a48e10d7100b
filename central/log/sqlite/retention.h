// Retention: removes what is over the limits of its stream (docs/log.md, "Retention"). What was removed stays known
// as seqs of its source, so it stays a duplicate; its offsets stay empty for ever.
//
// Thread-safe; one prune at a time, others wait for it.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <stop_token>
#include <vector>

#include "central/log/sqlite/group_commit.h"
#include "central/log/sqlite/log_books.h"
#include "central/log/sqlite/pruner.h"
#include "central/log/sqlite/run_reader.h"
#include "central/log/streams.h"
#include "common/base/clock.h"
#include "common/base/result.h"

namespace holeshot::log {

class Retention {
 public:
  // What is referred to outlives it. REQUIRES: the books count bytes.
  Retention(std::vector<StreamRule> streams, const base::Clock& clock, LogBooks& books, GroupCommit& commit,
            std::unique_ptr<Pruner> pruner)
      : streams_(std::move(streams)),
        clock_(clock),
        books_(books),
        commit_(commit),
        pruner_(std::move(pruner)) {}

  // Removes what is over a limit now, or until `stop` asks, which is heard between two transactions. The reader
  // plans.
  [[nodiscard]] base::Result<PruneReport> prune(RunReader& reader, const std::stop_token& stop);

 private:
  [[nodiscard]] base::Status write_counts();

  std::vector<StreamRule> streams_;
  const base::Clock& clock_;
  LogBooks& books_;
  GroupCommit& commit_;
  std::mutex mutex_;
  std::unique_ptr<Pruner> pruner_;  // guarded by mutex_
};

}  // namespace holeshot::log
