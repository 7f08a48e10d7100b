#include "central/race/payloads.h"

#include "central/race/race_event.h"
#include "common/base/json_text.h"

namespace holeshot::race {

using base::JsonWriter;

namespace {

// A payload: an object that ends when this ends. Fields in sorted order are the caller's part.
template <class Fill>
std::string object(Fill fill) {
  std::string out;
  JsonWriter w(out);
  w.open_object();
  fill(w);
  w.close_object();
  return out;
}

void number_or_null(JsonWriter& w, std::string_view name, const std::optional<std::uint64_t>& value) {
  if (value) return write_number(w, name, *value);
  w.key(name);
  w.null();
}

void write_rider(JsonWriter& w, const Rider& rider) {
  w.open_object();
  w.field("first_name", rider.first_name);
  w.field("lane", rider.lane);
  w.field("last_name", rider.last_name);
  w.field("plate_number", rider.plate_number);
  w.field("rider_id", rider.rider_id);
  number_or_null(w, "transponder_id", rider.transponder_id);
  write_text_or_null(w, "transponder_string", rider.transponder_string);
  w.close_object();
}

void write_riders(JsonWriter& w, const Moto& moto) {
  w.key("riders");
  w.open_array();
  for (const Rider& rider : moto.riders()) write_rider(w, rider);
  w.close_array();
}

void write_position(JsonWriter& w, const EngineState& state, const Standing& standing) {
  const Rider& rider = state.moto.riders()[standing.rider];
  w.open_object();
  w.field_bool("dnf", state.phase == Phase::kFinished && !standing.finished);
  w.field("elapsed_us", standing.elapsed_us);
  w.field_bool("finished", standing.finished);
  w.field("first_name", rider.first_name);
  w.field("gap_to_leader_us", standing.gap_us);
  w.field("lane", rider.lane);
  w.field("last_loop", state.moto.loops()[standing.loop].name);
  w.field("last_name", rider.last_name);
  w.field("plate_number", rider.plate_number);
  w.field("position", standing.position);
  w.field("rider_id", rider.rider_id);
  w.close_object();
}

void write_positions(JsonWriter& w, const EngineState& state) {
  w.key("positions");
  w.open_array();
  if (state.phase != Phase::kIdle) {
    for (const Standing& standing : state.moto.standings()) write_position(w, state, standing);
  }
  w.close_array();
}

void write_result(JsonWriter& w, const Rider& rider, const ResultLine& line) {
  w.open_object();
  w.field_bool("dnf", line.dnf);
  w.field_bool("dns", line.dns);
  number_or_null(w, "elapsed_us", line.elapsed_us);
  w.field("first_name", rider.first_name);
  number_or_null(w, "gap_to_leader_us", line.gap_us);
  w.field("lane", rider.lane);
  w.field("last_name", rider.last_name);
  w.field("plate_number", rider.plate_number);
  w.field("position", line.position);
  w.field("rider_id", rider.rider_id);
  w.close_object();
}

void write_results(JsonWriter& w, const EngineState& state) {
  w.key("results");
  w.open_array();
  if (state.phase == Phase::kFinished) {
    for (const ResultLine& line : state.moto.results())
      write_result(w, state.moto.riders()[line.rider], line);
  }
  w.close_array();
}

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

// The fields that a snapshot has at its top and in every entry of motos[]. `motos` writes what stands
// between.
template <class Motos>
void write_moto(JsonWriter& w, const EngineState& state, Motos motos) {
  const bool idle = state.phase == Phase::kIdle;
  const StageRequest& request = state.moto.request();
  write_text_or_null(w, "class_name", idle ? "" : request.class_name);
  motos("event_type");
  w.field("finished_count", idle ? std::uint64_t{0} : state.moto.finished_count());
  number_or_null(w, "gate_drop_time_us",
                 state.gate ? std::optional{state.gate->captured_at_us} : std::nullopt);
  write_text_or_null(w, "moto_id", idle ? "" : request.moto_id);
  motos("motos");
  w.field("phase", to_string(state.phase));
  write_positions(w, state);
  write_results(w, state);
  write_riders(w, state.moto);
  write_text_or_null(w, "round_type", idle ? "" : request.round_type);
  w.field("total_riders", std::uint64_t{state.moto.riders().size()});
}

void write_loop(JsonWriter& w, const Loop& loop) {
  w.open_object();
  w.field("decoder_id", loop.decoder_id);
  w.field("id", loop.id);
  w.field_bool("is_finish", loop.is_finish);
  w.field_bool("is_start", loop.is_start);
  number_or_null(w, "max_us", loop.max_us);
  number_or_null(w, "min_us", loop.min_us);
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
  w.close_object();
}

}  // namespace

std::string race_staged_payload(const EngineState& state) {
  const StageRequest& request = state.moto.request();
  return object([&](JsonWriter& w) {
    w.field("class_name", request.class_name);
    w.field("event_type", event_type::kRaceStaged);
    w.field("moto_id", request.moto_id);
    write_riders(w, state.moto);
    w.field("round_type", request.round_type);
    w.field("track_name", request.track.name);
  });
}

std::string gate_drop_payload(const EngineState& state) {
  return object([&](JsonWriter& w) {
    w.field("decoder_id", state.gate->id.decoder_id);
    w.field("event_type", event_type::kGateDrop);
    w.field("moto_id", state.moto.request().moto_id);
    write_number(w, "rtc_time_us", state.gate->id.rtc_time_us);
    write_number(w, "timestamp_us", state.gate->captured_at_us);
  });
}

std::string split_time_payload(const EngineState& state, const Standing& standing, bool corrected) {
  const Loop& loop = state.moto.loops()[standing.loop];
  return object([&](JsonWriter& w) {
    w.field_bool("corrected", corrected);
    w.field("elapsed_us", standing.elapsed_us);
    w.field("event_type", event_type::kSplitTime);
    w.field("gap_to_leader_us", standing.gap_us);
    w.field_bool("is_finish", loop.is_finish);
    w.field("loop_id", loop.id);
    w.field("loop_name", loop.name);
    w.field("moto_id", state.moto.request().moto_id);
    w.field("position", standing.position);
    w.field("rider_id", state.moto.riders()[standing.rider].rider_id);
  });
}

std::string positions_payload(const EngineState& state) {
  return object([&](JsonWriter& w) {
    w.field("event_type", event_type::kPositionsUpdate);
    w.field("moto_id", state.moto.request().moto_id);
    write_positions(w, state);
  });
}

std::string rider_finished_payload(const EngineState& state, const Standing& standing, bool corrected) {
  return object([&](JsonWriter& w) {
    w.field_bool("corrected", corrected);
    w.field("elapsed_us", standing.elapsed_us);
    w.field("event_type", event_type::kRiderFinished);
    w.field("finish_position", standing.position);
    w.field("gap_to_leader_us", standing.gap_us);
    w.field("moto_id", state.moto.request().moto_id);
    w.field("rider_id", state.moto.riders()[standing.rider].rider_id);
  });
}

std::string race_finished_payload(const EngineState& state, bool corrected) {
  return object([&](JsonWriter& w) {
    w.field("cause", to_string(state.cause.value_or(FinishCause::kAllFinished)));
    w.field_bool("corrected", corrected);
    w.field("event_type", event_type::kRaceFinished);
    w.field("moto_id", state.moto.request().moto_id);
    write_results(w, state);
  });
}

std::string race_reset_payload(std::string_view moto_id) {
  return object([&](JsonWriter& w) {
    w.field("event_type", event_type::kRaceReset);
    write_text_or_null(w, "moto_id", moto_id);
  });
}

std::string alert_payload(std::string_view id, const Alert& alert) {
  return object([&](JsonWriter& w) {
    w.field("event_type", event_type::kAlert);
    w.field("id", id);
    w.field("level", alert.level);
    w.field("text", alert.text);
  });
}

std::string alert_cleared_payload(std::string_view id) {
  return object([&](JsonWriter& w) {
    w.field("event_type", event_type::kAlertCleared);
    w.field("id", id);
  });
}

std::string intent_result_payload(const Intent& intent, const Refusal& refusal) {
  return object([&](JsonWriter& w) {
    w.field_bool("accepted", !refusal);
    w.field("actor", intent.actor);
    w.field("code", refusal ? std::string_view{refusal.code} : "accepted");
    w.field("event_type", event_type::kIntentResult);
    w.field("intent_id", intent.event_id);
    w.field("reason", refusal.reason);
    w.field("type", intent.type);
  });
}

std::string flagged_payload(const Flag& flag, const Passing& passing, std::string_view moto_id,
                            std::string_view rider_id) {
  return object([&](JsonWriter& w) {
    w.field("decoder_id", passing.decoder_id);
    w.field("detail", flag.detail);
    w.field("event_type", flag.event_type);
    write_text_or_null(w, "moto_id", moto_id);
    write_number(w, "passing_number", passing.passing_number);
    w.field("reason", flag.reason);
    w.field_bool("resent", passing.resent);
    write_text_or_null(w, "rider_id", rider_id);
    write_number(w, "rtc_time_us", passing.rtc_time_us);
    number_or_null(w, "transponder_id", passing.transponder_id);
    write_text_or_null(w, "transponder_string", passing.transponder_string);
  });
}

std::string state_snapshot_payload(const EngineState& state) {
  return object([&](JsonWriter& w) {
    write_alerts(w, state);
    write_moto(w, state, [&](std::string_view field) {
      if (field == "event_type") return w.field("event_type", "state_snapshot");
      w.key("motos");
      w.open_array();
      if (state.phase != Phase::kIdle) {
        w.open_object();
        write_moto(w, state, [](std::string_view) {});
        w.close_object();
      }
      w.close_array();
    });
    write_text_or_null(w, "track_name", state.moto.request().track.name);
  });
}

std::string stage_json(const StageRequest& stage) {
  return object([&](JsonWriter& w) {
    w.field("class_id", stage.class_id);
    w.field("class_name", stage.class_name);
    w.field("event_ref", stage.event_ref);
    w.field("moto_id", stage.moto_id);
    number_or_null(w, "race_timeout_us", stage.race_timeout_us);
    w.key("riders");
    w.open_array();
    for (const Rider& rider : stage.riders) write_rider(w, rider);
    w.close_array();
    w.field("round_type", stage.round_type);
    write_track(w, stage.track);
  });
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
