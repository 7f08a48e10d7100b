// A decoder board's whole memory as canonical JSON and back.
#include <string>
#include <utility>

#include "central/race/decoder_board.h"
#include "central/race/json_in.h"
#include "central/race/payloads.h"
#include "central/race/race_event.h"

namespace holeshot::race {

using base::JsonWriter;

namespace {

constexpr std::string_view kBoardVersion = "board-snapshot-v1";

std::unexpected<base::Error> corrupt(std::string_view why) {
  return base::fail(base::Code::kCorrupt, "restore decoder board: " + std::string{why},
                    "derive again from the log instead");
}

// What a decoder never said is left out.
void write_signed(JsonWriter& w, std::string_view name, const std::optional<std::int64_t>& value) {
  if (!value) return;
  w.key(name);
  w.number_signed(*value);
}

}  // namespace

std::string DecoderBoard::snapshot() const {
  std::string out;
  JsonWriter w(out);
  w.open_object();
  w.key("decoders");
  w.open_array();
  for (const auto& [id, health] : decoders_) {
    w.open_object();
    w.field("decoder_id", id);
    write_signed(w, "gps_status", health.status.gps_status);
    write_number(w, "last_passing_us", health.last_passing_us);
    write_number(w, "last_seen_us", health.last_seen_us);
    write_signed(w, "noise", health.status.noise);
    write_signed(w, "satellites", health.status.satellites);
    write_signed(w, "temperature", health.status.temperature);
    w.close_object();
  }
  w.close_array();
  w.field_raw("loops", loops_json(loops_));
  w.field("version", kBoardVersion);
  w.close_object();
  return out;
}

base::Result<DecoderBoard> DecoderBoard::restore(std::string_view snapshot) {
  const auto doc = JsonDoc::parse(snapshot);
  if (!doc) return corrupt(doc.error().message);
  const JsonRef root = doc->root();
  if (root["version"].text() != kBoardVersion) return corrupt("not of version " + std::string{kBoardVersion});
  if (!root["decoders"].is_array() || !root["loops"].is_array()) return corrupt("a field is missing");
  DecoderBoard board;
  for (JsonRef v = root["decoders"].first(); v; v = v.next()) {
    Health* health = board.health_of(v["decoder_id"].text_or_empty());
    if (health == nullptr) return corrupt("more decoders than a board holds");
    health->status = {.noise = v["noise"].signed_number(),
                      .temperature = v["temperature"].signed_number(),
                      .gps_status = v["gps_status"].signed_number(),
                      .satellites = v["satellites"].signed_number()};
    health->last_seen_us = v["last_seen_us"].number().value_or(0);
    health->last_passing_us = v["last_passing_us"].number().value_or(0);
  }
  auto loops = read_loops(root["loops"]);
  if (!loops) return corrupt(loops.error().message);
  board.loops_ = std::move(*loops);
  return board;
}

}  // namespace holeshot::race
