// The payloads that nearly every passing gives, written into memory that is there already.
#include "central/race/json_row.h"
#include "central/race/payload_parts.h"
#include "central/race/payloads.h"

namespace holeshot::race {

namespace {

// key_of() as a JSON text; "" where there is no hit.
void add_key(std::string& out, const Hit* hit) {
  JsonRow row(out);
  if (hit == nullptr) {
    row.string("");
    return;
  }
  row.string(hit->passing.decoder_id);
  out.pop_back();
  row.text(":").number(hit->passing.passing_number).text(":").number(hit->passing.rtc_time_us).text("\"");
}

}  // namespace

void write_split_time(std::string& out, const Race& race, const Line& line, bool corrected,
                      const Place& place) {
  JsonRow row(out);
  row.text(R"({"confidence":")").text(to_string(place.confidence));
  row.text(R"(","corrected":)").boolean(corrected);
  row.text(R"(,"elapsed_us":)").number_or_null(when(!line.unsynchronised, line.elapsed_us));
  row.text(R"(,"estimated":)").boolean(line.estimated);
  row.text(R"(,"event_type":"split_time","gap_to_leader_us":)").number(line.gap_us);
  row.text(race.texts.split(*line.loop));
  add_key(out, race.moto.crossing_hit(line.rider, *line.loop));
  row.text(R"(,"position":)").number_or_null(line.position);
  row.text(R"(,"reason":)").string(place.reason);
  row.text(R"(,"rider_id":)").text(race.texts.rider_id(line.rider));
  row.text(line.unsynchronised ? R"(,"unsynchronised":true})" : "}");
}

void write_positions_update(std::string& out, Race& race, const View& now) {
  JsonRow row(out);
  row.text(R"({"event_type":"positions_update","moto_id":)").text(race.texts.moto_id());
  row.text(R"(,"positions":[)");
  for (const Line& line : now.lines) {
    if (!line.loop && !line.ruled) continue;
    if (out.back() != '[') out += ',';
    race.texts.add_position(out, line, now.phase == Phase::kFinished);
  }
  row.text("]}");
}

void write_rider_finished(std::string& out, const Race& race, const Line& line, bool corrected) {
  const bool timed = is_timed(race, line);
  base::JsonWriter w(out);
  w.open_object();
  w.field_bool("corrected", corrected);
  write_number_or_null(w, "elapsed_us", when(timed && !line.unsynchronised, line.elapsed_us));
  w.field_bool("estimated", line.estimated);
  w.field("event_type", event_type::kRiderFinished);
  write_number_or_null(w, "finish_position", line.position);
  write_number_or_null(w, "gap_to_leader_us", when(timed, line.gap_us));
  w.field_raw("moto_id", race.texts.moto_id());
  w.field_raw("rider_id", race.texts.rider_id(line.rider));
  w.field_bool("ruled", line.ruled);
  if (line.unsynchronised) w.field_bool("unsynchronised", true);
  w.close_object();
}

}  // namespace holeshot::race
