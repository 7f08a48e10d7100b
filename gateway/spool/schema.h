// The spool's file: its tables, its version, and who may hold it. Not for other rooms.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/fd.h"
#include "common/base/result.h"
#include "gateway/spool/sqlite.h"

namespace holeshot::spool {

inline constexpr std::uint64_t kApplicationId =
    0x48534731;  // "HSG1": tells our file from any other SQLite file
inline constexpr std::uint64_t kSchemaVersion = 2;
inline constexpr std::string_view kStatusType = "STATUS";  // the one record type that may be given up

// The lock of <path>.lock, held until the descriptor closes (so a killed gateway holds nothing). kConflict
// where another process has it, naming its process id.
[[nodiscard]] base::Result<base::UniqueFd> lock_spool(const std::string& path);

// Opens for writing, makes the tables where the file is new or empty, brings an older file forward in one
// transaction, refuses a file that is no spool (kInvalid) or was made by a newer version (kInvalid).
[[nodiscard]] base::Result<Database> open_writer(const std::string& path);
// Opens for reading beside a writer or alone; the file must exist and be a spool this version knows. One in
// which nothing was ever written (a crash before the first commit) reads as an empty one.
[[nodiscard]] base::Result<Database> open_reader(const std::string& path);

// What a row's checksum is made of. The other tables that a wrong bit could make us lose data by have theirs.
[[nodiscard]] std::uint32_t row_checksum(std::uint64_t id, std::uint64_t seq, std::uint64_t captured_at_us,
                                         std::string_view body);
[[nodiscard]] std::uint32_t mark_checksum(std::string_view key, std::string_view value);

// The one row of `state`.
struct Counters {
  std::uint64_t cursor = 0;  // central has everything up to this id
  std::uint64_t acked = 0;   // envelopes that central has taken
  std::uint64_t missing =
      0;  // ids behind the cursor that no row has: STATUS that was shed, rows that were lost
  std::uint64_t floor_id = 0;  // ids up to this one are used up, whether or not a row has them
  bool operator==(const Counters&) const = default;
};
[[nodiscard]] std::uint32_t counters_checksum(const Counters& counters);
// kCorrupt where the row is gone or its checksum is wrong.
[[nodiscard]] base::Result<Counters> read_counters(Database& db);
[[nodiscard]] base::Result<Statement> prepare_counters(Database& db);
[[nodiscard]] base::Status write_counters(Statement& prepared, const Counters& counters,
                                          std::uint64_t now_us);

}  // namespace holeshot::spool
