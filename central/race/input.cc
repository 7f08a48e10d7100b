#include "central/race/input.h"

#include <array>
#include <utility>

#include "central/race/json_in.h"

namespace holeshot::race {

using base::Code;
using base::fail;

namespace {

std::unexpected<base::Error> bad_field(std::string_view where, std::string_view field,
                                       std::string_view wanted) {
  return fail(Code::kInvalid,
              "read " + std::string{where} + ": " + std::string{field} + " is not " + std::string{wanted});
}

// Reads fields and remembers the first that is wrong, so that a parser reads like the table of its fields.
class Fields {
 public:
  Fields(JsonRef object, std::string_view where) : object_(object), where_(where) {}

  std::string text(std::string_view name) {
    const auto value = object_[name].text();
    if (!value || value->empty()) note(name, "a text");
    return std::string{value.value_or("")};
  }
  std::string optional_text(std::string_view name) {
    const JsonRef value = object_[name];
    if (!value.is_nothing() && !value.text()) note(name, "a text");
    return value.text_or_empty();
  }
  std::uint64_t number(std::string_view name) {
    const auto value = object_[name].number();
    if (!value) note(name, "a number");
    return value.value_or(0);
  }
  std::optional<std::uint64_t> optional_number(std::string_view name) {
    const JsonRef value = object_[name];
    if (!value.is_nothing() && !value.number()) note(name, "a number");
    return value.number();
  }
  bool flag(std::string_view name) {
    const JsonRef value = object_[name];
    if (!value.is_nothing() && !value.boolean()) note(name, "true or false");
    return value.boolean().value_or(false);
  }
  JsonRef list(std::string_view name, bool required) {
    const JsonRef value = object_[name];
    if (value.is_nothing() ? required : !value.is_array()) note(name, "a list");
    return value.is_array() ? value.first() : JsonRef{};
  }
  JsonRef object(std::string_view name) {
    if (!object_[name].is_object()) note(name, "an object");
    return object_[name];
  }
  void note(std::string_view field, std::string_view wanted) {
    if (status_) status_ = bad_field(where_, field, wanted);
  }
  void absorb(base::Status status) {
    if (status_ && !status) status_ = std::move(status);
  }
  [[nodiscard]] base::Status take() { return std::move(status_); }

