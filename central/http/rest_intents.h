// Intents to the race engine, as all race routes send them: through the log, answered with the engine's verdict. Private to
// the REST files.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "central/http/rest_context.h"
#include "common/contract/ids.h"

namespace holeshot::http {

// The track that is meant: the one named, or the only one there is. 422 track_required, 404.
[[nodiscard]] Outcome<contract::TrackId> track_of(const RestContext& context, const std::string& named);

// The head of every intent: type, event_id, ts_us, actor; and track_id, moto_id, reason where the body has them.
[[nodiscard]] Outcome<nlohmann::json> intent_of(RestContext& context, const Request& request,
                                                const char* type, const nlohmann::json& body);

// Appends the intent and waits for what the engine says to it: 200, 409 with its code and reason, 202 where it has not
// answered in time.
[[nodiscard]] Outcome<Response> submit(RestContext& context, const contract::TrackId& track,
                                       nlohmann::json intent);

// What the engine has to know of a track.
[[nodiscard]] nlohmann::json track_config(const nlohmann::json& track);

// {rider_id, lane?, first_name, last_name, plate_number, transponder_id?, transponder_string?}
[[nodiscard]] Outcome<nlohmann::json> staged_rider(const RegistryWriter::Plan& plan,
                                                   const std::string& rider_id, const nlohmann::json& lane);

}  // namespace holeshot::http
