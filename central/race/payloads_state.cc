// The whole of a track's state for whoever joins, and the pieces that a snapshot keeps.
#include <algorithm>

#include "central/race/payload_parts.h"
#include "central/race/payloads.h"

namespace holeshot::race {

using base::JsonWriter;

namespace {

void write_alerts(JsonWriter& w, const EngineState& state) {
  w.key("alerts");
  w.open_array();
  for (const auto& [id, alert] : state.alerts) {
    w.open_object();
    w.field("id", id);
    w.field("level", alert.level);
    w.field("text", alert.text);
    w.close_object();
  }
  w.close_array();
}

// What a snapshot says of a track with nothing on it.
const Race& no_race() {
  static const Race kNone;
  return kNone;
}

// The fields that a snapshot has at its top and in every entry of motos[]. `motos` writes what stands
// between. `out` is what `w` writes to.
template <class Motos>
SnapshotSeams::Moto write_moto(JsonWriter& w, const std::string& out, const Race* on, Motos motos) {
  SnapshotSeams::Moto seams;
  const Race& race = on == nullptr ? no_race() : *on;
  const Phase phase = on == nullptr ? Phase::kIdle : race.told.phase;
  const auto& gate = race.gate();
  write_text_or_null(w, "class_name", race.request.class_name);
  seams.epoch = out.size();
  w.field_bool("estimated", gate && gate->estimated());
  motos("event_type");
  w.field("finished_count", std::uint64_t{on == nullptr ? 0 : race.finished_count()});
  write_number_or_null(w, "gate_drop_time_us", gate ? std::optional{gate->captured_at_us} : std::nullopt);
  seams.kid = out.size();
  write_text_or_null(w, "moto_id", race.request.moto_id);
  motos("motos");
  w.field("phase", to_string(phase));
  write_positions(w, race, race.told);
  w.field_bool("red_flag", race.decided.red_flag);
  write_results(w, race, race.told, phase == Phase::kFinished);
  write_riders(w, race.moto.riders());
  write_text_or_null(w, "round_type", race.request.round_type);
  w.field("run", race.run);
  seams.slot = out.size();
  w.field("total_riders", std::uint64_t{race.moto.riders().size()});
  return seams;
}

void write_loop(JsonWriter& w, const Loop& loop) {
  w.open_object();
  w.field("decoder_id", loop.decoder_id);
  if (loop.distance_mm) write_number(w, "distance_mm", *loop.distance_mm);
  w.field("id", loop.id);
  w.field_bool("is_finish", loop.is_finish);
  w.field_bool("is_start", loop.is_start);
  write_number_or_null(w, "max_us", loop.max_us);
  write_number_or_null(w, "min_us", loop.min_us);
  w.field("name", loop.name);
  write_number(w, "position", loop.position);
  w.close_object();
}

void write_track(JsonWriter& w, const TrackConfig& track) {
  w.key("track_config");
  w.open_object();
  w.key("gate_decoder_ids");
  w.open_array();
  for (const auto& id : track.gate_decoder_ids) w.string(id);
  w.close_array();
  w.key("gate_transponders");
  w.open_array();
  // As text: the reader takes digits either way, and this holds whatever a track was set to.
  for (const auto transponder : track.gate_transponders) w.string(std::to_string(transponder));
  w.close_array();
  w.key("loops");
  w.open_array();
  for (const Loop& loop : track.loops) write_loop(w, loop);
  w.close_array();
  w.field("name", track.name);
  w.key("wiring");
  w.open_array();
  for (const Wire& wire : track.wiring) {
    w.open_object();
    w.field("decoder_id", wire.decoder_id);
    w.field("means", to_string(wire.means));
    write_number(w, "transponder_id", wire.transponder_id);
    w.close_object();
  }
  w.close_array();
  w.close_object();
}

}  // namespace

std::string state_snapshot_payload(const EngineState& state, SnapshotSeams* seams) {
  const Race* first = state.motos.empty() ? nullptr : &state.motos.front();
  SnapshotSeams found;
  std::string out;
  out.reserve(8192);
  JsonWriter w(out);
  w.open_object();
  write_alerts(w, state);
  found.top = write_moto(w, out, first, [&](std::string_view field) {
    if (field == "event_type") return w.field("event_type", "state_snapshot");
    w.key("motos");
    w.open_array();
    for (const Race& race : state.motos) {
      w.open_object();
      found.motos.push_back(write_moto(w, out, &race, [](std::string_view) {}));
      w.close_object();
    }
    w.close_array();
  });
  write_text_or_null(w, "track_name", first == nullptr ? "" : first->request.track.name);
  w.close_object();
  if (seams != nullptr) *seams = std::move(found);
  return out;
}

std::string stage_json(const StageRequest& stage) {
  return json_object(2048, [&](JsonWriter& w) {
    w.field("class_id", stage.class_id);
    w.field("class_name", stage.class_name);
    w.field("event_ref", stage.event_ref);
    w.field("moto_id", stage.moto_id);
    write_number_or_null(w, "race_timeout_us", stage.race_timeout_us);
    w.key("riders");
    w.open_array();
    for (const Rider& rider : stage.riders) write_rider(w, rider);
    w.close_array();
    w.field("round_type", stage.round_type);
    w.field("rule_book", stage.rule_book);
    w.key("rules");
    w.open_object();
    auto rules = stage.rules;
    std::ranges::sort(rules);
    for (const auto& [name, value] : rules) write_number(w, name, value);
    w.close_object();
    write_track(w, stage.track);
  });
}

std::string rider_json(const Rider& rider) {
  std::string out;
  JsonWriter w(out);
  write_rider(w, rider);
  return out;
}

std::string loops_json(const std::vector<Loop>& loops) {
  std::string out;
  JsonWriter w(out);
  w.open_array();
  for (const Loop& loop : loops) write_loop(w, loop);
  w.close_array();
  return out;
}

}  // namespace holeshot::race
