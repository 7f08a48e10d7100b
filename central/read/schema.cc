#include "central/read/rows.h"

namespace holeshot::read {

// Registry objects are kept as the JSON that REST answers with, beside the few columns that queries order,
// search and join by. The log is the schema of the objects themselves: a new field needs no new column, and
// typed tables would only be taken apart and put together again on every request. What is counted and joined
// (results, states, links) has columns.
const char* const kRegistrySchema = R"sql(
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- owner: what it is a part of (an event's id for a class or moto; a track's for an event). sort: order within
-- a list. search: folded text of a rider.
CREATE TABLE object(
  kind TEXT NOT NULL, id TEXT NOT NULL, owner TEXT NOT NULL, sort TEXT NOT NULL, search TEXT NOT NULL,
  revision INTEGER NOT NULL, created_us INTEGER NOT NULL, json TEXT NOT NULL,
  PRIMARY KEY(kind, id)) STRICT, WITHOUT ROWID;
CREATE INDEX object_in_order ON object(kind, owner, sort, id);
CREATE INDEX object_sorted ON object(kind, sort, id);

-- (kind, id) names (to_kind, to_id): a class its riders, a rider its transponder.
CREATE TABLE link(
  to_kind TEXT NOT NULL, to_id TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
  PRIMARY KEY(to_kind, to_id, kind, id)) STRICT, WITHOUT ROWID;
CREATE INDEX link_from ON link(kind, id);

)sql";

const char* const kRaceSchema = R"sql(
-- run: the attempt that is staged, racing, or whose result stands; 1 for most.
CREATE TABLE moto_state(
  moto_id TEXT PRIMARY KEY, track_id TEXT NOT NULL, status TEXT NOT NULL, ts_us INTEGER NOT NULL,
  run INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX moto_state_on_track ON moto_state(track_id, status);

-- The result that stands: the last race_finished of the moto. status FIN, DNF, DNS, DSQ or REL; a place has only FIN.
CREATE TABLE result(
  moto_id TEXT NOT NULL, rider_id TEXT NOT NULL, status TEXT NOT NULL, position INTEGER, elapsed_us INTEGER,
  gap_to_leader_us INTEGER, ruled INTEGER NOT NULL, estimated INTEGER NOT NULL,
  PRIMARY KEY(moto_id, rider_id)) STRICT, WITHOUT ROWID;

-- Every result that a moto had, one per race_finished, as it said them. offset: of that event.
CREATE TABLE result_history(
  moto_id TEXT NOT NULL, offset INTEGER NOT NULL, ts_us INTEGER NOT NULL, run INTEGER NOT NULL,
  corrected INTEGER NOT NULL, cause TEXT NOT NULL, rule_book TEXT NOT NULL, engine TEXT NOT NULL,
  source TEXT NOT NULL, results TEXT NOT NULL,
  PRIMARY KEY(moto_id, offset)) STRICT, WITHOUT ROWID;

-- How the motos that a track's newest cause changes were before it.
CREATE TABLE moto_before(
  track_id TEXT NOT NULL, moto_id TEXT NOT NULL, source TEXT NOT NULL, picture TEXT NOT NULL,
  PRIMARY KEY(track_id, moto_id)) STRICT, WITHOUT ROWID;

-- What became of each control intent.
CREATE TABLE control_result(
  intent_id TEXT PRIMARY KEY, track_id TEXT NOT NULL, type TEXT NOT NULL, accepted INTEGER NOT NULL,
  code TEXT NOT NULL, reason TEXT NOT NULL) STRICT, WITHOUT ROWID;
)sql";

// One line per event that says it, in log order; n is that event's offset. Three sorts of lines:
//   a registry change   action put or delete, kind and id of the object; after: the object, before: the `after` of its line before
//   an intent           kind intent, id its own, action its type; asked: whatever else it says
//   the engine's word   kind its event_type, action the intent's type or what was ruled; before, after: pictures of the
//                       motos that it changed; accepted and code: what came of it
const char* const kAuditSchema = R"sql(
CREATE TABLE audit(
  n INTEGER PRIMARY KEY, ts_us INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, kind TEXT NOT NULL,
  id TEXT NOT NULL, track_id TEXT NOT NULL, moto_id TEXT NOT NULL, rider_id TEXT NOT NULL, intent_id TEXT NOT NULL,
  undoes TEXT NOT NULL, reason TEXT NOT NULL, revision INTEGER NOT NULL, accepted INTEGER, code TEXT NOT NULL,
  engine TEXT NOT NULL, source TEXT NOT NULL, asked TEXT, before TEXT, after TEXT) STRICT;
CREATE INDEX audit_of_object ON audit(kind, id, n);
CREATE INDEX audit_of_intent ON audit(intent_id, n) WHERE intent_id<>'';
CREATE INDEX audit_of_moto ON audit(moto_id, n) WHERE moto_id<>'';
CREATE INDEX audit_of_source ON audit(source) WHERE source<>'';
)sql";

// Lines are added at the end, and that is all. The insert's guard also stands before INSERT OR REPLACE.
const char* const kGuardAudit = R"sql(
CREATE TRIGGER audit_grows BEFORE INSERT ON audit WHEN NEW.n <= (SELECT max(n) FROM audit)
  BEGIN SELECT RAISE(ABORT, 'the audit is append-only: lines are added at its end'); END;
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit
  BEGIN SELECT RAISE(ABORT, 'the audit is append-only: lines stay as they are'); END;
CREATE TRIGGER audit_keeps BEFORE DELETE ON audit
  BEGIN SELECT RAISE(ABORT, 'the audit is append-only: lines stay'); END;
)sql";
const char* const kUnguardAudit =
    "DROP TRIGGER IF EXISTS main.audit_grows; DROP TRIGGER IF EXISTS main.audit_stays; "
    "DROP TRIGGER IF EXISTS main.audit_keeps;";

}  // namespace holeshot::read
