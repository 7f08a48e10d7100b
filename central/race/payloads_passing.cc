// The payloads that nearly every passing gives, written into memory that is there already.
#include "central/race/json_row.h"
#include "central/race/payload_parts.h"
#include "central/race/payloads.h"

namespace holeshot::race {

namespace {

// key_of() as a JSON text; "" where there is no hit.
void add_key(JsonRow& row, const Hit* hit) {
  if (hit == nullptr) {
    row.text(R"("")");
    return;
  }
  const Passing& passing = hit->passing;
  row.open_string(passing.decoder_id).text(":").number(passing.passing_number);
  row.text(":").number(passing.rtc_time_us).text("\"");
}

// As write_number_or_null() does: a time by hand may be any number.
void add_number_or_null(JsonRow& row, const std::optional<std::uint64_t>& value) {
  if (!value || *value <= kMaxSafeInteger) {
    row.number_or_null(value);
  } else {
    row.text("\"").number(*value).text("\"");
  }
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
  add_key(row, race.moto.crossing_hit(line.rider, *line.loop));
  row.text(R"(,"position":)").number_or_null(line.position);
  row.text(R"(,"reason":)").string(place.reason);
  row.text(R"(,"rider_id":)").text(race.texts.rider_id(line.rider));
  row.text(line.unsynchronised ? R"(,"unsynchronised":true})" : "}");
}

void write_positions_update(std::string& out, Race& race, const View& now) {
  out.append(R"({"event_type":"positions_update","moto_id":)").append(race.texts.moto_id());
  out.append(R"(,"positions":[)");
  for (const Line& line : now.lines) {
    if (!line.loop && !line.ruled) continue;
    if (out.back() != '[') out += ',';
    race.texts.add_position(out, line, now.phase == Phase::kFinished);
  }
  out.append("]}");
}

void write_rider_finished(std::string& out, const Race& race, const Line& line, bool corrected) {
  const bool timed = is_timed(race, line);
  JsonRow row(out);
  row.text(R"({"corrected":)").boolean(corrected);
  row.text(R"(,"elapsed_us":)");
  add_number_or_null(row, when(timed && !line.unsynchronised, line.elapsed_us));
  row.text(R"(,"estimated":)").boolean(line.estimated);
  row.text(R"(,"event_type":"rider_finished","finish_position":)").number_or_null(line.position);
  row.text(R"(,"gap_to_leader_us":)");
  add_number_or_null(row, when(timed, line.gap_us));
  row.text(R"(,"moto_id":)").text(race.texts.moto_id());
  row.text(R"(,"rider_id":)").text(race.texts.rider_id(line.rider));
  row.text(R"(,"ruled":)").boolean(line.ruled);
  row.text(line.unsynchronised ? R"(,"unsynchronised":true})" : "}");
}

}  // namespace holeshot::race
