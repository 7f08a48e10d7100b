// An event's document put back into the registry (docs/api.yaml, EventDocument). Private to the REST files.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "central/http/rest_context.h"

namespace holeshot::http {

inline constexpr const char* kEventFormat = "holeshot-event.v1";

// The object as a document has it: with its id, and without the times that belong to this log.
[[nodiscard]] nlohmann::json with_id(const std::string& id, nlohmann::json object);

struct Restored {
  std::size_t riders_new = 0;
  std::size_t riders_kept = 0;
  bool track_new = false;
  std::size_t classes = 0;
  std::size_t motos = 0;
  std::size_t results = 0;
};

// Plans everything that the document holds: its track and riders where they are not here yet, and the event itself. 409 where
// the event or a part of it is here, 422 with a pointer where something is wrong; nothing is to be written then.
[[nodiscard]] Outcome<Restored> restore_event(Plan& plan, const nlohmann::json& document);

}  // namespace holeshot::http
