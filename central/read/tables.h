// The tables as a whole: making them, how far they are, applying a stretch of the log to them. Private to the room.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "central/log/event_log.h"
#include "central/read/projection.h"
#include "central/read/sqlite_db.h"
#include "common/base/result.h"

namespace holeshot::read {

inline constexpr std::array<std::string_view, 9> kTables{"meta",        "object",         "link",
                                                         "moto_state",  "result",         "result_history",
                                                         "moto_before", "control_result", "audit"};

[[nodiscard]] bool is_projected(std::string_view subject);
// Of those that the log has.
[[nodiscard]] std::vector<std::string> projected_subjects(const log::EventLog& log);
// Newest removed event of a subject whose rows nothing can bring back: of the registry or of race events. Offset{}
// where everything is there.
[[nodiscard]] log::Offset removed_through(const log::EventLog& log);

// Empty tables of today's schema, for a log, in a transaction of its own. What only grows a rebuild needs no guard.
enum class Guard : std::uint8_t { kNone, kAudit };
[[nodiscard]] base::Status create_tables(SqliteDb& db, const std::string& log_id, Guard guard);
// The offset that the rows stand for; nullopt where the file does not fit this log and this program. One of an
// earlier schema is brought forward where deriving it again would lose what retention has removed.
[[nodiscard]] base::Result<std::optional<log::Offset>> stored_offset(SqliteDb& db, const log::EventLog& log);
[[nodiscard]] base::Status save_applied(SqliteDb& db, log::Offset offset);

// Inside the caller's transaction: those after `after`. What cannot be read is told in `refused` and touches nothing.
[[nodiscard]] base::Status apply_events(SqliteDb& db, std::span<const log::Event> events, log::Offset after,
                                        std::vector<Refusal>& refused);

void remove_database(const std::string& path);

}  // namespace holeshot::read
