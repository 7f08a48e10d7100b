#include "central/read/race_body.h"

#include <utility>

#include "common/contract/subjects.h"

namespace holeshot::read {

using base::Code;
using base::fail;
using nlohmann::json;

std::string text_at(const json& object, const char* name) {
  const auto it = object.find(name);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string{};
}

bool flag_at(const json& object, const char* name) {
  const auto it = object.find(name);
  return it != object.end() && it->is_boolean() && it->get<bool>();
}

SqlValue number_at(const json& object, const char* name) {
  const auto it = object.find(name);
  if (it == object.end() || !it->is_number_integer()) return std::monostate{};
  return it->get<std::int64_t>();
}

std::string dumped(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

base::Result<RaceBody> parse_race_body(const log::Event& event) {
  json body = json::parse(event.body, nullptr, false);
  if (body.is_discarded() || !body.is_object()) return fail(Code::kInvalid, "race event: not a JSON object");
  const auto track = contract::track_of(event.subject, contract::kEventsPrefix);
  if (!track) return fail(Code::kInvalid, "race event: its subject names no track");
  RaceBody race;
  race.offset = event.offset;
  race.engine = event.boot.str();
  race.type = text_at(body, "event_type");
  race.event_id = text_at(body, "event_id");
  race.track_id = track->str();
  race.source = text_at(body, "source");
  if (const auto payload = body.find("payload"); payload != body.end() && payload->is_object()) {
    race.payload = std::move(*payload);
  }
  race.moto_id = text_at(race.payload, "moto_id");
  if (race.moto_id.empty()) race.moto_id = text_at(body, "moto_id");
  const SqlValue ts = number_at(body, "ts_us");
  if (const auto* number = std::get_if<std::int64_t>(&ts)) race.ts_us = *number;
  return race;
}

}  // namespace holeshot::read
