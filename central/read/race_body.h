// A race event or an intent as the log holds it, taken apart as far as rows need it. Private to the room.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "central/log/event_log.h"
#include "central/read/sqlite_db.h"
#include "common/base/result.h"

namespace holeshot::read {

struct RaceBody {
  log::Offset offset;
  std::string engine;  // the version of the rules that said it
  std::string type;
  std::string event_id;
  std::string track_id;
  std::string moto_id;  // may be empty
  std::string source;   // key of the log event that caused it; empty where it is not said
  std::int64_t ts_us = 0;
  nlohmann::json payload = nlohmann::json::object();
};

// kInvalid where the body is no object or the subject names no track.
[[nodiscard]] base::Result<RaceBody> parse_race_body(const log::Event& event);

// Of a member that is missing or of another type: empty, false, NULL.
[[nodiscard]] std::string text_at(const nlohmann::json& object, const char* name);
[[nodiscard]] bool flag_at(const nlohmann::json& object, const char* name);
[[nodiscard]] SqlValue number_at(const nlohmann::json& object, const char* name);

// Bytes that are no UTF-8 are replaced, so whatever was stored can be answered.
[[nodiscard]] std::string dumped(const nlohmann::json& value);

}  // namespace holeshot::read
