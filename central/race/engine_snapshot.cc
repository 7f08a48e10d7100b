// An engine's whole memory as canonical JSON and back. Crossings are not kept: they follow from the hits.
#include <string>
#include <utility>

#include "central/race/engine.h"
#include "central/race/json_in.h"
#include "central/race/payloads.h"
#include "common/base/json_text.h"

namespace holeshot::race {

using base::JsonWriter;

namespace {

constexpr std::string_view kSnapshotVersion = "race-snapshot-v1";

void write_id(JsonWriter& w, const PassingId& id) {
  w.field("decoder_id", id.decoder_id);
  write_number(w, "passing_number", id.passing_number);
  write_number(w, "rtc_time_us", id.rtc_time_us);
}

PassingId read_id(JsonRef body) {
  return {body["decoder_id"].text_or_empty(), body["passing_number"].number().value_or(0),
          body["rtc_time_us"].number().value_or(0)};
}

void write_alerts(JsonWriter& w, const EngineState& state) {
  w.key("alerts");
  w.open_array();
  for (const auto& [id, alert] : state.alerts) w.raw(alert_payload(id, alert));
  w.close_array();
}

void write_early(JsonWriter& w, const EngineState& state) {
  w.key("early");
  w.open_array();
  for (const Passing& passing : state.early) {
    w.open_object();
    write_number(w, "captured_at_us", passing.captured_at_us);
    write_id(w, id_of(passing));
    if (passing.transponder_id) write_number(w, "transponder_id", *passing.transponder_id);
    w.field("transponder_string", passing.transponder_string);
    if (passing.utc_time_us) write_number(w, "utc_time_us", *passing.utc_time_us);
    w.close_object();
  }
  w.close_array();
}

Passing read_early(JsonRef body) {
  PassingId id = read_id(body);
  return {.decoder_id = std::move(id.decoder_id),
          .transponder_id = body["transponder_id"].number(),
          .transponder_string = body["transponder_string"].text_or_empty(),
          .rtc_time_us = id.rtc_time_us,
          .utc_time_us = body["utc_time_us"].number(),
          .captured_at_us = body["captured_at_us"].number().value_or(0),
          .passing_number = id.passing_number};
}

void write_gate(JsonWriter& w, const EngineState& state) {
  w.key("gate");
  if (!state.gate) return w.null();
  w.open_object();
  write_number(w, "captured_at_us", state.gate->captured_at_us);
  w.field("decoder_id", state.gate->id.decoder_id);
  w.field("event_id", state.gate->event_id);
  write_number(w, "passing_number", state.gate->id.passing_number);
  write_number(w, "rtc_time_us", state.gate->id.rtc_time_us);
  if (state.gate->utc_time_us) write_number(w, "utc_time_us", *state.gate->utc_time_us);
  w.close_object();
}

Gate read_gate(JsonRef body) {
  return {.id = read_id(body),
          .utc_time_us = body["utc_time_us"].number(),
          .captured_at_us = body["captured_at_us"].number().value_or(0),
          .event_id = body["event_id"].text_or_empty()};
}

void write_pulses(JsonWriter& w, const EngineState& state) {
  w.key("gate_pulses");
  w.open_array();
  for (const PassingId& id : state.gate_pulses) {
    w.open_object();
    write_id(w, id);
    w.close_object();
  }
  w.close_array();
}

void write_hits(JsonWriter& w, const EngineState& state) {
  w.key("hits");
  w.open_array();
  for (std::size_t rider = 0; rider < state.moto.riders().size(); ++rider) {
    w.open_array();
    for (const Hit& hit : state.moto.hits(rider)) {
      w.open_object();
      w.field("decoder_id", hit.id.decoder_id);
      w.field("elapsed_us", hit.elapsed_us);
      write_number(w, "passing_number", hit.id.passing_number);
      write_number(w, "rtc_time_us", hit.id.rtc_time_us);
      w.close_object();
    }
    w.close_array();
  }
  w.close_array();
}

void read_hits(JsonRef riders, Moto& moto) {
  std::size_t rider = 0;
  for (JsonRef hits = riders.first(); hits && rider < moto.riders().size(); hits = hits.next(), ++rider) {
    for (JsonRef hit = hits.first(); hit; hit = hit.next()) {
      moto.add_hit(rider, hit["elapsed_us"].number().value_or(0), read_id(hit));
    }
  }
}

std::unexpected<base::Error> corrupt(std::string_view why) {
  return base::fail(base::Code::kCorrupt, "restore race snapshot: " + std::string{why},
                    "derive again from the log instead");
}

base::Status read_moto(JsonRef root, const Rules& rules, EngineState& state) {
  auto request = read_stage(root["stage"]);
  if (!request) return corrupt(request.error().message);
  if (const auto refusal = refusal_of(*request, rules)) return corrupt(refusal.reason);
  state.moto = Moto{std::move(*request), rules};
  read_hits(root["hits"], state.moto);
  if (root["gate"].is_object()) state.gate = read_gate(root["gate"]);
  state.cause = finish_cause_from(root["cause"].text_or_empty());
  if (state.phase != Phase::kStaged && !state.gate) return corrupt("a race without its gate");
  if (state.phase == Phase::kFinished && !state.cause) return corrupt("a finish without its cause");
  return {};
}

}  // namespace

std::string RaceEngine::snapshot() const {
  std::string out;
  JsonWriter w(out);
  w.open_object();
  write_alerts(w, state_);
  write_text_or_null(w, "cause", state_.cause ? to_string(*state_.cause) : "");
  write_early(w, state_);
  write_gate(w, state_);
  write_pulses(w, state_);
  write_hits(w, state_);
  write_number(w, "last_applied", state_.last_applied);
  write_number(w, "ordinal", state_.ordinal);
  w.field("phase", to_string(state_.phase));
  w.key("stage");
  if (state_.phase == Phase::kIdle) {
    w.null();
  } else {
    w.raw(stage_json(state_.moto.request()));
  }
  w.field("track_id", state_.track.str());
  w.field("version", kSnapshotVersion);
  w.close_object();
  return out;
}

base::Result<RaceEngine> RaceEngine::restore(std::string_view snapshot, Rules rules) {
  const auto doc = JsonDoc::parse(snapshot);
  if (!doc) return corrupt(doc.error().message);
  const JsonRef root = doc->root();
  if (root["version"].text() != kSnapshotVersion)
    return corrupt("not of version " + std::string{kSnapshotVersion});
  auto track = contract::TrackId::parse(root["track_id"].text_or_empty(), "track_id");
  const auto phase = phase_from(root["phase"].text_or_empty());
  const auto applied = root["last_applied"].number();
  const auto ordinal = root["ordinal"].number();
  if (!track || !phase || !applied || !ordinal) return corrupt("a field is missing");

  RaceEngine engine(std::move(*track), rules);
  EngineState& state = engine.state_;
  state.phase = *phase;
  state.last_applied = *applied;
  state.ordinal = *ordinal;
  for (JsonRef v = root["alerts"].first(); v; v = v.next()) {
    state.alerts[v["id"].text_or_empty()] = {v["level"].text_or_empty(), v["text"].text_or_empty()};
  }
  for (JsonRef v = root["gate_pulses"].first(); v; v = v.next()) state.gate_pulses.push_back(read_id(v));
  for (JsonRef v = root["early"].first(); v; v = v.next()) state.early.push_back(read_early(v));
  if (state.phase != Phase::kIdle) HOLESHOT_TRY(read_moto(root, rules, state));
  return engine;
}

}  // namespace holeshot::race
