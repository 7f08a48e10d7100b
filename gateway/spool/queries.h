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
#include "gateway/spool/view.h"

namespace holeshot::spool {

struct ReadBatch {
  Batch batch;
  // The row that ended the batch because its checksum is wrong; only set where the batch is empty.
  std::optional<Rejected> damaged;
};

// Rows with after < id <= up_to, oldest first, of one track, at most max_events and about max_bytes of bodies
// (each counted with one byte for the comma; one row always fits).
[[nodiscard]] base::Result<ReadBatch> read_batch(Database& db, std::uint64_t after, std::uint64_t up_to,
                                                 std::size_t max_events, std::size_t max_bytes);
[[nodiscard]] base::Result<SpoolStats> read_stats(Database& db, const std::string& path);
[[nodiscard]] base::Result<std::vector<Mark>> read_marks(Database& db);
[[nodiscard]] base::Result<std::vector<SpoolRow>> read_rows(Database& db, const RowFilter& filter,
                                                            std::optional<std::uint64_t> id);

}  // namespace holeshot::spool
