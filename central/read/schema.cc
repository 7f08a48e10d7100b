#include "central/read/rows.h"

namespace holeshot::read {

// Registry objects are kept as the JSON that REST answers with, beside the few columns that queries order,
// search and join by. The log is the schema of the objects themselves: a new field needs no new column, and
// typed tables would only be taken apart and put together again on every request. What is counted and joined
// (results, states, links) has columns.
const char* const kSchema = R"sql(
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

CREATE TABLE moto_state(
  moto_id TEXT PRIMARY KEY, track_id TEXT NOT NULL, status TEXT NOT NULL, ts_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX moto_state_on_track ON moto_state(track_id, status);

-- The result that stands: the last race_finished of the moto.
CREATE TABLE result(
  moto_id TEXT NOT NULL, rider_id TEXT NOT NULL, position INTEGER, elapsed_us INTEGER,
  gap_to_leader_us INTEGER, dnf INTEGER NOT NULL, dns INTEGER NOT NULL,
  PRIMARY KEY(moto_id, rider_id)) STRICT, WITHOUT ROWID;

-- What became of each control intent.
CREATE TABLE control_result(
  intent_id TEXT PRIMARY KEY, track_id TEXT NOT NULL, type TEXT NOT NULL, accepted INTEGER NOT NULL,
  code TEXT NOT NULL, reason TEXT NOT NULL) STRICT, WITHOUT ROWID;
)sql";

}  // namespace holeshot::read
