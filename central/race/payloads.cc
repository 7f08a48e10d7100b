#include "central/race/payloads.h"

#include "central/race/json_row.h"
#include "central/race/payload_parts.h"

namespace holeshot::race {

using base::JsonWriter;

namespace {

// Enough for the usual one, so that it grows once.
constexpr std::size_t kSmall = 384;
constexpr std::size_t kLarge = 4096;

bool is_ranked(const Line& line) { return line.position.has_value(); }

void add_result(std::string& out, const Race& race, const Line& line) {
  const Rider& rider = race.moto.riders()[line.rider];
  const bool timed = is_timed(race, line);
  JsonRow row(out);
  row.text(R"({"dnf":)").boolean(line.status == Status::kDnf);
  row.text(R"(,"dns":)").boolean(line.status == Status::kDns);
  row.text(R"(,"elapsed_us":)").number_or_null(when(timed && !line.unsynchronised, line.elapsed_us));
  row.text(R"(,"estimated":)").boolean(line.estimated);
  row.text(R"(,"first_name":)").string(rider.first_name);
  row.text(R"(,"gap_to_leader_us":)").number_or_null(when(timed, line.gap_us));
  row.text(R"(,"lane":)").number(rider.lane);
  row.text(R"(,"last_name":)").string(rider.last_name);
  row.text(R"(,"plate_number":)").string(rider.plate_number);
  row.text(R"(,"position":)").number_or_null(line.position);
  row.text(R"(,"rider_id":)").string(rider.rider_id);
  row.text(R"(,"ruled":)").boolean(line.ruled);
  row.text(R"(,"status":")").text(to_string(line.status)).text("\"");
  row.text(line.unsynchronised ? R"(,"unsynchronised":true})" : "}");
}

}  // namespace

bool is_timed(const Race& race, const Line& line) {
  return line.loop == race.moto.finish_loop() && (line.status == Status::kFin || !is_ranked(line));
}

void write_number_or_null(JsonWriter& w, std::string_view name, const std::optional<std::uint64_t>& value) {
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
  write_number_or_null(w, "transponder_id", rider.transponder_id);
  if (!rider.transponder_ids.empty()) {
    w.key("transponder_ids");
    w.open_array();
    // As text where the contract would: the reader takes digits either way.
    for (const std::uint64_t id : rider.transponder_ids) w.string(std::to_string(id));
    w.close_array();
  }
  write_text_or_null(w, "transponder_string", rider.transponder_string);
  w.close_object();
}

void write_riders(JsonWriter& w, const std::vector<Rider>& riders) {
  w.key("riders");
  w.open_array();
  for (const Rider& rider : riders) write_rider(w, rider);
  w.close_array();
}

void write_positions(JsonWriter& w, const Race& race, const View& now) {
  std::string rows;
  for (const Line& line : now.lines) {
    if (!line.loop && !line.ruled) continue;
    if (!rows.empty()) rows += ',';
    race.texts.write_position(rows, line, now.phase == Phase::kFinished);
  }
  w.key("positions");
  w.raw("[" + rows + "]");
}

void write_results(JsonWriter& w, const Race& race, const View& now, bool finished) {
  std::string rows;
  for (const Line& line : now.lines) {
    if (!finished) continue;
    if (!rows.empty()) rows += ',';
    add_result(rows, race, line);
  }
  w.key("results");
  w.raw("[" + rows + "]");
}

std::string race_staged_payload(const Race& race, bool restaged) {
  return json_object(kLarge, [&](JsonWriter& w) {
    w.field("class_name", race.request.class_name);
    w.field("event_type", event_type::kRaceStaged);
    w.field("moto_id", race.moto_id());
    if (restaged) w.field_bool("restaged", true);
    write_riders(w, race.moto.riders());
    w.field("round_type", race.request.round_type);
    w.field("run", race.run);
    w.field("track_name", race.request.track.name);
  });
}

std::string gate_drop_payload(const Race& race, bool corrected) {
  const Gate& gate = *race.gate();
  return json_object(kSmall, [&](JsonWriter& w) {
    w.field_bool("corrected", corrected);
    w.field("decoder_id", gate.id.decoder_id);
    w.field_bool("estimated", gate.estimated());
    w.field("event_type", event_type::kGateDrop);
    w.field("moto_id", race.moto_id());
    w.field("origin", to_string(gate.origin));
    w.field("phase", to_string(race.phase()));
    write_number(w, "rtc_time_us", gate.id.rtc_time_us);
    w.field("run", race.run);
    write_number(w, "timestamp_us", gate.captured_at_us);
  });
}

