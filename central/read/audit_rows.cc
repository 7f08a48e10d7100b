#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "central/read/rows.h"
#include "common/contract/subjects.h"

namespace holeshot::read {

using nlohmann::json;

namespace {

base::Result<json> rows_of_results(SqliteDb& db, const std::string& moto_id) {
  HOLESHOT_ASSIGN(Rows rows, db.query("SELECT rider_id, status, position, elapsed_us, ruled FROM result "
                                      "WHERE moto_id=? ORDER BY position IS NULL, position, rider_id",
                                      {moto_id}));
  json results = json::array();
  const auto number = [&rows](int column) {
    const auto value = rows.maybe_integer(column);
    return value ? json(*value) : json(nullptr);
  };
  for (;;) {
    HOLESHOT_ASSIGN(const bool row, rows.next());
    if (!row) return results;
    results.push_back({{"rider_id", rows.text(0)},
                       {"status", rows.text(1)},
                       {"position", number(2)},
                       {"elapsed_us", number(3)},
                       {"ruled", rows.integer(4) != 0}});
  }
}

base::Result<json> lanes_of(SqliteDb& db, const std::string& moto_id) {
  HOLESHOT_ASSIGN(const auto text,
                  db.one_text("SELECT json FROM object WHERE kind='moto' AND id=?", {moto_id}));
  const json moto = text ? json::parse(*text, nullptr, false) : json(nullptr);
  json lanes = json::array();
  if (!moto.is_object()) return lanes;
  const auto entries = moto.find("entries");
  if (entries == moto.end() || !entries->is_array()) return lanes;
  for (const auto& entry : *entries) {
    if (!entry.is_object()) continue;
    json lane = json::object();
    for (const char* name : {"rider_id", "lane", "transponder_id", "transponder_string"}) {
      if (const auto it = entry.find(name); it != entry.end()) lane[name] = *it;
    }
    lanes.push_back(std::move(lane));
  }
  return lanes;
}

// A moto as people know it: where it is, who is on it, how it ended.
base::Result<json> picture_of(SqliteDb& db, const std::string& moto_id) {
  json picture = {{"moto_id", moto_id}, {"status", "pending"}, {"run", 1}};
  {
    HOLESHOT_ASSIGN(Rows rows, db.query("SELECT status, run FROM moto_state WHERE moto_id=?", {moto_id}));
    HOLESHOT_ASSIGN(const bool row, rows.next());
    if (row) {
      picture["status"] = rows.text(0);
      picture["run"] = rows.integer(1);
    }
  }
  HOLESHOT_ASSIGN(picture["entries"], lanes_of(db, moto_id));
  HOLESHOT_ASSIGN(picture["results"], rows_of_results(db, moto_id));
  return picture;
}

struct BeforeAndAfter {
  json before = json::array();
  json after = json::array();
  std::string only_moto;  // where the cause changed one
};

base::Result<BeforeAndAfter> changed_by(SqliteDb& db, const RaceBody& race) {
  std::vector<std::pair<std::string, std::string>> kept;
  {
    HOLESHOT_ASSIGN(Rows rows,
                    db.query("SELECT moto_id, picture FROM moto_before WHERE track_id=? AND source=? "
                             "ORDER BY moto_id",
                             {race.track_id, race.source}));
    for (;;) {
      HOLESHOT_ASSIGN(const bool row, rows.next());
      if (!row) break;
      kept.emplace_back(rows.text(0), rows.text(1));
    }
  }
  BeforeAndAfter both;
  for (const auto& [moto_id, picture] : kept) {
    HOLESHOT_ASSIGN(json now, picture_of(db, moto_id));
    both.before.push_back(json::parse(picture, nullptr, false));
    both.after.push_back(std::move(now));
  }
  if (kept.size() == 1) both.only_moto = kept.front().first;
  return both;
}

// What a newer version of the rules makes of an old cause is no new action.
base::Result<bool> audited_before(SqliteDb& db, const RaceBody& race) {
  if (race.source.empty()) return false;
  HOLESHOT_ASSIGN(const auto found,
                  db.one_integer("SELECT 1 FROM control_audit WHERE source=? AND engine<>? LIMIT 1",
                                 {race.source, race.engine}));
  return found.has_value();
}

// One line. What was given empty stays empty: the log did not say it.
struct Line {
  std::string action;
  std::string actor;
  std::string moto_id;
  std::string rider_id;
  std::string intent_id;
  std::string undoes;
  std::string reason;
  bool accepted = true;
  std::string code;
  std::int64_t ts_us = 0;
  json before = nullptr;
  json after = nullptr;
};

base::Status write(SqliteDb& db, const RaceBody& race, const Line& line) {
  return db.run(
      "INSERT OR REPLACE INTO control_audit(offset, track_id, ts_us, kind, action, actor, moto_id, rider_id, "
      "intent_id, undoes, reason, accepted, code, engine, source, before, after) "
      "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      {static_cast<std::int64_t>(race.offset.value()), race.track_id, line.ts_us, race.type, line.action,
       line.actor, line.moto_id, line.rider_id, line.intent_id, line.undoes, line.reason,
       std::int64_t{line.accepted}, line.code, race.engine, race.source, dumped(line.before),
       dumped(line.after)});
}

// Who asked, from the intent itself, as far as it stands in the log.
base::Status add_intent(SqliteDb& db, Line& line) {
  {
    HOLESHOT_ASSIGN(Rows rows, db.query("SELECT actor, ts_us, reason, undoes, moto_id, rider_id FROM intent "
                                        "WHERE intent_id=?",
                                        {line.intent_id}));
    HOLESHOT_ASSIGN(const bool row, rows.next());
    if (!row) return {};
    if (line.actor.empty()) line.actor = rows.text(0);
    line.ts_us = rows.integer(1);
    line.reason = rows.text(2);
    line.undoes = rows.text(3);
    if (!rows.text(4).empty()) line.moto_id = rows.text(4);
    line.rider_id = rows.text(5);
  }
  return db.run("DELETE FROM intent WHERE intent_id=?", {line.intent_id});
}

}  // namespace

