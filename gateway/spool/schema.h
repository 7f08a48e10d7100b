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
inline constexpr std::uint64_t kSchemaVersion = 1;

// The lock of <path>.lock, held until the descriptor closes (so a killed gateway holds nothing). kConflict
// where another process has it, naming its process id.
[[nodiscard]] base::Result<base::UniqueFd> lock_spool(const std::string& path);

// Opens for writing, makes the tables where the file is new, refuses a file that is no spool (kInvalid) or
// was made by a newer version (kInvalid).
[[nodiscard]] base::Result<Database> open_writer(const std::string& path);
// Opens for reading beside a writer or alone; the file must exist and be a spool this version knows.
[[nodiscard]] base::Result<Database> open_reader(const std::string& path);

// What a row's checksum is made of.
[[nodiscard]] std::uint32_t row_checksum(std::uint64_t id, std::uint64_t seq, std::uint64_t captured_at_us,
                                         std::string_view body);

}  // namespace holeshot::spool
