#include "central/race/input.h"

#include <array>
#include <charconv>
#include <utility>

#include "central/race/fast_passing.h"
#include "central/race/fields.h"
#include "central/race/json_in.h"

namespace holeshot::race {

namespace {

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

constexpr std::array<std::string_view, 4> kMeanings{"gate", "hill_beacon", "test", "ignore"};

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
  loop.distance_mm = f.optional_number("distance_mm");
  return f.take();
}

base::Status read_wire(JsonRef body, Wire& wire) {
  Fields f(body, "wiring");
  wire.transponder_id = f.number("transponder_id");
  wire.decoder_id = f.optional_text("decoder_id");
  const auto means = meaning_from(f.text("means"));
  if (!means) f.note("means", "gate, hill_beacon, test or ignore");
  wire.means = means.value_or(Meaning::kIgnore);
  return f.take();
}

void read_overrides(Fields& f, JsonRef rules, StageRequest& stage) {
  if (!rules.is_nothing() && !rules.is_object()) f.note("rules", "an object of numbers");
  for (JsonRef v = rules.first(); v; v = v.next()) {
    if (!v.number()) f.note("rules", "an object of numbers");
    stage.rules.emplace_back(v.key(), v.number().value_or(0));
  }
}

// The gateway process that a log event came from: its key without the number.
std::string host_of(std::string_view source) { return std::string{source.substr(0, source.rfind(':'))}; }

}  // namespace

std::string_view to_string(Meaning meaning) { return kMeanings[static_cast<std::size_t>(meaning)]; }
std::optional<Meaning> meaning_from(std::string_view name) {
  for (std::size_t i = 0; i < kMeanings.size(); ++i) {
    if (kMeanings[i] == name) return static_cast<Meaning>(i);
  }
  return std::nullopt;
}

PassingId id_of(const Passing& passing) {
  return {passing.decoder_id, passing.passing_number, passing.rtc_time_us};
}

bool is_id_of(const PassingId& id, const Passing& passing) {
  return id.passing_number == passing.passing_number && id.rtc_time_us == passing.rtc_time_us &&
         id.decoder_id == passing.decoder_id;
}

std::string key_of(const PassingId& id) {
  return id.decoder_id + ":" + std::to_string(id.passing_number) + ":" + std::to_string(id.rtc_time_us);
}

std::optional<PassingId> passing_id_from(std::string_view key) {
  const auto last = key.rfind(':');
  if (last == std::string_view::npos || last == 0) return std::nullopt;
  const auto middle = key.rfind(':', last - 1);
  if (middle == std::string_view::npos) return std::nullopt;
  const auto number = [](std::string_view digits) -> std::optional<std::uint64_t> {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return value;
  };
  const auto passing = number(key.substr(middle + 1, last - middle - 1));
  const auto rtc = number(key.substr(last + 1));
  if (!passing || !rtc) return std::nullopt;
  return PassingId{std::string{key.substr(0, middle)}, *passing, *rtc};
}

base::Status read_rider(JsonRef body, Rider& rider) {
  Fields f(body, "rider");
  rider.rider_id = f.text("rider_id");
  rider.first_name = f.optional_text("first_name");
  rider.last_name = f.optional_text("last_name");
  rider.plate_number = f.optional_text("plate_number");
  rider.transponder_id = f.optional_number("transponder_id");
  if (rider.transponder_id == 0U) rider.transponder_id.reset();
  for (JsonRef v = f.list("transponder_ids", false); v; v = v.next()) {
    if (!v.number()) f.note("transponder_ids", "a list of numbers");
    if (v.number().value_or(0) != 0 && v.number() != rider.transponder_id)
      rider.transponder_ids.push_back(*v.number());
  }
  rider.transponder_string = f.optional_text("transponder_string");
  rider.lane = f.optional_number("lane").value_or(0);
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
  for (JsonRef v = f.list("wiring", false); v; v = v.next())
    f.absorb(read_wire(v, track.wiring.emplace_back()));
  for (JsonRef v = f.list("loops", true); v; v = v.next()) f.absorb(read_loop(v, track.loops.emplace_back()));
  return f.take();
}

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
  stage.rule_book = f.optional_text("rule_book");
  read_overrides(f, body["rules"], stage);
  f.absorb(read_track(f.object("track_config"), stage.track));
  for (JsonRef v = f.list("riders", true); v; v = v.next()) {
    f.absorb(read_rider(v, stage.riders.emplace_back()));
    if (!v["lane"].number()) f.absorb(base::fail(base::Code::kInvalid, "read rider: lane is not a number"));
  }
  HOLESHOT_TRY(f.take());
  return stage;
}

base::Result<Input> parse_raw(std::string source, std::string_view body) {
  Input fast{.source = std::move(source)};
  if (read_passing_fast(body, fast)) return fast;
  HOLESHOT_ASSIGN(const JsonDoc doc, JsonDoc::parse(body));
  const JsonRef root = doc.root();
  Fields f(root, "envelope");
  Input input{
      .source = std::move(fast.source), .event_id = f.text("event_id"), .ts_us = f.number("captured_at_us")};
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
  } else if (type == "GET_TIME") {
    // An answer without a clock or a name tells nothing: it is a record like any other that we do not know.
    ClockReading reading{.decoder_id = payload["decoder_id"].text_or_empty(),
                         .rtc_time_us = payload["rtc_time_us"].number().value_or(0),
                         .captured_at_us = input.ts_us,
                         .host = host_of(input.source)};
    if (!reading.decoder_id.empty() && reading.rtc_time_us != 0) input.what = std::move(reading);
  }
  return input;
}

}  // namespace holeshot::race
