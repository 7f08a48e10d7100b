#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
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
                  db.one_integer("SELECT 1 FROM audit WHERE source=? AND source<>'' AND engine<>? LIMIT 1",
                                 {race.source, race.engine}));
  return found.has_value();
}

// One line. What was given empty stays empty: the log did not say it.
struct Line {
  std::string kind;
  std::string id;  // of the object or the intent
  std::string action;
  std::string actor;
  std::string track_id;
  std::string moto_id;
  std::string rider_id;
  std::string intent_id;
  std::string undoes;
  std::string reason;
  std::int64_t revision = 0;
  std::optional<bool> accepted;
  std::string code;
  std::string engine;
  std::string source;
  std::int64_t ts_us = 0;
  json asked = nullptr;
  json before = nullptr;
  json after = nullptr;
};

base::Status write(SqliteDb& db, log::Offset offset, const Line& line) {
  const std::string asked = dumped(line.asked);
  const std::string before = dumped(line.before);
  const std::string after = dumped(line.after);
  const auto or_nothing = [](const json& value, const std::string& text) {
    return value.is_null() ? SqlValue{} : SqlValue{std::string_view{text}};
  };
  return db.run(
      "INSERT INTO audit(n, ts_us, actor, action, kind, id, track_id, moto_id, rider_id, intent_id, undoes, "
      "reason, revision, accepted, code, engine, source, asked, before, after) "
      "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      {static_cast<std::int64_t>(offset.value()),
       line.ts_us,
       line.actor,
       line.action,
       line.kind,
       line.id,
       line.track_id,
       line.moto_id,
       line.rider_id,
       line.intent_id,
       line.undoes,
       line.reason,
       line.revision,
       line.accepted ? SqlValue{std::int64_t{*line.accepted}} : SqlValue{},
       line.code,
       line.engine,
       line.source,
       or_nothing(line.asked, asked),
       or_nothing(line.before, before),
       or_nothing(line.after, after)});
}

// Whatever it says, as far as it is a number that a row can hold.
std::int64_t integer_at(const json& object, const char* name) {
  const auto it = object.find(name);
  if (it == object.end() || !it->is_number_integer()) return 0;
  if (it->is_number_unsigned() && it->get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max())
    return 0;
  return it->get<std::int64_t>();
}

// Who asked, from the intent itself, as far as it stands in the log.
base::Status add_intent(SqliteDb& db, Line& line) {
  HOLESHOT_ASSIGN(Rows rows, db.query("SELECT actor, ts_us, reason, undoes, moto_id, rider_id FROM audit "
                                      "WHERE kind='intent' AND id=? AND id<>'' ORDER BY n DESC LIMIT 1",
                                      {line.intent_id}));
  HOLESHOT_ASSIGN(const bool row, rows.next());
  if (!row) return {};
  if (line.actor.empty()) line.actor = rows.text(0);
  line.ts_us = rows.integer(1);
  line.reason = rows.text(2);
  line.undoes = rows.text(3);
  if (!rows.text(4).empty()) line.moto_id = rows.text(4);
  line.rider_id = rows.text(5);
  return {};
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
  Line line{.kind = race.type,
            .id = text_at(race.payload, "intent_id"),
            .action = text_at(race.payload, "type"),
            .actor = text_at(race.payload, "actor"),
            .track_id = race.track_id,
            .moto_id = race.moto_id,
            .intent_id = text_at(race.payload, "intent_id"),
            .accepted = flag_at(race.payload, "accepted"),
            .code = text_at(race.payload, "code"),
            .engine = race.engine,
            .source = race.source,
            .ts_us = race.ts_us};
  HOLESHOT_TRY(add_intent(db, line));
  HOLESHOT_ASSIGN(const bool before, audited_before(db, race));
  if (before) return {};
  // A refusal changed nothing, and its code wants the words that go with it.
  if (line.accepted == false && line.reason.empty()) line.reason = text_at(race.payload, "reason");
  if (!race.source.empty()) {
    HOLESHOT_ASSIGN(BeforeAndAfter both, changed_by(db, race));
    if (line.moto_id.empty()) line.moto_id = both.only_moto;
    line.before = std::move(both.before);
    line.after = std::move(both.after);
  }
  return write(db, race.offset, line);
}

base::Status audit_event(SqliteDb& db, const RaceBody& race) {
  HOLESHOT_ASSIGN(const bool before, audited_before(db, race));
  if (before) return {};
  const json& payload = race.payload;
  Line line{.kind = race.type,
            .action = race.type,
            .actor = text_at(payload, "actor"),
            .track_id = race.track_id,
            .moto_id = race.moto_id,
            .rider_id = text_at(payload, "rider_id"),
            .intent_id = text_at(payload, "intent_event_id"),
            .reason = text_at(payload, "reason"),
            .accepted = true,
            .engine = race.engine,
            .source = race.source,
            .ts_us = race.ts_us};
  if (race.type == "ruling") {
    line.action = text_at(payload, "ruling");
    line.code = flag_at(payload, "undone") ? "undone" : "";
  } else if (race.type == "proposal") {
    line.action = text_at(payload, "status");
    line.reason = text_at(payload, "why");
  }
  return write(db, race.offset, line);
}

base::Status audit_asked(SqliteDb& db, const log::Event& event) {
  json body = json::parse(event.body, nullptr, false);
  const auto track = contract::track_of(event.subject, contract::kControlPrefix);
  if (body.is_discarded() || !body.is_object() || !track) return {};
  Line line{.kind = "intent",
            .id = text_at(body, "event_id"),
            .action = text_at(body, "type"),
            .actor = text_at(body, "actor"),
            .track_id = track->str(),
            .moto_id = text_at(body, "moto_id"),
            .rider_id = text_at(body, "rider_id"),
            .intent_id = text_at(body, "event_id"),
            .undoes = text_at(body, "undoes"),
            .reason = text_at(body, "reason"),
            .revision = integer_at(body, "revision"),
            .ts_us = integer_at(body, "ts_us")};
  for (const char* name : {"type", "event_id", "ts_us", "actor", "reason", "track_id"}) body.erase(name);
  line.asked = std::move(body);
  return write(db, event.offset, line);
}

base::Status audit_change(SqliteDb& db, const log::Event& event) {
  const json body = json::parse(event.body, nullptr, false);
  if (body.is_discarded() || !body.is_object()) return {};
  Line line{.kind = text_at(body, "kind"),
            .id = text_at(body, "id"),
            .action = text_at(body, "op"),
            .actor = text_at(body, "actor"),
            .reason = text_at(body, "reason"),
            .revision = integer_at(body, "revision"),
            .ts_us = integer_at(body, "ts_us")};
  if (line.kind.empty() || line.id.empty()) return {};
  const auto object = body.find("object");
  if (line.action == "put" && object != body.end()) line.after = *object;
  return write(db, event.offset, line);
}

}  // namespace holeshot::read
