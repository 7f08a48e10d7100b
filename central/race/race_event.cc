#include "central/race/race_event.h"

namespace holeshot::race {

void write_number(base::JsonWriter& w, std::string_view name, std::uint64_t value) {
  if (value <= kMaxSafeInteger) {
    w.field(name, value);
  } else {
    w.field(name, std::string_view{std::to_string(value)});
  }
}

void write_text_or_null(base::JsonWriter& w, std::string_view name, std::string_view text) {
  w.key(name);
  if (text.empty()) {
    w.null();
  } else {
    w.string(text);
  }
}

std::string to_json(const RaceEvent& event) {
  std::string out;
  out.reserve(event.payload.size() + 512);
  base::JsonWriter w(out);
  w.open_object();
  write_text_or_null(w, "class_id", event.class_id);
  w.field("event_id", event.event_id);
  write_text_or_null(w, "event_ref", event.event_ref);
  w.field("event_type", event.event_type);
  write_text_or_null(w, "moto_id", event.moto_id);
  w.field("ordinal", event.ordinal);
  w.field_raw("payload", event.payload);
  w.key("riders");
  w.open_array();
  for (const auto& rider : event.riders) w.string(rider);
  w.close_array();
  w.field("source", event.source);
  w.field("track_id", event.track_id.str());
  write_number(w, "ts_us", event.ts_us);
  w.close_object();
  return out;
}

}  // namespace holeshot::race
