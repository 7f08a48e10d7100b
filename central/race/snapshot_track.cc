// What a snapshot keeps of the track beside its races: how the decoders' clocks stand, and practice.
#include <string>
#include <utility>

#include "central/race/payloads.h"
#include "central/race/race_event.h"
#include "central/race/snapshot_codec.h"

namespace holeshot::race {

using base::JsonWriter;

void write_signed(JsonWriter& w, std::string_view name, std::int64_t value) {
  w.field(name, std::string_view{std::to_string(value)});
}

std::int64_t signed_of(JsonRef value) {
  const std::string text = value.text_or_empty();
  if (text.starts_with('-')) {
    const auto digits = JsonRef::digits(std::string_view{text}.substr(1)).value_or(0);
    return static_cast<std::int64_t>(std::uint64_t{0} - digits);
  }
  return static_cast<std::int64_t>(JsonRef::digits(text).value_or(0));
}

void write_clocks(JsonWriter& w, const ClockBook& book) {
  w.open_object();
  w.key("decoders");
  w.open_array();
  for (const ClockBook::Clock& clock : book.clocks()) {
    w.open_object();
    w.field("decoder_id", clock.decoder_id);
    w.field("host", clock.host);
    w.key("offsets");
    w.open_array();
    for (const std::int64_t offset : clock.offsets) w.string(std::to_string(offset));
    w.close_array();
    w.close_object();
  }
  w.close_array();
  w.key("links");
  w.open_array();
  for (const ClockBook::Link& link : book.links()) {
    w.open_object();
    write_signed(w, "difference_us", link.difference_us);
    w.field("one", link.one);
    w.field("other", link.other);
    w.close_object();
  }
  w.close_array();
  w.close_object();
}

void read_clocks(JsonRef body, ClockBook& book) {
  std::vector<ClockBook::Clock> clocks;
  for (JsonRef v = body["decoders"].first(); v; v = v.next()) {
    ClockBook::Clock& clock = clocks.emplace_back(
        ClockBook::Clock{.decoder_id = v["decoder_id"].text_or_empty(), .host = v["host"].text_or_empty()});
    for (JsonRef o = v["offsets"].first(); o; o = o.next()) clock.offsets.push_back(signed_of(o));
  }
  std::vector<ClockBook::Link> links;
  for (JsonRef v = body["links"].first(); v; v = v.next()) {
    links.push_back({v["one"].text_or_empty(), v["other"].text_or_empty(), signed_of(v["difference_us"])});
  }
  book.restore(std::move(clocks), std::move(links));
}

namespace {

// The last fields of an object.
void write_setup_fields(JsonWriter& w, const PracticeSetup& setup) {
  w.key("gates");
  w.open_array();
  for (const Gate& gate : setup.gates) write_gate(w, gate);
  w.close_array();
  w.field_bool("on", setup.on);
  w.key("track");
  if (setup.moto.loops().empty()) {
    w.null();
  } else {
    w.raw(stage_json(setup.moto.request()));
  }
}

}  // namespace

void write_setup(JsonWriter& w, const PracticeSetup& setup) {
  w.open_object();
  write_setup_fields(w, setup);
  w.close_object();
}

void write_practice(JsonWriter& w, const Practice& practice) {
  w.open_object();
  w.key("chips");
  w.open_object();
  for (const auto& [name, chip] : practice.chips) {
    w.key(name);
    w.open_object();
    w.key("best");
    w.open_object();
    for (const auto& [loop, best] : chip.best) write_number(w, loop, best);
    w.close_object();
    w.field("gate", chip.gate);
    w.key("last");
    w.open_object();
    write_id(w, chip.last);
    w.close_object();
    write_number(w, "next_loop", chip.next_loop);
    w.close_object();
  }
  w.close_object();
  write_setup_fields(w, practice);
  w.close_object();
}

base::Status read_setup(JsonRef body, const Rules& rules, PracticeSetup& practice) {
  practice.on = body["on"].boolean().value_or(false);
  if (body["track"].is_object()) {
    StageRequest request;
    if (!read_track(body["track"]["track_config"], request.track))
      return corrupt_snapshot("practice without a track");
    for (JsonRef v = body["track"]["riders"].first(); v; v = v.next()) {
      if (!read_rider(v, request.riders.emplace_back()))
        return corrupt_snapshot("practice with a rider of no name");
    }
    if (const auto refusal = refusal_of_track(request)) return corrupt_snapshot(refusal.reason);
    practice.moto = Moto{std::move(request), rules};
  }
  if (practice.on && practice.moto.loops().empty()) return corrupt_snapshot("practice without a track");
  for (JsonRef v = body["gates"].first(); v; v = v.next()) practice.gates.push_back(read_gate(v));
  return {};
}

base::Status read_practice(JsonRef body, const Rules& rules, Practice& practice) {
  HOLESHOT_TRY(read_setup(body, rules, practice));
  for (JsonRef v = body["chips"].first(); v; v = v.next()) {
    Practice::Chip& chip = practice.chips[std::string{v.key()}];
    chip.gate = v["gate"].text_or_empty();
    chip.next_loop = v["next_loop"].number().value_or(0);
    chip.last = read_id(v["last"]);
    for (JsonRef b = v["best"].first(); b; b = b.next())
      chip.best[std::string{b.key()}] = b.number().value_or(0);
  }
  return {};
}

}  // namespace holeshot::race
