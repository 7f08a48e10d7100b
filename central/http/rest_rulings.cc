// What officials rule: each is an intent that goes to the race engine with the fields of the body as they were given, and is
// answered with what the engine said to it.
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "central/http/rest_context.h"
#include "central/http/rest_fields.h"
#include "central/http/rest_intents.h"

namespace holeshot::http {

namespace {

using Type = Field::Type;

constexpr double kLargestInteger = 9007199254740991.0;  // that JSON carries exactly
constexpr double kLongestRaceUs = 3'600'000'000.0;
constexpr double kMostLanes = 16;

// What has to be there and right; whatever else the body holds goes along, and the engine judges it.
constexpr Field kRider{.name = "rider_id", .required = true, .max = 64};
constexpr std::array kOfRider{kRider};
constexpr std::array kPlace{
    kRider, Field{.name = "place", .type = Type::kInteger, .required = true, .min = 1, .max = kMostLanes}};
constexpr std::array kTime{
    kRider, Field{.name = "elapsed_us", .type = Type::kInteger, .required = true, .max = kLongestRaceUs}};
constexpr std::array kLane{
    kRider, Field{.name = "lane", .type = Type::kInteger, .required = true, .min = 1, .max = kMostLanes}};
constexpr std::array kTransponder{kRider, Field{.name = "transponder_id", .type = Type::kTransponder}};
constexpr std::array kPassing{Field{.name = "passing", .required = true, .max = 256}};
constexpr std::array kRerun{Field{.name = "reason", .required = true, .max = 500}};
constexpr std::array kGate{Field{.name = "time_us", .type = Type::kInteger, .max = kLargestInteger}};
constexpr std::array kUndo{Field{.name = "undoes", .required = true, .max = 64}};

struct Ruling {
  const char* path;
  const char* intent;
  std::span<const Field> fields;
};
constexpr std::array kRulings{
    Ruling{"/api/race/dns", "dns", kOfRider},
    Ruling{"/api/race/dnf", "dnf", kOfRider},
    Ruling{"/api/race/dsq", "dsq", kOfRider},
    Ruling{"/api/race/rel", "rel", kOfRider},
    Ruling{"/api/race/place", "set_place", kPlace},
    Ruling{"/api/race/time", "set_time", kTime},
    Ruling{"/api/race/photo-finish", "photo_finish", {}},
    Ruling{"/api/race/assign-rider", "assign_rider", kOfRider},
    Ruling{"/api/race/assign-lane", "assign_lane", kLane},
    Ruling{"/api/race/assign-transponder", "assign_transponder", kTransponder},
    Ruling{"/api/race/assign-passing", "assign_passing", kPassing},
    Ruling{"/api/race/rerun", "rerun", kRerun},
    Ruling{"/api/race/red-flag", "red_flag", {}},
    Ruling{"/api/race/all-clear", "all_clear", {}},
    Ruling{"/api/race/gate", "gate", kGate},
    Ruling{"/api/race/practice", "practice", {}},
    Ruling{"/api/race/undo", "undo", kUndo},
};

// Intents are canonical JSON, whose numbers are integers. 422 with a pointer to the first that is none.
Verdict only_integers(const Json& value, const std::string& at) {
  if (value.is_number_float()) return refuse(422, "invalid", "numbers have to be integers", at);
  if (!value.is_structured()) return {};
  for (const auto& [name, item] : value.items()) HOLESHOT_TRY(only_integers(item, at + "/" + name));
  return {};
}

// `new_rider_id` names who is to ride instead: the engine is told who that is.
Verdict add_new_rider(const RestContext& context, Json& intent) {
  const std::string id = text_at(intent, "new_rider_id");
  if (id.empty()) return {};
  auto rider = staged_rider(Plan{context.queries}, id, member(intent, "lane"));
  if (!rider) return refuse(422, "invalid", "there is no rider " + id, "/new_rider_id");
  intent["rider"] = std::move(*rider);
  intent.erase("new_rider_id");
  return {};
}

Verdict photo_order(const Json& intent) {
  const Json& riders = member(intent, "riders");
  if (!riders.is_array() || riders.empty())
    return refuse(422, "invalid", "riders has to be a list of rider ids, in the order of the photo",
                  "/riders");
  for (std::size_t i = 0; i < riders.size(); ++i) {
    if (!riders[i].is_string())
      return refuse(422, "invalid", "has to be a rider id", "/riders/" + std::to_string(i));
  }
  return {};
}

// Practice needs the loops, which a stage would have said.
Verdict add_track(const RestContext& context, const contract::TrackId& track, Json& intent) {
  const Json& on = member(intent, "on");
  if (!on.is_null() && !on.is_boolean()) return refuse(422, "invalid", "on has to be true or false", "/on");
  if (on == false || intent.contains("track_config")) return {};
  HOLESHOT_ASSIGN(const Json object, Plan{context.queries}.get(read::kTrack, track.str()));
  intent["track_config"] = track_config(object);
  return {};
}

Outcome<Response> rule(RestContext& context, const Request& request, const Ruling& ruling) {
  HOLESHOT_ASSIGN(const Json body, body_of(request, EmptyBody::kAllowed));
  Json checked = Json::object();
  HOLESHOT_TRY(read_fields(ruling.fields, body, "", checked));
  HOLESHOT_TRY(only_integers(body, ""));
  HOLESHOT_ASSIGN(Json intent, intent_of(context, request, ruling.intent, body));
  for (const auto& [name, value] : body.items()) {
    if (!intent.contains(name)) intent[name] = checked.contains(name) ? checked[name] : value;
  }
  const std::string type = ruling.intent;
  HOLESHOT_ASSIGN(const auto track, track_of(context, text_at(intent, "track_id")));
  if (type == "photo_finish") HOLESHOT_TRY(photo_order(intent));
  if (type == "assign_rider") HOLESHOT_TRY(add_new_rider(context, intent));
  if (type == "practice") HOLESHOT_TRY(add_track(context, track, intent));
  return submit(context, track, std::move(intent));
}

}  // namespace

void add_ruling_routes(Router& router, RestContext& context) {
  for (const auto& ruling : kRulings) {
    router.add("POST", ruling.path, answering([&context, &ruling](const Request& request) {
                 return rule(context, request, ruling);
               }));
  }
}

}  // namespace holeshot::http