std::string race_finished_payload(const Race& race, const View& now, bool corrected) {
  return json_object(kLarge, [&](JsonWriter& w) {
    w.field("cause", to_string(race.cause()));
    w.field_bool("corrected", corrected);
    w.field("event_type", event_type::kRaceFinished);
    w.field("moto_id", race.moto_id());
    write_results(w, race, now, true);
    w.field("rule_book",
            race.request.rule_book.empty() ? kDefaultRuleBook : std::string_view{race.request.rule_book});
    w.field("run", race.run);
  });
}

std::string race_rerun_payload(const Race& race, std::string_view reason) {
  return json_object(kSmall, [&](JsonWriter& w) {
    w.field("event_type", event_type::kRaceRerun);
    w.field("moto_id", race.moto_id());
    w.field("reason", reason);
    w.field("run", race.run);
  });
}

std::string red_flag_payload(const Race& race, std::string_view reason) {
  return json_object(kSmall, [&](JsonWriter& w) {
    w.field("event_type", event_type::kRedFlag);
    w.field("moto_id", race.moto_id());
    w.field("reason", reason);
  });
}

std::string all_clear_payload(const Race& race) {
  return json_object(kSmall, [&](JsonWriter& w) {
    w.field("event_type", event_type::kAllClear);
    w.field("moto_id", race.moto_id());
  });
}

std::string proposal_payload(const Race& race, std::string_view rider_id, std::string_view status,
                             std::string_view why) {
  return json_object(kSmall, [&](JsonWriter& w) {
    w.field("event_type", event_type::kProposal);
    w.field("moto_id", race.moto_id());
    w.field("rider_id", rider_id);
    w.field("status", status);
    w.field("why", why);
  });
}

std::string ruling_payload(const Race& race, const Intent& said, const Intent& by, bool undone) {
  return json_object(kSmall, [&](JsonWriter& w) {
    w.field("actor", by.actor);
    w.field("event_type", event_type::kRuling);
    w.field("intent_event_id", said.event_id);
    w.field("moto_id", race.moto_id());
    w.field("reason", by.reason);
    write_text_or_null(w, "rider_id", said.rider_id);
    w.field("ruling", said.type);
    w.field_bool("undone", undone);
  });
}

std::string practice_payload(const Practice::Lap& lap) {
  return json_object(kSmall, [&](JsonWriter& w) {
    w.field("best_us", lap.best_us);
    w.field("elapsed_us", lap.elapsed_us);
    w.field("event_type", lap.loop.is_finish ? event_type::kPracticeLap : event_type::kPracticeSplit);
    w.field_bool("is_best", lap.is_best);
    w.field("loop_name", lap.loop.name);
    write_text_or_null(w, "rider_id", lap.rider_id);
    w.field("transponder", lap.transponder);
  });
}

std::string race_reset_payload(std::string_view moto_id) {
  return json_object(kSmall, [&](JsonWriter& w) {
    w.field("event_type", event_type::kRaceReset);
    write_text_or_null(w, "moto_id", moto_id);
  });
}

std::string alert_payload(std::string_view id, const Alert& alert) {
  return json_object(kSmall, [&](JsonWriter& w) {
    w.field("event_type", event_type::kAlert);
    w.field("id", id);
    w.field("level", alert.level);
    w.field("text", alert.text);
  });
}

std::string alert_cleared_payload(std::string_view id) {
  return json_object(kSmall, [&](JsonWriter& w) {
    w.field("event_type", event_type::kAlertCleared);
    w.field("id", id);
  });
}

std::string intent_result_payload(const Intent& intent, const Refusal& refusal) {
  return json_object(kSmall, [&](JsonWriter& w) {
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
  return json_object(kSmall, [&](JsonWriter& w) {
    w.field("decoder_id", passing.decoder_id);
    w.field("detail", flag.detail);
    w.field("event_type", flag.event_type);
    write_text_or_null(w, "moto_id", moto_id);
    w.field("passing", key_of(id_of(passing)));
    write_number(w, "passing_number", passing.passing_number);
    w.field("reason", flag.reason);
    w.field_bool("resent", passing.resent);
    write_text_or_null(w, "rider_id", rider_id);
    write_number(w, "rtc_time_us", passing.rtc_time_us);
    write_number_or_null(w, "transponder_id", passing.transponder_id);
    write_text_or_null(w, "transponder_string", passing.transponder_string);
  });
}

}  // namespace holeshot::race
