#include <nlohmann/json.hpp>
#include <string>

#include "central/read/rows.h"
#include "common/contract/subjects.h"

namespace holeshot::read {

using nlohmann::json;

base::Status apply_imported_result(SqliteDb& db, const log::Event& event) {
  const json body = json::parse(event.body, nullptr, false);
  if (body.is_discarded() || !body.is_object())
    return base::fail(base::Code::kInvalid, "registry: not a JSON object");
  json payload = body.value("object", json::object());
  if (!payload.is_object() || !payload.contains("results")) {
    return base::fail(base::Code::kInvalid, "registry: an imported result without results");
  }
  payload["moto_id"] = body.value("id", json(nullptr));
  const json track = payload.value("track_id", json(nullptr));
  // One meaning of a result: it is read as the engine's own would be.
  log::Event raced = event;
  raced.subject =
      std::string{contract::kEventsPrefix} + (track.is_string() ? track.get<std::string>() : std::string{});
  raced.body = json{{"event_type", "race_finished"},
                    {"ts_us", body.value("ts_us", json(0))},
                    {"payload", std::move(payload)}}
                   .dump(-1, ' ', false, json::error_handler_t::replace);
  return apply_race(db, raced);
}

}  // namespace holeshot::read
