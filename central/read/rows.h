// How one event changes the rows (inside the caller's transaction). Private to the room.
#pragma once

#include "central/log/event_log.h"
#include "central/read/sqlite_db.h"
#include "common/base/result.h"

namespace holeshot::read {

// The tables, and the number that says which they are. Any change of either, or of what apply_* writes, needs
// a new number: files with another one are derived again.
inline constexpr int kSchemaVersion = 2;
extern const char* const kSchema;
extern const char* const kAuditSchema;

// Both: kInvalid where the event cannot be read, and then no row was touched; other codes are the store's.
base::Status apply_registry(SqliteDb& db, const log::Event& event);
base::Status apply_race(SqliteDb& db, const log::Event& event);

// A put of kMotoResult: the moto is finished with this result.
base::Status apply_imported_result(SqliteDb& db, const log::Event& event);
// Every registry event and control intent, and what the engine said to it, on the audit's pages; before the rows change.
base::Status apply_audit(SqliteDb& db, const log::Event& event);

}  // namespace holeshot::read
