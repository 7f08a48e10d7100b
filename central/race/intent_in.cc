// Intents from the log, and back to text for a snapshot. docs/race.md has the table of their fields.
#include <array>
#include <string>
#include <utility>

#include "central/race/fields.h"
#include "central/race/input.h"
#include "central/race/payloads.h"
#include "central/race/race_event.h"
#include "common/base/json_text.h"

namespace holeshot::race {

namespace {

using Kind = Intent::Kind;

constexpr std::array<std::pair<std::string_view, Kind>, 23> kIntents{{
    {"stage", Kind::kStage},
    {"reset", Kind::kReset},
    {"force_finish", Kind::kForceFinish},
    {"race_timeout", Kind::kRaceTimeout},
    {"alert", Kind::kAlert},
    {"clear_alert", Kind::kClearAlert},
    {"dns", Kind::kDns},
    {"dnf", Kind::kDnf},
    {"dsq", Kind::kDsq},
    {"rel", Kind::kRel},
    {"set_place", Kind::kSetPlace},
    {"set_time", Kind::kSetTime},
    {"photo_finish", Kind::kPhotoFinish},
    {"assign_rider", Kind::kAssignRider},
    {"assign_lane", Kind::kAssignLane},
    {"assign_transponder", Kind::kAssignTransponder},
    {"assign_passing", Kind::kAssignPassing},
    {"rerun", Kind::kRerun},
    {"red_flag", Kind::kRedFlag},
    {"all_clear", Kind::kAllClear},
    {"gate", Kind::kGate},
    {"practice", Kind::kPractice},
    {"undo", Kind::kUndo},
}};

Kind kind_of(std::string_view type) {
  for (const auto& [name, kind] : kIntents) {
    if (name == type) return kind;
  }
  return Kind::kUnknown;
}

void read_assigned_rider(Fields& f, JsonRef root, Intent& intent) {
  Rider& rider = intent.stage.riders.emplace_back();
  intent.rider_id = f.text("rider_id");
  f.absorb(read_rider(f.object("rider"), rider));
  if (!root["rider"].is_object()) intent.stage.riders.clear();
}

void read_transponder(Fields& f, Intent& intent) {
  intent.rider_id = f.text("rider_id");
  intent.transponder_id = f.optional_number("transponder_id");
  intent.transponder_string = f.optional_text("transponder_string");
  intent.replaces = f.flag("replaces");
  if (intent.transponder_id.value_or(0) == 0 && intent.transponder_string.empty())
    f.note("transponder_id", "given, and no transponder_string either");
}

void read_assigned_passing(Fields& f, Intent& intent) {
  const auto id = passing_id_from(f.text("passing"));
  if (!id) f.note("passing", "a passing's key (decoder:number:rtc)");
  intent.passing = id.value_or(PassingId{});
  intent.ignore = f.flag("ignore");
  intent.rider_id = intent.ignore ? f.optional_text("rider_id") : f.text("rider_id");
}

void read_order(Fields& f, Intent& intent) {
  for (JsonRef v = f.list("riders", true); v; v = v.next()) {
    if (!v.text()) f.note("riders", "a list of rider ids");
    intent.order.push_back(v.text_or_empty());
  }
}

void read_practice(Fields& f, JsonRef root, Intent& intent) {
  const JsonRef on = root["on"];
  if (!on.is_nothing() && !on.boolean()) f.note("on", "true or false");
  intent.on = on.boolean().value_or(true);
  if (!root["track_config"].is_nothing()) f.absorb(read_track(f.object("track_config"), intent.stage.track));
  for (JsonRef v = f.list("riders", false); v; v = v.next())
    f.absorb(read_rider(v, intent.stage.riders.emplace_back()));
}

// What this kind of intent needs beyond the head that all have.
base::Status read_details(JsonRef root, Intent& intent) {
  Fields f(root, intent.type);
  switch (intent.kind) {
    case Kind::kStage: {
      HOLESHOT_ASSIGN(intent.stage, read_stage(root));
      break;
    }
    case Kind::kRaceTimeout:
      intent.moto_id = f.text("moto_id");
      break;
    case Kind::kAlert:
      intent.alert_id = f.text("id");
      intent.alert_level = f.text("level");
      intent.alert_text = f.text("text");
      break;
    case Kind::kClearAlert:
      intent.alert_id = f.text("id");
      break;
    case Kind::kDns:
    case Kind::kDnf:
    case Kind::kDsq:
    case Kind::kRel:
      intent.rider_id = f.text("rider_id");
      break;
    case Kind::kSetPlace:
      intent.rider_id = f.text("rider_id");
      intent.place = f.number("place");
      break;
    case Kind::kSetTime:
      intent.rider_id = f.text("rider_id");
      intent.elapsed_us = f.number("elapsed_us");
      break;
    case Kind::kPhotoFinish:
      read_order(f, intent);
      break;
    case Kind::kAssignRider:
      read_assigned_rider(f, root, intent);
      break;
    case Kind::kAssignLane:
      intent.rider_id = f.text("rider_id");
      intent.lane = f.number("lane");
      break;
    case Kind::kAssignTransponder:
      read_transponder(f, intent);
      break;
    case Kind::kAssignPassing:
      read_assigned_passing(f, intent);
      break;
    case Kind::kGate:
      intent.time_us = f.optional_number("time_us");
      break;
    case Kind::kPractice:
      read_practice(f, root, intent);
      break;
    default:
      break;
  }
  return f.take();
}

}  // namespace

base::Result<Intent> read_intent(JsonRef root) {
  Fields f(root, "intent");
  Intent intent{.type = f.text("type"), .event_id = f.text("event_id"), .ts_us = f.number("ts_us")};
  HOLESHOT_TRY(f.take());
  intent.actor = root["actor"].text_or_empty();
  intent.reason = root["reason"].text_or_empty();
  intent.undoes = root["undoes"].text_or_empty();
  intent.track_id = root["track_id"].text_or_empty();
  intent.moto_id = root["moto_id"].text_or_empty();
  intent.gate_event_id = root["gate_event_id"].text_or_empty();
  intent.at_seq = root["at_seq"].number().value_or(0);
  intent.kind = kind_of(intent.type);
  if (const auto details = read_details(root, intent); !details) {
    intent.kind = Kind::kMalformed;
    intent.problem = details.error().message;
  }
  return intent;
}

base::Result<Input> parse_intent(std::string source, std::string_view body) {
  HOLESHOT_ASSIGN(const JsonDoc doc, JsonDoc::parse(body));
  HOLESHOT_ASSIGN(Intent intent, read_intent(doc.root()));
  Input input{.source = std::move(source), .event_id = intent.event_id, .ts_us = intent.ts_us};
  input.what = std::move(intent);
  return input;
}

std::string intent_json(const Intent& intent) {
  std::string out;
  base::JsonWriter w(out);
  const auto number = [&](std::string_view name, const std::optional<std::uint64_t>& value) {
    if (value) write_number(w, name, *value);
  };
  w.open_object();
  w.field("actor", intent.actor);
  write_number(w, "at_seq", intent.at_seq);
  number("elapsed_us", intent.elapsed_us);
  w.field("event_id", intent.event_id);
  w.field("gate_event_id", intent.gate_event_id);
  if (intent.ignore) w.field_bool("ignore", true);
  number("lane", intent.lane);
  w.field("moto_id", intent.moto_id);
  if (intent.kind == Kind::kAssignPassing) w.field("passing", key_of(intent.passing));
  number("place", intent.place);
  w.field("reason", intent.reason);
  if (intent.replaces) w.field_bool("replaces", true);
  if (!intent.stage.riders.empty()) w.field_raw("rider", rider_json(intent.stage.riders.front()));
  w.field("rider_id", intent.rider_id);
  if (intent.kind == Kind::kPhotoFinish) {
    w.key("riders");
    w.open_array();
    for (const auto& id : intent.order) w.string(id);
    w.close_array();
  }
  number("time_us", intent.time_us);
  number("transponder_id", intent.transponder_id);
  w.field("transponder_string", intent.transponder_string);
  write_number(w, "ts_us", intent.ts_us);
  w.field("type", intent.type);
  w.close_object();
  return out;
}

}  // namespace holeshot::race
