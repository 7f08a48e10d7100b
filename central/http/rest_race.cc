#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "central/http/rest_class_state.h"
#include "central/http/rest_context.h"
#include "central/http/rest_fields.h"
#include "central/http/rest_intents.h"
#include "common/contract/canonical_json.h"
#include "common/contract/subjects.h"

namespace holeshot::http {

namespace {

using contract::TrackId;
using Type = Field::Type;

constexpr std::array kIntentFields{
    Field{.name = "track_id", .max = 64},
    Field{.name = "moto_id", .max = 64},
    Field{.name = "reason", .max = 500},
};
constexpr std::array kAlertFields{
    Field{.name = "id", .max = 64},
    Field{.name = "level", .max = 16, .fallback = "\"info\""},
    // As much as a race engine takes for a board.
    Field{.name = "text", .required = true, .max = 1000},
};
constexpr std::array kClearFields{Field{.name = "id", .required = true, .max = 64}};

}  // namespace

Outcome<TrackId> track_of(const RestContext& context, const std::string& named) {
  std::string id = named;
  if (id.empty()) {
    HOLESHOT_ASSIGN(const auto all, lift(context.queries.ids(read::kTrack, "")));
    if (all.size() != 1) {
      return refuse(422, "track_required",
                    "there are " + std::to_string(all.size()) + " tracks: say which one with track_id",
                    "/track_id");
    }
    id = all[0];
  }
  HOLESHOT_ASSIGN(const auto track, lift(context.queries.object(read::kTrack, id)));
  if (!track) return not_found("track", id);
  return lift(TrackId::parse(id, "track_id"));
}

Outcome<Json> intent_of(RestContext& context, const Request& request, const char* type, const Json& body) {
  Json given = Json::object();
  HOLESHOT_TRY(read_fields(kIntentFields, body, "", given));
  Json intent = {{"type", type},
                 {"event_id", context.ids.next()},
                 {"ts_us", context.clock.wall_us()},
                 {"actor", actor_of(request)}};
  for (const char* name : {"track_id", "moto_id", "reason"}) {
    if (given[name].is_string()) intent[name] = given[name];
  }
  return intent;
}

namespace {

Response verdict_response(const Json& intent, const read::ControlResult& result) {
  if (!result.accepted) {
    const std::string code = result.code.empty() ? "refused" : result.code;
    return Response::problem(refuse(409, code, result.reason).error());
  }
  Json answer = {
      {"accepted", true}, {"intent_id", member(intent, "event_id")}, {"type", member(intent, "type")}};
  for (const char* name : {"track_id", "moto_id", "id"}) {
    if (!member(intent, name).is_null()) answer[name] = member(intent, name);
  }
  return Response::json(200, answer.dump());
}

// Stored, and the engine will judge it; nobody may take this for a yes.
Response pending_response(const Json& intent) {
  return Response::json(202, Json{{"accepted", nullptr},
                                  {"intent_id", member(intent, "event_id")},
                                  {"type", member(intent, "type")},
                                  {"code", "engine_behind"},
                                  {"detail",
                                   "stored, but the race engine has not answered yet: ask "
                                   "GET /api/race/intents/" +
                                       text_at(intent, "event_id") + " before repeating it"}}
                                 .dump());
}

}  // namespace

Outcome<Response> submit(RestContext& context, const TrackId& track, Json intent) {
  intent["track_id"] = track.str();
  HOLESHOT_ASSIGN(std::string body,
                  lift(contract::canonicalize(intent.dump(-1, ' ', false, Json::error_handler_t::replace))));
  HOLESHOT_TRY(lift(context.writer.append(contract::control_subject(track), {std::move(body)})));
  const std::string intent_id = text_at(intent, "event_id");
  std::optional<read::ControlResult> result;
  const auto judged = [&] {
    auto found = context.queries.control_result(intent_id);
    if (found) result = std::move(*found);
    return result.has_value();
  };
  if (!context.model.wait_until(judged, context.options.control_patience)) return pending_response(intent);
  return verdict_response(intent, *result);
}

Json track_config(const Json& track) {
  Json loops = Json::array();
  for (const auto& loop : member(track, "loops")) {
    Json one = Json::object();
    for (const char* name :
         {"id", "name", "decoder_id", "position", "is_start", "is_finish", "distance_mm"}) {
      if (!member(loop, name).is_null()) one[name] = member(loop, name);
    }
    loops.push_back(std::move(one));
  }
  return {{"name", member(track, "name")},
          {"gate_transponders", Json::array({member(track, "gate_beacon_id")})},
          {"loops", std::move(loops)}};
}

Outcome<Json> staged_rider(const Plan& plan, const std::string& rider_id, const Json& lane) {
  HOLESHOT_ASSIGN(const Json rider, plan.get(read::kRider, rider_id));
  Json one = {{"rider_id", member(rider, "id")}};
  if (!lane.is_null()) one["lane"] = lane;
  for (const char* name :
       {"first_name", "last_name", "plate_number", "transponder_id", "transponder_string"}) {
    if (!member(rider, name).is_null()) one[name] = member(rider, name);
  }
  return one;
}

namespace {

Outcome<Json> staged_riders(const Plan& plan, const Json& moto) {
  Json riders = Json::array();
  for (const auto& entry : member(moto, "entries")) {
    HOLESHOT_ASSIGN(Json one, staged_rider(plan, text_at(entry, "rider_id"), member(entry, "lane")));
    riders.push_back(std::move(one));
  }
  return riders;
}

Outcome<Response> stage(RestContext& context, const Request& request) {
  HOLESHOT_ASSIGN(const Json body, body_of(request));
  HOLESHOT_ASSIGN(Json intent, intent_of(context, request, "stage", body));
  const std::string moto_id = text_at(intent, "moto_id");
  if (moto_id.empty()) return refuse(422, "invalid", "moto_id is missing", "/moto_id");
  const Plan plan{context.queries};
  HOLESHOT_ASSIGN(const Json moto, plan.get(read::kMoto, moto_id));
  HOLESHOT_ASSIGN(const Json event, plan.get(read::kEvent, text_at(moto, "event_id")));
  HOLESHOT_ASSIGN(const Json its_class, plan.get(read::kClass, text_at(moto, "class_id")));
  const std::string event_track = text_at(event, "track_id");
  const std::string named = text_at(intent, "track_id");
  if (!named.empty() && named != event_track) {
    return refuse(409, "wrong_track", "the moto is raced at track " + event_track, "/track_id");
  }
  HOLESHOT_ASSIGN(const TrackId track_id, track_of(context, event_track));
  HOLESHOT_ASSIGN(const Json track, plan.get(read::kTrack, event_track));
  if (member(moto, "filled") == false) {
    return refuse(409, "not_filled",
                  "the moto is filled from the results of the round before, which is not finished");
  }
  if (member(moto, "entries").empty())
    return refuse(409, "moto_empty", "nobody is left to ride in this moto");
  HOLESHOT_ASSIGN(intent["riders"], staged_riders(plan, moto));
  HOLESHOT_ASSIGN(const auto book, book_of(context.queries, its_class, event));
  // The engine knows the books that are built in, and its times are theirs.
  intent["rule_book"] = book.based_on.empty() ? book.name : book.based_on;
  intent["track_config"] = track_config(track);
  intent["event_ref"] = member(moto, "event_id");
  intent["class_id"] = member(moto, "class_id");
  intent["class_name"] = member(its_class, "name");
  intent["round_type"] = member(moto, "round_type");
  return submit(context, track_id, std::move(intent));
}

Outcome<Response> simple_intent(RestContext& context, const Request& request, const char* type) {
  HOLESHOT_ASSIGN(const Json body, body_of(request, EmptyBody::kAllowed));
  HOLESHOT_ASSIGN(Json intent, intent_of(context, request, type, body));
  HOLESHOT_ASSIGN(const TrackId track, track_of(context, text_at(intent, "track_id")));
  return submit(context, track, std::move(intent));
}

Outcome<Response> alert_intent(RestContext& context, const Request& request, const char* type,
                               std::span<const Field> fields) {
  HOLESHOT_ASSIGN(const Json body, body_of(request));
  HOLESHOT_ASSIGN(Json intent, intent_of(context, request, type, body));
  Json alert = Json::object();
  HOLESHOT_TRY(read_fields(fields, body, "", alert));
  if (alert["id"].is_null()) alert["id"] = context.ids.next();
  intent.update(alert);
  HOLESHOT_ASSIGN(const TrackId track, track_of(context, text_at(intent, "track_id")));
  return submit(context, track, std::move(intent));
}

Outcome<Response> intent_result(const RestContext& context, const Request& request) {
  const std::string& id = request.params.at("id");
  HOLESHOT_ASSIGN(const auto result, lift(context.queries.control_result(id)));
  if (!result) return not_found("result of intent", id);
  return Response::json(200, Json{{"intent_id", result->intent_id},
                                  {"track_id", result->track_id},
                                  {"type", result->type},
                                  {"accepted", result->accepted},
                                  {"code", result->code},
                                  {"reason", result->reason}}
                                 .dump());
}

Outcome<Response> state(const RestContext& context, const Request& request) {
  HOLESHOT_ASSIGN(const TrackId track, track_of(context, request.query_value("track_id").value_or("")));
  auto text = context.options.race_state ? context.options.race_state(track) : std::nullopt;
  return Response::json(200, std::move(text).value_or(R"({"phase":"idle","snapshot":null})"));
}

// Whoever consumes the log; none in a program that only serves.
Outcome<Response> workers(RestContext& context, const Request& /*request*/) {
  return Response::json(200, context.options.workers ? context.options.workers() : R"({"workers":[]})");
}

}  // namespace

void add_race_routes(Router& router, RestContext& context) {
  const auto add = [&](const char* method, const char* pattern, auto handler) {
    router.add(method, pattern,
               answering([&context, handler](const Request& request) { return handler(context, request); }));
  };
  add("POST", "/api/race/stage", stage);
  add("POST", "/api/race/reset",
      [](RestContext& c, const Request& r) { return simple_intent(c, r, "reset"); });
  add("POST", "/api/race/force-finish",
      [](RestContext& c, const Request& r) { return simple_intent(c, r, "force_finish"); });
  add("POST", "/api/race/alert",
      [](RestContext& c, const Request& r) { return alert_intent(c, r, "alert", kAlertFields); });
  add("POST", "/api/race/alert/clear",
      [](RestContext& c, const Request& r) { return alert_intent(c, r, "clear_alert", kClearFields); });
  add("GET", "/api/race/intents/{id}", intent_result);
  // The contract writes this one with and without /api.
  add("GET", "/api/race/state", state);
  add("GET", "/race/state", state);
  add("GET", "/api/workers", workers);
}

}  // namespace holeshot::http
