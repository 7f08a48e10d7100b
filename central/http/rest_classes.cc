#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "central/http/rest_context.h"
#include "central/http/rest_fields.h"

namespace holeshot::http {

namespace {

using Type = Field::Type;

constexpr std::array<std::string_view, 4> kFormats{"motos_only", "motos_main", "motos_semis_main",
                                                   "motos_quarters_semis_main"};
constexpr std::array<std::string_view, 2> kScorings{"total_points", "transfer"};
constexpr std::array<std::string_view, 3> kSkills{"Novice", "Intermediate", "Expert"};
// A class may be mixed, so these three are any text.
constexpr std::array kClassFields{
    Field{.name = "name", .required = true},
    Field{.name = "age_group", .max = 32},
    Field{.name = "skill_level", .type = Type::kChoice, .choices = kSkills},
    Field{.name = "gender", .max = 32},
    Field{.name = "equipment", .max = 32},
    Field{.name = "race_format", .type = Type::kChoice, .choices = kFormats, .fallback = "\"motos_only\""},
    Field{.name = "scoring", .type = Type::kChoice, .choices = kScorings, .fallback = "\"total_points\""},
};
// 128 is the largest class that a rule book knows rounds for.
constexpr std::size_t kMaxRidersInClass = 128;

Outcome<Response> class_response(const RestContext& context, int status, const std::string& id) {
  HOLESHOT_ASSIGN(auto text, lift(context.queries.class_json(id)));
  if (!text) return not_found("class", id);
  return Response::json(status, std::move(*text));
}

Outcome<Response> create_class(RestContext& context, const Request& request) {
  const std::string& event_id = request.params.at("id");
  HOLESHOT_ASSIGN(const Json body, body_of(request));
  const std::string id = context.ids.next();
  const auto change = [&](Plan& plan) -> Verdict {
    HOLESHOT_TRY(plan.get(read::kEvent, event_id));
    Json its = {{"event_id", event_id}, {"rider_ids", Json::array()}};
    HOLESHOT_TRY(read_fields(kClassFields, body, "", its));
    plan.put(read::kClass, id, its);
    return {};
  };
  HOLESHOT_TRY(context.registry.commit(actor_of(request), change));
  return class_response(context, 201, id);
}

Outcome<Response> delete_class(RestContext& context, const Request& request) {
  const std::string& id = request.params.at("class");
  const auto change = [&](Plan& plan) -> Verdict {
    HOLESHOT_TRY(class_of_event(plan, request.params.at("id"), id));
    HOLESHOT_TRY(remove_motos(plan, id));
    plan.remove(read::kClass, id);
    return {};
  };
  HOLESHOT_TRY(context.registry.commit(actor_of(request), change));
  return Response::no_content();
}

Outcome<Response> enter_rider(RestContext& context, const Request& request) {
  const std::string& id = request.params.at("class");
  HOLESHOT_ASSIGN(const Json body, body_of(request));
  const std::string rider_id = text_at(body, "rider_id");
  if (rider_id.empty()) return refuse(422, "invalid", "rider_id is missing", "/rider_id");
  const auto change = [&](Plan& plan) -> Verdict {
    HOLESHOT_ASSIGN(Json its, class_of_event(plan, request.params.at("id"), id));
    HOLESHOT_ASSIGN(const auto rider, lift(plan.queries().object(read::kRider, rider_id)));
    if (!rider) return refuse(422, "invalid", "there is no rider " + rider_id, "/rider_id");
    Json& riders = its["rider_ids"];
    if (std::find(riders.begin(), riders.end(), rider_id) != riders.end()) {
      return refuse(409, "entered", "the rider is in this class already", "/rider_id");
    }
    if (riders.size() >= kMaxRidersInClass) {
      return refuse(409, "class_full",
                    "a class has at most " + std::to_string(kMaxRidersInClass) + " riders");
    }
    riders.push_back(rider_id);
    plan.put(read::kClass, id, its);
    return {};
  };
  HOLESHOT_TRY(context.registry.commit(actor_of(request), change));
  return class_response(context, 201, id);
}

// Whether one of the class's motos has the rider on its list.
Outcome<bool> rides_in(const Plan& plan, const std::string& class_id, const std::string& rider_id) {
  HOLESHOT_ASSIGN(const auto held, lift(plan.queries().references(read::kRider, rider_id)));
  HOLESHOT_ASSIGN(const auto motos, lift(plan.queries().references(read::kClass, class_id)));
  return std::any_of(held.begin(), held.end(), [&](const read::Reference& one) {
    return one.kind == read::kMoto &&
           std::any_of(motos.begin(), motos.end(), [&](const read::Reference& moto) {
             return moto.kind == read::kMoto && moto.id == one.id;
           });
  });
}

Outcome<Response> scratch_rider(RestContext& context, const Request& request) {
  const std::string& id = request.params.at("class");
  const std::string& rider_id = request.params.at("rider");
  const auto change = [&](Plan& plan) -> Verdict {
    HOLESHOT_ASSIGN(Json its, class_of_event(plan, request.params.at("id"), id));
    Json& riders = its["rider_ids"];
    const auto at = std::find(riders.begin(), riders.end(), rider_id);
    if (at == riders.end()) return not_found("rider in this class", rider_id);
    HOLESHOT_ASSIGN(const bool drawn, rides_in(plan, id, rider_id));
    if (drawn) return refuse(409, "in_moto", "the rider is drawn into motos of this class");
    riders.erase(at);
    plan.put(read::kClass, id, its);
    return {};
  };
  HOLESHOT_TRY(context.registry.commit(actor_of(request), change));
  return Response::no_content();
}

Outcome<Response> standings(const RestContext& context, const Request& request) {
  const Plan plan{context.queries};
  HOLESHOT_TRY(class_of_event(plan, request.params.at("id"), request.params.at("class")));
  HOLESHOT_ASSIGN(auto text, lift(context.queries.standings_json(request.params.at("class"))));
  if (!text) return not_found("class", request.params.at("class"));
  return Response::json(200, std::move(*text));
}

}  // namespace

Outcome<Json> class_of_event(const Plan& plan, const std::string& event_id, const std::string& class_id) {
  HOLESHOT_TRY(plan.get(read::kEvent, event_id));
  HOLESHOT_ASSIGN(Json its, plan.get(read::kClass, class_id));
  if (text_at(its, "event_id") != event_id) return not_found("class in this event", class_id);
  return its;
}

void add_class_routes(Router& router, RestContext& context) {
  const auto add = [&](const char* method, const char* pattern, auto handler) {
    router.add(method, pattern,
               answering([&context, handler](const Request& request) { return handler(context, request); }));
  };
  add("POST", "/api/events/{id}/classes", create_class);
  add("DELETE", "/api/events/{id}/classes/{class}", delete_class);
  add("POST", "/api/events/{id}/classes/{class}/riders", enter_rider);
  add("DELETE", "/api/events/{id}/classes/{class}/riders/{rider}", scratch_rider);
  add("GET", "/api/events/{id}/classes/{class}/standings",
      [](RestContext& c, const Request& request) { return standings(c, request); });
}

}  // namespace holeshot::http
