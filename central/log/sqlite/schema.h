// The log file's schema: made on first use, checked at every open, never guessed (docs/log.md).
#pragma once

#include <cstdint>
#include <string>

#include "central/log/sqlite/database.h"
#include "common/base/clock.h"
#include "common/base/result.h"

namespace holeshot::log {

inline constexpr std::uint64_t kLogSchema = 2;
// "HLOG": tells `file` and us that a SQLite file is a log.
inline constexpr std::uint64_t kLogApplicationId = 0x484C4F47;

// What every connection of the log sets: WAL, FULL, bounded journal. REQUIRES: a writable connection.
[[nodiscard]] base::Status configure_writer(Database& db, std::uint64_t max_bytes);

// Makes the tables where the file is empty and brings an older log to kLogSchema, all or nothing; otherwise
// refuses, in words, what is not a log or is newer than this program.
[[nodiscard]] base::Status ensure_schema(Database& db, const std::string& path, const base::Clock& clock);
// The same checks for who only reads: an older log is refused, too.
[[nodiscard]] base::Status check_schema(Database& db, const std::string& path);

[[nodiscard]] base::Result<std::string> read_log_id(Database& db);

}  // namespace holeshot::log
