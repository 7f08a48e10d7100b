// What is read from a spool's file, the same for the running gateway and for the command line. Not for other
// rooms.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "gateway/spool/sqlite.h"
#include "gateway/spool/types.h"

namespace holeshot::spool {

struct ReadBatch {
  Batch batch;
  // The row that ended the batch because its checksum is wrong; only set where the batch is empty.
  std::optional<Rejected> damaged;
};

struct BatchLimits {
  std::uint64_t after = 0;
  std::uint64_t up_to = 0;
  std::size_t max_events = 0;
  std::size_t max_bytes = 0;
  bool whole = true;  // every id has its row
};

// Rows with after < id <= up_to, oldest first, of one track, at most max_events and about max_bytes of bodies
// (each counted with one byte for the comma; one row always fits). kCorrupt where a row is not there that
// should be: the next ones must not be sent before it is known what became of it.
[[nodiscard]] base::Result<ReadBatch> read_batch(Database& db, const BatchLimits& limits);
[[nodiscard]] base::Result<SpoolStats> read_stats(Database& db, const std::string& path);
[[nodiscard]] base::Result<std::vector<Mark>> read_marks(Database& db);

}  // namespace holeshot::spool
