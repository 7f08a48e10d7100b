// How one event changes the rows (inside the caller's transaction). Private to the room.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "central/log/event_log.h"
#include "central/read/race_body.h"
#include "central/read/sqlite_db.h"
#include "common/base/result.h"

namespace holeshot::read {

// The tables, and the number that says which they are. Any change of either, or of what apply_* writes, needs
// a new number: files with another one are derived again.
inline constexpr int kSchemaVersion = 3;
extern const char* const kRegistrySchema;
extern const char* const kRaceSchema;
extern const char* const kAuditSchema;
// What makes the audit append-only, and what a rebuild takes away for as long as it puts the derived lines in place.
extern const char* const kGuardAudit;
extern const char* const kUnguardAudit;

// Each: kInvalid where the event cannot be read, and then no row was touched; other codes are the store's.
base::Status apply_registry(SqliteDb& db, const log::Event& event);
base::Status apply_race(SqliteDb& db, const log::Event& event);

// The race was given other riders, lanes or transponders than the registry has: the moto's entries become those of
// `riders` (a race_staged payload's). Nothing happens where there is no such moto. Its revision rises, so that who
// still holds the old entries cannot write them back.
base::Status restage_moto(SqliteDb& db, const std::string& moto_id, const nlohmann::json& riders,
                          std::int64_t ts_us);

// The audit. The first two are a registry change's and an intent's line, before the rows change; what cannot be read has none,
// and is refused by whoever applies its rows, or by the engine. `remember` comes before an event changes the state or the
// result of a moto: it keeps what was, once per cause. The last two write the line of what the engine says.
base::Status audit_change(SqliteDb& db, const log::Event& event);
base::Status audit_asked(SqliteDb& db, const log::Event& event);
base::Status remember(SqliteDb& db, const RaceBody& race, const std::string& moto_id);
base::Status audit_intent(SqliteDb& db, const RaceBody& race);
base::Status audit_event(SqliteDb& db, const RaceBody& race);

// A put of kMotoResult: the moto is finished with this result.
base::Status apply_imported_result(SqliteDb& db, const log::Event& event);

}  // namespace holeshot::read
