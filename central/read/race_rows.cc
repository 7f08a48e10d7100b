#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "central/read/rows.h"

namespace holeshot::read {

using base::Code;
using base::fail;
using nlohmann::json;

namespace {

base::Status needs_moto(const RaceBody& race) {
  if (race.moto_id.empty()) return fail(Code::kInvalid, "race event: " + race.type + " without moto_id");
  return {};
}

// Without a run the moto keeps the one it has.
base::Status set_status(SqliteDb& db, const RaceBody& race, std::string_view status, SqlValue run = {}) {
  HOLESHOT_TRY(needs_moto(race));
  HOLESHOT_TRY(remember(db, race, race.moto_id));
  return db.run(
      "INSERT INTO moto_state(moto_id, track_id, status, ts_us, run) VALUES(?1, ?2, ?3, ?4, coalesce(?5, 1)) "
      "ON CONFLICT(moto_id) DO UPDATE SET track_id=?2, status=?3, ts_us=?4, run=coalesce(?5, run)",
      {race.moto_id, race.track_id, status, race.ts_us, run});
}

// A moto that leaves the gate or the track unfinished is what it was before: finished, by the run of that result, where
// one stands.
constexpr std::string_view kPutBack =
    "UPDATE moto_state SET ts_us=?3, (status, run)=(SELECT CASE WHEN known THEN 'finished' ELSE 'pending' "
    "END, "
    "CASE WHEN known THEN coalesce(of_it, run) ELSE run END FROM (SELECT "
    "EXISTS(SELECT 1 FROM result r WHERE r.moto_id=moto_state.moto_id) AS known, "
    "(SELECT h.run FROM result_history h WHERE h.moto_id=moto_state.moto_id ORDER BY h.offset DESC LIMIT 1) "
    "AS "
    "of_it)) ";

// Whom put_back() changes: those where `where` holds, a condition over ?1 the track and ?2 the moto.
base::Status put_back(SqliteDb& db, const RaceBody& race, std::string_view where) {
  const std::string which =
      "SELECT moto_id FROM moto_state WHERE " + std::string{where} + " ORDER BY moto_id";
  std::vector<std::string> motos;
  {
    HOLESHOT_ASSIGN(Rows rows, db.query(which, {race.track_id, race.moto_id}));
    for (;;) {
      HOLESHOT_ASSIGN(const bool row, rows.next());
      if (!row) break;
      motos.emplace_back(rows.text(0));
    }
  }
  for (const auto& moto : motos) HOLESHOT_TRY(remember(db, race, moto));
  const std::string change = std::string{kPutBack} + "WHERE " + std::string{where};
  return db.run(change, {race.track_id, race.moto_id, race.ts_us});
}

constexpr std::string_view kOthersOnTheGate = "track_id=?1 AND status='staged' AND moto_id<>?2";

// Said again for a moto whose riders, lanes or transponders changed, it is no new staging: the moto may be racing,
// or have a result.
base::Status restaged(SqliteDb& db, const RaceBody& race) {
  const auto riders = race.payload.find("riders");
  if (riders == race.payload.end() || !riders->is_array())
    return fail(Code::kInvalid, "race event: race_staged again without riders");
  HOLESHOT_TRY(remember(db, race, race.moto_id));
  return restage_moto(db, race.moto_id, *riders, race.ts_us);
}

base::Result<std::optional<std::int64_t>> last_run(SqliteDb& db, const std::string& moto_id) {
  return db.one_integer("SELECT run FROM result_history WHERE moto_id=? ORDER BY offset DESC LIMIT 1",
                        {moto_id});
}

base::Status staged(SqliteDb& db, const RaceBody& race) {
  HOLESHOT_TRY(needs_moto(race));
  if (flag_at(race.payload, "restaged")) return restaged(db, race);
  HOLESHOT_TRY(put_back(db, race, kOthersOnTheGate));
  const SqlValue run = number_at(race.payload, "run");
  HOLESHOT_TRY(set_status(db, race, "staged", run));
  const auto* const number = std::get_if<std::int64_t>(&run);
  if (number == nullptr) return {};
  // A new run leaves the old result until it has its own. The run of the result itself, back on the gate because its
  // start was undone, has none any more.
  HOLESHOT_ASSIGN(const auto last, last_run(db, race.moto_id));
  if (last != *number) return {};
  return db.run("DELETE FROM result WHERE moto_id=?", {race.moto_id});
}

base::Status reset(SqliteDb& db, const RaceBody& race) {
  // Without a moto the whole track was reset.
  return put_back(db, race, "track_id=?1 AND status IN ('staged', 'racing') AND (?2='' OR moto_id=?2)");
}

// The run that a race_finished is of. An engine that does not say it counts each finish that corrects none.
base::Result<std::int64_t> run_of(SqliteDb& db, const RaceBody& race) {
  const SqlValue said = number_at(race.payload, "run");
  if (const auto* number = std::get_if<std::int64_t>(&said)) return *number;
  HOLESHOT_ASSIGN(const auto last, last_run(db, race.moto_id));
  if (!last) return 1;
  return flag_at(race.payload, "corrected") ? *last : *last + 1;
}

// The old run's result is void: it is in the history and nowhere else.
base::Status rerun(SqliteDb& db, const RaceBody& race) {
  HOLESHOT_TRY(needs_moto(race));
  HOLESHOT_TRY(audit_event(db, race));
  HOLESHOT_ASSIGN(const auto last, last_run(db, race.moto_id));
  std::int64_t run = last.value_or(0) + 1;
  const SqlValue said = number_at(race.payload, "run");
  if (const auto* number = std::get_if<std::int64_t>(&said)) run = std::max(run, *number);
  HOLESHOT_TRY(put_back(db, race, kOthersOnTheGate));
  HOLESHOT_TRY(set_status(db, race, "staged", run));
  return db.run("DELETE FROM result WHERE moto_id=?", {race.moto_id});
}

// FIN, DNF, DNS, DSQ or REL; an engine that does not say it has flags.
std::string_view status_of(const json& item) {
  constexpr std::array<std::string_view, 5> kStatuses{"FIN", "DNF", "DNS", "DSQ", "REL"};
  const std::string said = text_at(item, "status");
  for (const auto status : kStatuses) {
    if (said == status) return status;
  }
  if (flag_at(item, "dns")) return "DNS";
  return flag_at(item, "dnf") ? "DNF" : "FIN";
}

base::Status keep_result(SqliteDb& db, const RaceBody& race, const std::string& rider, const json& item) {
  const std::string_view status = status_of(item);
  // Only who finished has a place and a gap.
  const bool finished = status == "FIN";
  return db.run(
      "INSERT OR REPLACE INTO result(moto_id, rider_id, status, position, elapsed_us, gap_to_leader_us, "
      "ruled, "
      "estimated) VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
      {race.moto_id, rider, status, finished ? number_at(item, "position") : SqlValue{},
       number_at(item, "elapsed_us"), finished ? number_at(item, "gap_to_leader_us") : SqlValue{},
       std::int64_t{flag_at(item, "ruled")}, std::int64_t{flag_at(item, "estimated")}});
}

// Every result that a moto ever had. What another version of the rules made of the same cause is no correction: the
// newer one stands in its place.
base::Status keep_history(SqliteDb& db, const RaceBody& race, std::int64_t run, const json& results) {
  if (!race.source.empty()) {
    HOLESHOT_TRY(db.run("DELETE FROM result_history WHERE moto_id=? AND source=? AND engine<>?",
                        {race.moto_id, race.source, race.engine}));
  }
  return db.run(
      "INSERT OR REPLACE INTO result_history(moto_id, offset, ts_us, run, corrected, cause, rule_book, "
      "engine, "
      "source, results) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      {race.moto_id, static_cast<std::int64_t>(race.offset.value()), race.ts_us, run,
       std::int64_t{flag_at(race.payload, "corrected")}, text_at(race.payload, "cause"),
       text_at(race.payload, "rule_book"), race.engine, race.source, dumped(results)});
}

base::Status finished(SqliteDb& db, const RaceBody& race) {
  const auto results = race.payload.find("results");
  if (results == race.payload.end() || !results->is_array()) {
    return fail(Code::kInvalid, "race event: race_finished without results");
  }
  HOLESHOT_TRY(needs_moto(race));
  HOLESHOT_ASSIGN(const std::int64_t run, run_of(db, race));
  HOLESHOT_TRY(set_status(db, race, "finished", run));
  HOLESHOT_TRY(db.run("DELETE FROM result WHERE moto_id=?", {race.moto_id}));
  for (const auto& item : *results) {
    const std::string rider = item.is_object() ? text_at(item, "rider_id") : std::string{};
    if (rider.empty()) continue;  // nobody's place cannot be shown
    HOLESHOT_TRY(keep_result(db, race, rider, item));
  }
  return keep_history(db, race, run, *results);
}

// Said again of a moto that stays finished (its start got another time, and no result changed) it is no new start.
base::Status started(SqliteDb& db, const RaceBody& race) {
  if (flag_at(race.payload, "corrected") && text_at(race.payload, "phase") == "finished") {
    HOLESHOT_TRY(needs_moto(race));
    HOLESHOT_ASSIGN(const auto status,
                    db.one_text("SELECT status FROM moto_state WHERE moto_id=?", {race.moto_id}));
    if (status == "finished") return {};
  }
  return set_status(db, race, "racing", number_at(race.payload, "run"));
}

base::Status judged(SqliteDb& db, const RaceBody& race) {
  const std::string intent = text_at(race.payload, "intent_id");
  if (intent.empty()) return fail(Code::kInvalid, "race event: intent_result without intent_id");
  HOLESHOT_TRY(audit_intent(db, race));
  return db.run(
      "INSERT OR REPLACE INTO control_result(intent_id, track_id, type, accepted, code, reason) "
      "VALUES(?, ?, ?, ?, ?, ?)",
      {intent, race.track_id, text_at(race.payload, "type"), std::int64_t{flag_at(race.payload, "accepted")},
       text_at(race.payload, "code"), text_at(race.payload, "reason")});
}

}  // namespace

base::Status apply_race(SqliteDb& db, const log::Event& event) {
  HOLESHOT_ASSIGN(const RaceBody race, parse_race_body(event));
  if (race.type == "race_staged") return staged(db, race);
  if (race.type == "gate_drop") return started(db, race);
  if (race.type == "race_finished") return finished(db, race);
  if (race.type == "race_rerun") return rerun(db, race);
  if (race.type == "race_reset") return reset(db, race);
  if (race.type == "intent_result") return judged(db, race);
  for (const char* said : {"red_flag", "all_clear", "proposal", "ruling"}) {
    if (race.type == said) return audit_event(db, race);
  }
  return {};  // splits, positions and ticks are the live side's
}

}  // namespace holeshot::read