base::Status remember(SqliteDb& db, const RaceBody& race, const std::string& moto_id) {
  if (race.source.empty()) return {};
  HOLESHOT_TRY(
      db.run("DELETE FROM moto_before WHERE track_id=? AND source<>?", {race.track_id, race.source}));
  HOLESHOT_ASSIGN(const auto known, db.one_integer("SELECT 1 FROM moto_before WHERE track_id=? AND moto_id=?",
                                                   {race.track_id, moto_id}));
  if (known) return {};
  HOLESHOT_ASSIGN(const json picture, picture_of(db, moto_id));
  return db.run("INSERT INTO moto_before(track_id, moto_id, source, picture) VALUES(?, ?, ?, ?)",
                {race.track_id, moto_id, race.source, dumped(picture)});
}

base::Status audit_intent(SqliteDb& db, const RaceBody& race) {
  Line line{.action = text_at(race.payload, "type"),
            .actor = text_at(race.payload, "actor"),
            .moto_id = race.moto_id,
            .rider_id = {},
            .intent_id = text_at(race.payload, "intent_id"),
            .undoes = {},
            .reason = {},
            .accepted = flag_at(race.payload, "accepted"),
            .code = text_at(race.payload, "code"),
            .ts_us = race.ts_us};
  HOLESHOT_TRY(add_intent(db, line));
  HOLESHOT_ASSIGN(const bool before, audited_before(db, race));
  if (before) return {};
  // A refusal changed nothing, and its code wants the words that go with it.
  if (!line.accepted && line.reason.empty()) line.reason = text_at(race.payload, "reason");
  if (!race.source.empty()) {
    HOLESHOT_ASSIGN(BeforeAndAfter both, changed_by(db, race));
    if (line.moto_id.empty()) line.moto_id = both.only_moto;
    line.before = std::move(both.before);
    line.after = std::move(both.after);
  }
  return write(db, race, line);
}

base::Status audit_event(SqliteDb& db, const RaceBody& race) {
  HOLESHOT_ASSIGN(const bool before, audited_before(db, race));
  if (before) return {};
  const json& payload = race.payload;
  Line line{.action = race.type,
            .actor = text_at(payload, "actor"),
            .moto_id = race.moto_id,
            .rider_id = text_at(payload, "rider_id"),
            .intent_id = text_at(payload, "intent_event_id"),
            .undoes = {},
            .reason = text_at(payload, "reason"),
            .accepted = true,
            .code = {},
            .ts_us = race.ts_us};
  if (race.type == "ruling") {
    line.action = text_at(payload, "ruling");
    line.code = flag_at(payload, "undone") ? "undone" : "";
  } else if (race.type == "proposal") {
    line.action = text_at(payload, "status");
    line.reason = text_at(payload, "why");
  }
  return write(db, race, line);
}

base::Status apply_control(SqliteDb& db, const log::Event& event) {
  const json body = json::parse(event.body, nullptr, false);
  if (body.is_discarded() || !body.is_object()) return {};
  const std::string id = text_at(body, "event_id");
  const auto track = contract::track_of(event.subject, contract::kControlPrefix);
  if (id.empty() || !track) return {};
  const SqlValue ts = number_at(body, "ts_us");
  return db.run(
      "INSERT OR REPLACE INTO intent(intent_id, track_id, actor, ts_us, reason, undoes, moto_id, rider_id) "
      "VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
      {id, track->str(), text_at(body, "actor"),
       std::holds_alternative<std::int64_t>(ts) ? ts : SqlValue{std::int64_t{0}}, text_at(body, "reason"),
       text_at(body, "undoes"), text_at(body, "moto_id"), text_at(body, "rider_id")});
}

}  // namespace holeshot::read
