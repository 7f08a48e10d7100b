#include "central/race/snapshot_codec.h"

#include <string>
#include <utility>

#include "central/race/payloads.h"
#include "central/race/race_event.h"

namespace holeshot::race {

using base::JsonWriter;

namespace {

void write_passing(JsonWriter& w, const Passing& passing, std::uint64_t seq) {
  write_number(w, "captured_at_us", passing.captured_at_us);
  w.field("decoder_id", passing.decoder_id);
  write_number(w, "passing_number", passing.passing_number);
  if (passing.resent) w.field_bool("resent", true);
  write_number(w, "rtc_time_us", passing.rtc_time_us);
  write_number(w, "seq", seq);
  if (passing.transponder_id) write_number(w, "transponder_id", *passing.transponder_id);
  w.field("transponder_string", passing.transponder_string);
  if (passing.utc_time_us) write_number(w, "utc_time_us", *passing.utc_time_us);
}

Passing read_passing(JsonRef body) {
  PassingId id = read_id(body);
  return {.decoder_id = std::move(id.decoder_id),
          .transponder_id = body["transponder_id"].number(),
          .transponder_string = body["transponder_string"].text_or_empty(),
          .rtc_time_us = id.rtc_time_us,
          .utc_time_us = body["utc_time_us"].number(),
          .captured_at_us = body["captured_at_us"].number().value_or(0),
          .passing_number = id.passing_number,
          .resent = body["resent"].boolean().value_or(false)};
}

void write_actions(JsonWriter& w, const Race& race) {
  w.key("actions");
  w.open_array();
  for (const Action& action : race.actions) {
    w.open_object();
    w.field_raw("intent", intent_json(action.intent));
    w.field_bool("keeps_finished", action.keeps_finished);
    write_number(w, "order", action.order);
    w.close_object();
  }
  w.close_array();
}

void write_answers(JsonWriter& w, const Race& race) {
  w.key("clocks");
  w.open_array();
  for (const ClockAnswer& answer : race.clocks) {
    w.open_object();
    w.field("decoder_id", answer.decoder_id);
    write_signed(w, "shift_us", answer.shift_us);
    w.field("state", to_string(answer.state));
    w.close_object();
  }
  w.close_array();
}

void write_hits(JsonWriter& w, const Race& race) {
  w.key("hits");
  w.open_array();
  for (std::size_t rider = 0; rider < race.moto.riders().size(); ++rider) {
    w.open_array();
    for (const Hit& hit : race.moto.hits(rider)) {
      w.open_object();
      write_passing(w, hit.passing, hit.seq);
      w.close_object();
    }
    w.close_array();
  }
  w.close_array();
}

base::Status read_actions(JsonRef list, Race& race) {
  for (JsonRef v = list.first(); v; v = v.next()) {
    HOLESHOT_ASSIGN(Intent intent, read_intent(v["intent"]));
    if (intent.kind == Intent::Kind::kMalformed || intent.kind == Intent::Kind::kUnknown)
      return corrupt_snapshot("an action that nobody knows");
    race.actions.push_back(
        {std::move(intent), v["order"].number().value_or(0), v["keeps_finished"].boolean().value_or(false)});
  }
  return {};
}

// The times follow from the passings and from how each clock was read.
void read_hits(JsonRef riders, Race& race) {
  std::size_t rider = 0;
  for (JsonRef hits = riders.first(); hits && rider < race.moto.riders().size();
       hits = hits.next(), ++rider) {
    for (JsonRef v = hits.first(); v; v = v.next()) {
      Passing passing = read_passing(v);
      const auto time = race.time_of(passing, ClockBook{});
      if (!time) continue;
      race.moto.add_hit(rider, {.elapsed_us = time->elapsed_us,
                                .passing = std::move(passing),
                                .seq = v["seq"].number().value_or(0),
                                .clock = time->clock});
    }
  }
}

}  // namespace

std::unexpected<base::Error> corrupt_snapshot(std::string_view why) {
  return base::fail(base::Code::kCorrupt, "restore race snapshot: " + std::string{why},
                    "derive again from the log instead");
}

void write_id(JsonWriter& w, const PassingId& id) {
  w.field("decoder_id", id.decoder_id);
  write_number(w, "passing_number", id.passing_number);
  write_number(w, "rtc_time_us", id.rtc_time_us);
}

PassingId read_id(JsonRef body) {
  return {body["decoder_id"].text_or_empty(), body["passing_number"].number().value_or(0),
          body["rtc_time_us"].number().value_or(0)};
}

void write_loose(JsonWriter& w, const LoosePassing& kept) {
  w.open_object();
  write_passing(w, kept.passing, kept.seq);
  w.close_object();
}

LoosePassing read_loose(JsonRef body) { return {read_passing(body), body["seq"].number().value_or(0)}; }

void write_gate(JsonWriter& w, const Gate& gate) {
  w.open_object();
  write_number(w, "captured_at_us", gate.captured_at_us);
  w.field("decoder_id", gate.id.decoder_id);
  w.field("origin", to_string(gate.origin));
  write_number(w, "passing_number", gate.id.passing_number);
  write_number(w, "rtc_time_us", gate.id.rtc_time_us);
  if (gate.utc_time_us) write_number(w, "utc_time_us", *gate.utc_time_us);
  w.close_object();
}

Gate read_gate(JsonRef body) {
  return {.id = read_id(body),
          .utc_time_us = body["utc_time_us"].number(),
          .captured_at_us = body["captured_at_us"].number().value_or(0),
          .origin = gate_origin_from(body["origin"].text_or_empty()).value_or(GateOrigin::kPulse)};
}

void write_race(JsonWriter& w, const Race& race) {
  w.open_object();
  write_actions(w, race);
  write_answers(w, race);
  w.field("gate_event_id", race.gate_event_id);
  write_hits(w, race);
  w.field_bool("off", race.off);
  w.key("pulse");
  if (race.pulse) {
    write_gate(w, *race.pulse);
  } else {
    w.null();
  }
  w.field("rerun_by", race.rerun_by);
  w.field("retired_by", race.retired_by);
  w.field("run", race.run);
  w.field_bool("said_finished", race.said_finished);
  w.field_raw("stage", stage_json(race.request));
  write_number(w, "staged_no", race.staged_no);
  write_number(w, "staged_seq", race.staged_seq);
  w.close_object();
}

base::Result<Race> read_race(JsonRef body, const Rules& rules) {
  auto request = read_stage(body["stage"]);
  if (!request) return corrupt_snapshot(request.error().message);
  Rules its_rules = rules;
  if (const auto refusal = rules_for(*request, its_rules)) return corrupt_snapshot(refusal.reason);
  if (const auto refusal = refusal_of(*request, its_rules)) return corrupt_snapshot(refusal.reason);
  Race race{std::move(*request), its_rules, body["run"].number().value_or(1)};
  HOLESHOT_TRY(read_actions(body["actions"], race));
  for (JsonRef v = body["clocks"].first(); v; v = v.next()) {
    const auto state = clock_state_from(v["state"].text_or_empty());
    if (!state) return corrupt_snapshot("a clock in no known state");
    race.clocks.push_back({v["decoder_id"].text_or_empty(), *state, signed_of(v["shift_us"])});
  }
  race.gate_event_id = body["gate_event_id"].text_or_empty();
  race.off = body["off"].boolean().value_or(false);
  if (body["pulse"].is_object()) race.pulse = read_gate(body["pulse"]);
  race.rerun_by = body["rerun_by"].text_or_empty();
  race.retired_by = body["retired_by"].text_or_empty();
  race.said_finished = body["said_finished"].boolean().value_or(false);
  race.staged_no = body["staged_no"].number().value_or(0);
  race.staged_seq = body["staged_seq"].number().value_or(0);
  race.decided = decide(race.request, race.actions);
  if (race.decided.riders != race.moto.riders()) race.seat_decided();
  if (!race.gate() && !race.gate_event_id.empty()) return corrupt_snapshot("a race without its gate");
  if (race.gate() && race.gate_event_id.empty()) return corrupt_snapshot("a gate without its event");
  read_hits(body["hits"], race);
  return race;
}

}  // namespace holeshot::race
