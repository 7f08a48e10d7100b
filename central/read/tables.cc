#include "central/read/tables.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "central/read/rows.h"
#include "common/contract/subjects.h"

namespace holeshot::read {

using base::Code;

namespace {

// Results of the first schema had flags for what has a status now, and knew no runs.
constexpr const char* kFromSchema1 = R"sql(
ALTER TABLE moto_state RENAME TO moto_state_1;
ALTER TABLE result RENAME TO result_1;
ALTER TABLE control_result RENAME TO control_result_1;
DROP INDEX moto_state_on_track;
)sql";
constexpr const char* kIntoSchema2 = R"sql(
INSERT INTO moto_state(moto_id, track_id, status, ts_us, run)
  SELECT moto_id, track_id, status, ts_us, 1 FROM moto_state_1;
INSERT INTO result(moto_id, rider_id, status, position, elapsed_us, gap_to_leader_us, ruled, estimated)
  SELECT moto_id, rider_id, CASE WHEN dns THEN 'DNS' WHEN dnf THEN 'DNF' ELSE 'FIN' END, position, elapsed_us,
         gap_to_leader_us, 0, 0 FROM result_1;
INSERT INTO control_result SELECT * FROM control_result_1;
DROP TABLE moto_state_1;
DROP TABLE result_1;
DROP TABLE control_result_1;
)sql";

// Schema 2 had an audit of changes and intents, one of the engine's words, and a table of intents that waited for them.
constexpr const char* kIntoSchema3 = R"sql(
INSERT INTO audit SELECT n, ts_us, actor, action, kind, id, track_id,
    CASE WHEN kind='intent' AND json_type(after, '$.moto_id')='text' THEN json_extract(after, '$.moto_id') ELSE '' END,
    CASE WHEN kind='intent' AND json_type(after, '$.rider_id')='text' THEN json_extract(after, '$.rider_id') ELSE '' END,
    CASE kind WHEN 'intent' THEN id ELSE '' END,
    CASE WHEN kind='intent' AND json_type(after, '$.undoes')='text' THEN json_extract(after, '$.undoes') ELSE '' END,
    reason, revision, NULL, '', '', '', CASE kind WHEN 'intent' THEN after END, NULL,
    CASE WHEN kind<>'intent' THEN after END FROM audit_entry;
INSERT INTO audit SELECT offset, ts_us, actor, action, kind, CASE kind WHEN 'intent_result' THEN intent_id ELSE '' END, track_id,
    moto_id, rider_id, intent_id, undoes, reason, 0, accepted, code, engine, source, NULL, nullif(before, 'null'),
    nullif(after, 'null') FROM control_audit;
DROP TABLE audit_entry;
DROP TABLE control_audit;
DROP TABLE intent;
)sql";

base::Status set_version(SqliteDb& db) {
  return db.script(("PRAGMA user_version=" + std::to_string(kSchemaVersion)).c_str());
}

base::Status bring_forward(SqliteDb& db, std::int64_t version) {
  if (version == 1) {
    HOLESHOT_TRY(db.script(kFromSchema1));
    HOLESHOT_TRY(db.script(kRaceSchema));
    HOLESHOT_TRY(db.script(kIntoSchema2));
  }
  HOLESHOT_TRY(db.script(kAuditSchema));
  if (version == 2) HOLESHOT_TRY(db.script(kIntoSchema3));
  HOLESHOT_TRY(db.script(kGuardAudit));
  return set_version(db);
}

base::Status migrate(SqliteDb& db, std::int64_t version) {
  HOLESHOT_TRY(db.script("BEGIN IMMEDIATE"));
  auto status = bring_forward(db, version);
  if (status) status = db.script("COMMIT");
  if (!status) (void)db.script("ROLLBACK");  // the first error is the one to tell
  return status;
}

}  // namespace

bool is_projected(std::string_view subject) {
  return subject == contract::kRegistrySubject || subject.starts_with(contract::kEventsPrefix) ||
         subject.starts_with(contract::kControlPrefix);
}

std::vector<std::string> projected_subjects(const log::EventLog& log) {
  std::vector<std::string> subjects = log.subjects();
  std::erase_if(subjects, [](const std::string& name) { return !is_projected(name); });
  return subjects;
}

log::Offset removed_through(const log::EventLog& log) {
  log::Offset newest;
  for (const auto& subject : projected_subjects(log)) {
    if (!subject.starts_with(contract::kControlPrefix))
      newest = std::max(newest, log.pruned_through(subject));
  }
  return newest;
}

base::Status save_applied(SqliteDb& db, log::Offset offset) {
  return db.run("INSERT OR REPLACE INTO meta(key, value) VALUES('applied', ?)",
                {std::to_string(offset.value())});
}

base::Status create_tables(SqliteDb& db, const std::string& log_id, Guard guard) {
  HOLESHOT_TRY(db.script("BEGIN IMMEDIATE"));
  HOLESHOT_TRY(db.script(kRegistrySchema));
  HOLESHOT_TRY(db.script(kRaceSchema));
  HOLESHOT_TRY(db.script(kAuditSchema));
  if (guard == Guard::kAudit) HOLESHOT_TRY(db.script(kGuardAudit));
  HOLESHOT_TRY(db.run("INSERT INTO meta(key, value) VALUES('log_id', ?)", {log_id}));
  HOLESHOT_TRY(save_applied(db, log::Offset{}));
  HOLESHOT_TRY(set_version(db));
  return db.script("COMMIT");
}

base::Result<std::optional<log::Offset>> stored_offset(SqliteDb& db, const log::EventLog& log) {
  HOLESHOT_ASSIGN(const auto version, db.one_integer("PRAGMA user_version"));
  if (!version || *version < 1 || *version > kSchemaVersion) return std::optional<log::Offset>{};
  HOLESHOT_ASSIGN(const auto log_id, db.one_text("SELECT value FROM meta WHERE key='log_id'"));
  HOLESHOT_ASSIGN(const auto applied, db.one_integer("SELECT CAST(value AS INTEGER) FROM meta "
                                                     "WHERE key='applied'"));
  if (log_id != log.log_id() || !applied || *applied < 0) return std::optional<log::Offset>{};
  const log::Offset offset{static_cast<std::uint64_t>(*applied)};
  if (offset > log.last()) return std::optional<log::Offset>{};  // a log restored from an older copy
  if (version != kSchemaVersion) {
    if (removed_through(log) == log::Offset{}) return std::optional<log::Offset>{};
    HOLESHOT_TRY(migrate(db, *version));
  }
  return std::optional{offset};
}

namespace {
base::Status apply_event(SqliteDb& db, const log::Event& event) {
  if (event.subject.starts_with(contract::kControlPrefix)) return audit_asked(db, event);
  if (event.subject != contract::kRegistrySubject) return apply_race(db, event);
  HOLESHOT_TRY(audit_change(db, event));
  return apply_registry(db, event);
}
}  // namespace

base::Status apply_events(SqliteDb& db, std::span<const log::Event> events, log::Offset after,
                          std::vector<Refusal>& refused) {
  for (const auto& event : events) {
    if (event.offset <= after) continue;
    auto status = apply_event(db, event);
    if (status) continue;
    if (status.error().code != Code::kInvalid) return status;
    refused.push_back({&event, std::move(status).error()});
  }
  return {};
}

void remove_database(const std::string& path) {
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::error_code ignored;  // what cannot be removed shows when the file is opened again
    std::filesystem::remove(path + suffix, ignored);
  }
}

}  // namespace holeshot::read
