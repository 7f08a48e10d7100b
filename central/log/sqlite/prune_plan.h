// What retention would remove: for each subject an offset up to which its events are over a limit of its stream
// (central/log/streams.h). Planning only reads, on a reader's connection, so appends do not wait for it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "central/log/sqlite/run_reader.h"
#include "central/log/sqlite/subject_book.h"
#include "central/log/streams.h"
#include "common/base/result.h"

namespace holeshot::log {

// Everything of the subject up to `through` goes. Within a run only where max_per_subject says so: a run is of one
// moment, and max_bytes goes by whole ones.
struct Cut {
  std::uint64_t subject_id = 0;
  std::uint64_t through = 0;
};

struct PrunePlan {
  std::vector<Cut> cuts;
  bool complete = true;  // false: more is over max_bytes than one plan looks for; plan again afterwards
};

// What is over a limit at `now_us` among the events up to `last`. REQUIRES: the subjects' bytes are counted.
[[nodiscard]] base::Result<PrunePlan> plan_prune(RunReader& reader, std::span<const StreamRule> streams,
                                                 std::span<const Subject> subjects, std::uint64_t now_us,
                                                 std::uint64_t last);

}  // namespace holeshot::log