 private:
  JsonRef object_;
  std::string_view where_;
  base::Status status_;
};

base::Status read_passing(JsonRef payload, Passing& passing) {
  Fields f(payload, "PASSING");
  passing.decoder_id = f.optional_text("decoder_id");
  passing.transponder_id = f.optional_number("transponder_id");
  if (passing.transponder_id == 0U) passing.transponder_id.reset();
  passing.transponder_string = f.optional_text("transponder_string");
  passing.rtc_time_us = f.number("rtc_time_us");
  passing.utc_time_us = f.optional_number("utc_time_us");
  passing.passing_number = f.optional_number("passing_number").value_or(0);
  passing.resent = payload["resent"].boolean().value_or(false);
  return f.take();
}

DecoderStatus read_status(JsonRef payload) {
  return {.decoder_id = payload["decoder_id"].text_or_empty(),
          .noise = payload["noise"].signed_number(),
          .temperature = payload["temperature"].signed_number(),
          .gps_status = payload["gps_status"].signed_number(),
          .satellites = payload["satellites"].signed_number()};
}

base::Status read_rider(JsonRef body, Rider& rider) {
  Fields f(body, "rider");
  rider.rider_id = f.text("rider_id");
  rider.first_name = f.optional_text("first_name");
  rider.last_name = f.optional_text("last_name");
  rider.plate_number = f.optional_text("plate_number");
  rider.transponder_id = f.optional_number("transponder_id");
  if (rider.transponder_id == 0U) rider.transponder_id.reset();
  rider.transponder_string = f.optional_text("transponder_string");
  rider.lane = f.number("lane");
  return f.take();
}

base::Status read_loop(JsonRef body, Loop& loop) {
  Fields f(body, "loop");
  loop.id = f.text("id");
  loop.name = f.optional_text("name");
  loop.decoder_id = f.optional_text("decoder_id");
  loop.position = f.number("position");
  loop.is_start = f.flag("is_start");
  loop.is_finish = f.flag("is_finish");
  loop.min_us = f.optional_number("min_us");
  loop.max_us = f.optional_number("max_us");
  return f.take();
}

base::Status read_track(JsonRef body, TrackConfig& track) {
  Fields f(body, "track_config");
  track.name = f.optional_text("name");
  for (JsonRef v = f.list("gate_transponders", false); v; v = v.next()) {
    if (!v.number()) f.note("gate_transponders", "a list of numbers");
    track.gate_transponders.push_back(v.number().value_or(0));
  }
  for (JsonRef v = f.list("gate_decoder_ids", false); v; v = v.next()) {
    if (!v.text()) f.note("gate_decoder_ids", "a list of texts");
    track.gate_decoder_ids.push_back(v.text_or_empty());
  }
  for (JsonRef v = f.list("loops", true); v; v = v.next()) f.absorb(read_loop(v, track.loops.emplace_back()));
  return f.take();
}

constexpr std::array<std::pair<std::string_view, Intent::Kind>, 6> kIntents{{
    {"stage", Intent::Kind::kStage},
    {"reset", Intent::Kind::kReset},
    {"force_finish", Intent::Kind::kForceFinish},
    {"race_timeout", Intent::Kind::kRaceTimeout},
    {"alert", Intent::Kind::kAlert},
    {"clear_alert", Intent::Kind::kClearAlert},
}};

Intent::Kind kind_of(std::string_view type) {
  for (const auto& [name, kind] : kIntents) {
    if (name == type) return kind;
  }
  return Intent::Kind::kUnknown;
}

// What this kind of intent needs beyond the head that all have.
base::Status read_details(JsonRef root, Intent& intent) {
  Fields f(root, intent.type);
  switch (intent.kind) {
    case Intent::Kind::kStage: {
      auto stage = read_stage(root);
      if (!stage) return std::unexpected(std::move(stage).error());
      intent.stage = std::move(*stage);
      break;
    }
    case Intent::Kind::kRaceTimeout:
      intent.moto_id = f.text("moto_id");
      break;
    case Intent::Kind::kAlert:
      intent.alert_id = f.text("id");
      intent.alert_level = f.text("level");
      intent.alert_text = f.text("text");
      break;
    case Intent::Kind::kClearAlert:
      intent.alert_id = f.text("id");
      break;
    default:
      break;
  }
  return f.take();
}

}  // namespace

base::Result<std::vector<Loop>> read_loops(JsonRef list) {
  std::vector<Loop> loops;
  for (JsonRef v = list.first(); v; v = v.next()) HOLESHOT_TRY(read_loop(v, loops.emplace_back()));
  return loops;
}

base::Result<StageRequest> read_stage(JsonRef body) {
  StageRequest stage;
  Fields f(body, "stage");
  stage.moto_id = f.text("moto_id");
  stage.event_ref = f.optional_text("event_ref");
  stage.class_id = f.optional_text("class_id");
  stage.class_name = f.optional_text("class_name");
  stage.round_type = f.optional_text("round_type");
  stage.race_timeout_us = f.optional_number("race_timeout_us");
  f.absorb(read_track(f.object("track_config"), stage.track));
  for (JsonRef v = f.list("riders", true); v; v = v.next())
    f.absorb(read_rider(v, stage.riders.emplace_back()));
  HOLESHOT_TRY(f.take());
  return stage;
}

base::Result<Input> parse_raw(std::string source, std::string_view body) {
  HOLESHOT_ASSIGN(const JsonDoc doc, JsonDoc::parse(body));
  const JsonRef root = doc.root();
  Fields f(root, "envelope");
  Input input{
      .source = std::move(source), .event_id = f.text("event_id"), .ts_us = f.number("captured_at_us")};
  const std::string type = f.text("message_type");
  const JsonRef payload = f.object("payload");
  HOLESHOT_TRY(f.take());
  if (type == "PASSING") {
    Passing passing{.captured_at_us = input.ts_us};
    HOLESHOT_TRY(read_passing(payload, passing));
    input.what = std::move(passing);
  } else if (type == "STATUS") {
    DecoderStatus status = read_status(payload);
    status.captured_at_us = input.ts_us;
    input.what = std::move(status);
  }
  return input;
}

base::Result<Input> parse_intent(std::string source, std::string_view body) {
  HOLESHOT_ASSIGN(const JsonDoc doc, JsonDoc::parse(body));
  const JsonRef root = doc.root();
  Fields f(root, "intent");
  Intent intent{.type = f.text("type"), .event_id = f.text("event_id"), .ts_us = f.number("ts_us")};
  HOLESHOT_TRY(f.take());
  intent.actor = root["actor"].text_or_empty();
  intent.reason = root["reason"].text_or_empty();
  intent.undoes = root["undoes"].text_or_empty();
  intent.track_id = root["track_id"].text_or_empty();
  intent.moto_id = root["moto_id"].text_or_empty();
  intent.gate_event_id = root["gate_event_id"].text_or_empty();
  intent.kind = kind_of(intent.type);
  if (const auto details = read_details(root, intent); !details) {
    intent.kind = Intent::Kind::kMalformed;
    intent.problem = details.error().message;
  }
  Input input{.source = std::move(source), .event_id = intent.event_id, .ts_us = intent.ts_us};
  input.what = std::move(intent);
  return input;
}

}  // namespace holeshot::race
