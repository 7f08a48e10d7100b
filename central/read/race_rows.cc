#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "central/read/rows.h"
#include "common/contract/subjects.h"

namespace holeshot::read {

using base::Code;
using base::fail;
using nlohmann::json;

namespace {

// A race event, taken apart as far as rows need it.
struct RaceEvent {
  std::string type;
  std::string track_id;
  std::string moto_id;  // may be empty
  std::int64_t ts_us = 0;
  json payload = json::object();
};

std::string text_at(const json& object, const char* name) {
  const auto it = object.find(name);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string{};
}

bool flag_at(const json& object, const char* name) {
  const auto it = object.find(name);
  return it != object.end() && it->is_boolean() && it->get<bool>();
}

SqlValue number_at(const json& object, const char* name) {
  const auto it = object.find(name);
  if (it == object.end() || !it->is_number_integer()) return std::monostate{};
  return it->get<std::int64_t>();
}

base::Result<RaceEvent> parse(const log::Event& event) {
  json body = json::parse(event.body, nullptr, false);
  if (body.is_discarded() || !body.is_object()) return fail(Code::kInvalid, "race event: not a JSON object");
  const auto track = contract::track_of(event.subject, contract::kEventsPrefix);
  if (!track) return fail(Code::kInvalid, "race event: its subject names no track");
  RaceEvent race;
  race.type = text_at(body, "event_type");
  race.track_id = track->str();
  if (const auto payload = body.find("payload"); payload != body.end() && payload->is_object()) {
    race.payload = std::move(*payload);
  }
  race.moto_id = text_at(race.payload, "moto_id");
  if (race.moto_id.empty()) race.moto_id = text_at(body, "moto_id");
  const SqlValue ts = number_at(body, "ts_us");
  if (const auto* number = std::get_if<std::int64_t>(&ts)) race.ts_us = *number;
  return race;
}

base::Status set_status(SqliteDb& db, const RaceEvent& race, std::string_view status) {
  if (race.moto_id.empty()) return fail(Code::kInvalid, "race event: " + race.type + " without moto_id");
  return db.run("INSERT OR REPLACE INTO moto_state(moto_id, track_id, status, ts_us) VALUES(?, ?, ?, ?)",
                {race.moto_id, race.track_id, status, race.ts_us});
}

// A moto that leaves the gate or the track unfinished is what it was before: finished where a result stands.
constexpr std::string_view kPutBack =
    "UPDATE moto_state SET ts_us=?3, status=CASE WHEN EXISTS("
    "SELECT 1 FROM result WHERE result.moto_id=moto_state.moto_id) "
    "THEN 'finished' ELSE 'pending' END ";

base::Status staged(SqliteDb& db, const RaceEvent& race) {
  if (race.moto_id.empty()) return fail(Code::kInvalid, "race event: race_staged without moto_id");
  static const std::string sql =
      std::string{kPutBack} + "WHERE track_id=?1 AND status='staged' AND moto_id<>?2";
  HOLESHOT_TRY(db.run(sql, {race.track_id, race.moto_id, race.ts_us}));
  return set_status(db, race, "staged");
}

base::Status reset(SqliteDb& db, const RaceEvent& race) {
  // Without a moto the whole track was reset.
  static const std::string sql =
      std::string{kPutBack} +
      "WHERE track_id=?1 AND status IN ('staged', 'racing') AND (?2='' OR moto_id=?2)";
  return db.run(sql, {race.track_id, race.moto_id, race.ts_us});
}

base::Status finished(SqliteDb& db, const RaceEvent& race) {
  const auto results = race.payload.find("results");
  if (results == race.payload.end() || !results->is_array()) {
    return fail(Code::kInvalid, "race event: race_finished without results");
  }
  HOLESHOT_TRY(set_status(db, race, "finished"));
  HOLESHOT_TRY(db.run("DELETE FROM result WHERE moto_id=?", {race.moto_id}));
  for (const auto& item : *results) {
    const std::string rider = item.is_object() ? text_at(item, "rider_id") : std::string{};
    if (rider.empty()) continue;  // nobody's place cannot be shown
    const bool dns = flag_at(item, "dns");
    const bool dnf = !dns && flag_at(item, "dnf");
    HOLESHOT_TRY(
        db.run("INSERT OR REPLACE INTO result(moto_id, rider_id, position, elapsed_us, "
               "gap_to_leader_us, dnf, dns) VALUES(?, ?, ?, ?, ?, ?, ?)",
               {race.moto_id, rider, dns || dnf ? SqlValue{} : number_at(item, "position"),
                number_at(item, "elapsed_us"), number_at(item, "gap_to_leader_us"), std::int64_t{dnf},
                std::int64_t{dns}}));
  }
  return {};
}

base::Status judged(SqliteDb& db, const RaceEvent& race) {
  const std::string intent = text_at(race.payload, "intent_id");
  if (intent.empty()) return fail(Code::kInvalid, "race event: intent_result without intent_id");
  return db.run(
      "INSERT OR REPLACE INTO control_result(intent_id, track_id, type, accepted, code, reason) "
      "VALUES(?, ?, ?, ?, ?, ?)",
      {intent, race.track_id, text_at(race.payload, "type"), std::int64_t{flag_at(race.payload, "accepted")},
       text_at(race.payload, "code"), text_at(race.payload, "reason")});
}

}  // namespace

base::Status apply_race(SqliteDb& db, const log::Event& event) {
  HOLESHOT_ASSIGN(const RaceEvent race, parse(event));
  if (race.type == "race_staged") return staged(db, race);
  if (race.type == "gate_drop") return set_status(db, race, "racing");
  if (race.type == "race_finished") return finished(db, race);
  if (race.type == "race_reset") return reset(db, race);
  if (race.type == "intent_result") return judged(db, race);
  return {};  // splits, positions and ticks are the live side's
}

}  // namespace holeshot::read
