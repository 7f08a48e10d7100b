#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "central/http/rest_class_state.h"
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
    Field{.name = "rule_book", .max = 64},  // null: the event's
};
// 128 is the largest class that a rule book knows rounds for.
constexpr std::size_t kMaxRidersInClass = 128;

Outcome<Response> create_class(RestContext& context, const Request& request) {
  const std::string& event_id = request.params.at("id");
  HOLESHOT_ASSIGN(const Json body, body_of(request));
  const std::string id = context.ids.next();
  const auto change = [&](Plan& plan) -> Verdict {
    HOLESHOT_TRY(plan.get(read::kEvent, event_id));
    Json its = {{"event_id", event_id}, {"rider_ids", Json::array()}};
    HOLESHOT_TRY(read_fields(kClassFields, body, "", its));
    HOLESHOT_TRY(rule_book_exists(plan.queries(), its));
    plan.put(read::kClass, id, its);
    return {};
  };
  HOLESHOT_TRY(context.registry.commit(actor_of(request), change));
  return class_response(context, 201, id);
}

// A class that is drawn keeps what its draw was made by.
Verdict stays_as_drawn(const Plan& plan, const std::string& id, const Json& before, const Json& after) {
  HOLESHOT_ASSIGN(const auto held, lift(plan.queries().references(read::kClass, id)));
  const bool drawn = std::any_of(held.begin(), held.end(),
                                 [](const read::Reference& one) { return one.kind == read::kMoto; });
  for (const char* name : {"race_format", "scoring", "rule_book"}) {
    if (drawn && member(before, name) != member(after, name)) {
      return refuse(409, "drawn",
                    std::string{name} + " cannot change once motos are drawn: delete the draw first",
                    std::string{"/"} + name);
    }
  }
  return {};
}

Outcome<Response> change_class(RestContext& context, const Request& request) {
  const std::string& id = request.params.at("class");
  HOLESHOT_ASSIGN(const Json body, body_of(request));
  const auto change = [&](Plan& plan) -> Verdict {
    HOLESHOT_ASSIGN(const Json before, class_of_event(plan, request.params.at("id"), id));
    HOLESHOT_ASSIGN(Json its, plan.get_matching(read::kClass, id, request));
    HOLESHOT_TRY(read_fields(kClassFields, body, "", its));
    HOLESHOT_TRY(rule_book_exists(plan.queries(), its));
    HOLESHOT_TRY(stays_as_drawn(plan, id, before, its));
    plan.put(read::kClass, id, its);
    return {};
  };
  HOLESHOT_TRY(context.registry.commit(actor_of(request), change));
  return class_response(context, 200, id);
}

// Takes the draw away, unless something of it has been to the gate.
Outcome<Response> delete_draw(RestContext& context, const Request& request) {
  const std::string& id = request.params.at("class");
  const auto change = [&](Plan& plan) -> Verdict {
    HOLESHOT_TRY(class_of_event(plan, request.params.at("id"), id));
    HOLESHOT_ASSIGN(Json its, plan.get_matching(read::kClass, id, request));
    HOLESHOT_TRY(remove_motos(plan, id));
    its.erase("draw");
    plan.put(read::kClass, id, its);
    return {};
  };
  HOLESHOT_TRY(context.registry.commit(actor_of(request), change));
  return Response::no_content();
}

Outcome<Response> show_class(RestContext& context, const Request& request) {
  const Plan plan{context.queries};
  HOLESHOT_TRY(class_of_event(plan, request.params.at("id"), request.params.at("class")));
  return class_response(context, 200, request.params.at("class"));
}

Outcome<Response> delete_class(RestContext& context, const Request& request) {
  const std::string& id = request.params.at("class");
  const auto change = [&](Plan& plan) -> Verdict {
    const auto its = class_of_event(plan, request.params.at("id"), id);
    if (!its) return std::unexpected(its.error());
    HOLESHOT_TRY(plan.get_matching(read::kClass, id, request));
    HOLESHOT_TRY(remove_motos(plan, id));
    if (!member(*its, "merged").empty())
      return refuse(409, "merged", "other classes are merged into this one: split it first");
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
    if (!text_at(its, "merged_into").empty())
      return refuse(409, "merged",
                    "the class was merged: enter the rider in class " + text_at(its, "merged_into"));
    HOLESHOT_TRY(enter_late(context, plan, request.params.at("id"), id, rider_id));
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

}  // namespace

Outcome<Response> class_response(const RestContext& context, int status, const std::string& id) {
  // As an event's: the tag is looked up first, so a change between the two looks gives an older one.
  HOLESHOT_ASSIGN(auto response, context.object_response(status, read::kClass, id));
  HOLESHOT_ASSIGN(auto text, lift(context.queries.class_json(id)));
  if (!text) return not_found("class", id);
  response.body = std::move(*text);
  return response;
}

Json new_class(const std::string& event_id, const std::string& name) {
  Json its = {{"event_id", event_id}, {"rider_ids", Json::array()}};
  (void)read_fields(kClassFields, Json{{"name", name}}, "", its);  // a name is all that is needed
  return its;
}

Verdict rule_book_exists(const read::Queries& queries, const Json& object) {
  const std::string name = text_at(object, "rule_book");
  if (name.empty()) return {};
  const auto book = book_named(queries, name);
  if (!book) return refuse(422, "invalid", book.error().detail, "/rule_book");
  return {};
}

Outcome<Json> class_of_event(const Plan& plan, const std::string& event_id, const std::string& class_id) {
  HOLESHOT_TRY(plan.get(read::kEvent, event_id));
  HOLESHOT_ASSIGN(Json its, plan.get(read::kClass, class_id));
  if (text_at(its, "event_id") != event_id) return not_found("class in this event", class_id);
  return its;
}

std::span<const Field> class_fields() { return kClassFields; }

void add_class_routes(Router& router, RestContext& context) {
  const auto add = [&](const char* method, const char* pattern, auto handler) {
    router.add(method, pattern,
               answering([&context, handler](const Request& request) { return handler(context, request); }));
  };
  add("POST", "/api/events/{id}/classes", create_class);
  add("DELETE", "/api/events/{id}/classes/{class}", delete_class);
  add("POST", "/api/events/{id}/classes/{class}/riders", enter_rider);
  add("DELETE", "/api/events/{id}/classes/{class}/riders/{rider}", scratch_rider);
  add("GET", "/api/events/{id}/classes/{class}", show_class);
  add("PUT", "/api/events/{id}/classes/{class}", change_class);
  add("DELETE", "/api/events/{id}/classes/{class}/motos", delete_draw);
}

}  // namespace holeshot::http
