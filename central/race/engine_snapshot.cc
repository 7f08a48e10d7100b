// An engine's whole memory as canonical JSON and back. What follows from what happened and what was decided is not kept.
#include <algorithm>
#include <string>
#include <utility>

#include "central/race/engine.h"
#include "central/race/json_in.h"
#include "central/race/payloads.h"
#include "central/race/snapshot_codec.h"
#include "common/base/json_text.h"

namespace holeshot::race {

using base::JsonWriter;

namespace {

constexpr std::string_view kSnapshotVersion = "race-snapshot-v3";

template <class List, class Write>
void write_list(JsonWriter& w, std::string_view name, const List& list, Write write) {
  w.key(name);
  w.open_array();
  for (const auto& item : list) write(w, item);
  w.close_array();
}

void write_pulse(JsonWriter& w, const GatePulse& pulse) {
  w.open_object();
  write_number(w, "captured_at_us", pulse.captured_at_us);
  write_id(w, pulse.id);
  w.close_object();
}

void write_pin(JsonWriter& w, const Pin& pin) {
  w.open_object();
  w.field_raw("intent", intent_json(pin.intent));
  write_list(w, "keeps_finished", pin.keeps_finished, [](JsonWriter& out, const auto& kept) {
    out.open_object();
    out.field("moto_id", kept.first);
    write_number(out, "run", kept.second);
    out.close_object();
  });
  write_number(w, "order", pin.order);
  write_number(w, "run", pin.run);
  w.close_object();
}

void write_track_action(JsonWriter& w, const TrackAction& action) {
  w.open_object();
  w.field("event_id", action.intent.event_id);
  w.field("moto_id", action.moto_id);
  write_number(w, "order", action.order);
  w.field("type", action.intent.type);
  w.close_object();
}

void write_notice_action(JsonWriter& w, const NoticeAction& action) {
  w.open_object();
  w.key("alert");
  if (action.alert) {
    w.raw(alert_payload(action.intent.alert_id, *action.alert));
  } else {
    w.null();
  }
  w.field("alert_id", action.intent.alert_id);
  w.field("event_id", action.intent.event_id);
  write_number(w, "order", action.order);
  w.key("practice");
  if (action.practice) {
    write_setup(w, *action.practice);
  } else {
    w.null();
  }
  w.field("type", action.intent.type);
  w.close_object();
}

base::Status read_notice_actions(JsonRef list, const Rules& rules, EngineState& state) {
  for (JsonRef v = list.first(); v; v = v.next()) {
    NoticeAction& action =
        state.notice_actions.emplace_back(NoticeAction{.order = v["order"].number().value_or(0)});
    action.intent.alert_id = v["alert_id"].text_or_empty();
    action.intent.event_id = v["event_id"].text_or_empty();
    action.intent.type = v["type"].text_or_empty();
    action.intent.kind = action.intent.type == "practice" ? Intent::Kind::kPractice
                         : action.intent.type == "alert"  ? Intent::Kind::kAlert
                                                          : Intent::Kind::kClearAlert;
    if (const JsonRef alert = v["alert"]; alert.is_object())
      action.alert = {alert["level"].text_or_empty(), alert["text"].text_or_empty()};
    if (v["practice"].is_object()) {
      HOLESHOT_TRY(read_setup(v["practice"], rules, action.practice.emplace()));
    }
  }
  return {};
}

base::Status read_pins(JsonRef list, EngineState& state) {
  for (JsonRef v = list.first(); v; v = v.next()) {
    HOLESHOT_ASSIGN(Intent intent, read_intent(v["intent"]));
    if (intent.kind != Intent::Kind::kAssignPassing) return corrupt_snapshot("an assignment of no passing");
    Pin& pin = state.pins.emplace_back(
        Pin{std::move(intent), v["order"].number().value_or(0), v["run"].number().value_or(0), {}});
    for (JsonRef k = v["keeps_finished"].first(); k; k = k.next()) {
      pin.keeps_finished.emplace_back(k["moto_id"].text_or_empty(), k["run"].number().value_or(0));
    }
  }
  return {};
}

base::Status read_track_actions(JsonRef list, EngineState& state) {
  for (JsonRef v = list.first(); v; v = v.next()) {
    TrackAction action{.order = v["order"].number().value_or(0), .moto_id = v["moto_id"].text_or_empty()};
    action.intent.event_id = v["event_id"].text_or_empty();
    action.intent.type = v["type"].text_or_empty();
    action.intent.kind = action.intent.type == "stage"   ? Intent::Kind::kStage
                         : action.intent.type == "reset" ? Intent::Kind::kReset
                                                         : Intent::Kind::kRerun;
    state.track_actions.push_back(std::move(action));
  }
  return {};
}

base::Status read_races(JsonRef list, const Rules& rules, std::list<Race>& races) {
  for (JsonRef v = list.first(); v; v = v.next()) {
    HOLESHOT_ASSIGN(Race race, read_race(v, rules));
    races.push_back(std::move(race));
  }
  return {};
}

// What was said last is what follows now: an engine never stops between the two.
void work_out(EngineState& state) {
  for (auto* races : {&state.motos, &state.past}) {
    for (Race& race : *races) {
      for (const Pin& pin : state.pins) {
        const bool kept = std::ranges::find(pin.keeps_finished, std::pair{race.moto_id(), race.run}) !=
                          pin.keeps_finished.end();
        if (!kept || race.decided.ended) continue;
        race.decided.ended = FinishCause::kAllFinished;
        race.decided.ended_seq = pin.intent.at_seq;
      }
      race.moto.close_at(race.decided.ended ? std::optional{race.decided.ended_seq} : std::nullopt);
      race.view(race.told);
      race.told.riders = race.moto.riders();
    }
  }
}

}  // namespace

std::string RaceEngine::snapshot() const {
  std::string out;
  JsonWriter w(out);
  w.open_object();
  write_list(w, "alerts", state_.alerts,
             [](JsonWriter& o, const auto& alert) { o.raw(alert_payload(alert.first, alert.second)); });
  w.key("clocks");
  write_clocks(w, state_.clocks);
  write_list(w, "gate_pulses", state_.gate_pulses, write_pulse);
  write_number(w, "last_applied", state_.last_applied);
  write_list(w, "loose", state_.loose, write_loose);
  write_list(w, "motos", state_.motos, write_race);
  write_list(w, "notice_actions", state_.notice_actions, write_notice_action);
  write_number(w, "ordinal", state_.ordinal);
  write_number(w, "passings_seen", state_.passings_seen);
  write_list(w, "past", state_.past, write_race);
  write_list(w, "pins", state_.pins, write_pin);
  w.key("practice");
  write_practice(w, state_.practice);
  write_list(w, "track_actions", state_.track_actions, write_track_action);
  w.field("track_id", state_.track.str());
  w.field("version", kSnapshotVersion);
  w.close_object();
  return out;
}

base::Result<RaceEngine> RaceEngine::restore(std::string_view snapshot, Rules rules) {
  const auto doc = JsonDoc::parse(snapshot);
  if (!doc) return corrupt_snapshot(doc.error().message);
  const JsonRef root = doc->root();
  if (root["version"].text() != kSnapshotVersion)
    return corrupt_snapshot("not of version " + std::string{kSnapshotVersion});
  auto track = contract::TrackId::parse(root["track_id"].text_or_empty(), "track_id");
  const auto applied = root["last_applied"].number();
  const auto ordinal = root["ordinal"].number();
  const auto seen = root["passings_seen"].number();
  if (!track || !applied || !ordinal || !seen) return corrupt_snapshot("a field is missing");

  RaceEngine engine(std::move(*track), rules);
  EngineState& state = engine.state_;
  state.last_applied = *applied;
  state.ordinal = *ordinal;
  state.passings_seen = *seen;
  for (JsonRef v = root["alerts"].first(); v; v = v.next()) {
    state.alerts[v["id"].text_or_empty()] = {v["level"].text_or_empty(), v["text"].text_or_empty()};
  }
  for (JsonRef v = root["gate_pulses"].first(); v; v = v.next())
    state.gate_pulses.push_back({read_id(v), v["captured_at_us"].number().value_or(0)});
  for (JsonRef v = root["loose"].first(); v; v = v.next()) state.loose.push_back(read_loose(v));
  read_clocks(root["clocks"], state.clocks);
  HOLESHOT_TRY(read_pins(root["pins"], state));
  HOLESHOT_TRY(read_track_actions(root["track_actions"], state));
  HOLESHOT_TRY(read_notice_actions(root["notice_actions"], rules, state));
  HOLESHOT_TRY(read_practice(root["practice"], rules, state.practice));
  HOLESHOT_TRY(read_races(root["motos"], rules, state.motos));
  HOLESHOT_TRY(read_races(root["past"], rules, state.past));
  work_out(state);
  return engine;
}

}  // namespace holeshot::race
