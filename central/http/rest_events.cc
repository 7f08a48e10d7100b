#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "central/http/rest_context.h"
#include "central/http/rest_fields.h"

namespace holeshot::http {

namespace {

using Type = Field::Type;

constexpr std::array<std::string_view, 3> kStatuses{"setup", "active", "completed"};
constexpr std::array kEventFields{
    Field{.name = "name", .required = true},
    Field{.name = "date", .type = Type::kDate, .required = true},
    Field{.name = "track_id", .required = true, .max = 64},
    Field{.name = "status", .type = Type::kChoice, .choices = kStatuses, .fallback = "\"setup\""},
    Field{.name = "rule_book", .max = 64, .fallback = "\"club\""},
};

// The whole event, with its classes and their riders.
Outcome<Response> event_response(const RestContext& context, int status, const std::string& id) {
  // ETag and body are two looks: a change between them gives an older tag, which If-Match then refuses.
  HOLESHOT_ASSIGN(auto response, context.object_response(status, read::kEvent, id));
  HOLESHOT_ASSIGN(auto event, lift(context.queries.event_json(id)));
  if (!event) return not_found("event", id);
  response.body = std::move(*event);
  return response;
}

Verdict track_exists(const Plan& plan, const Json& event) {
  const std::string track_id = text_at(event, "track_id");
  HOLESHOT_ASSIGN(const auto track, lift(plan.queries().object(read::kTrack, track_id)));
  if (!track) return refuse(422, "invalid", "there is no track " + track_id, "/track_id");
  return {};
}

Outcome<Response> create_event(RestContext& context, const Request& request) {
  HOLESHOT_ASSIGN(const Json body, body_of(request));
  const std::string id = context.ids.next();
  const auto change = [&](Plan& plan) -> Verdict {
    Json event = Json::object();
    HOLESHOT_TRY(read_fields(kEventFields, body, "", event));
    HOLESHOT_TRY(track_exists(plan, event));
    HOLESHOT_TRY(rule_book_exists(plan.queries(), event));
    plan.put(read::kEvent, id, event);
    return {};
  };
  HOLESHOT_TRY(context.registry.commit(actor_of(request), change));
  return event_response(context, 201, id);
}

// A race day that has begun stays where it is.
Verdict may_move(const Plan& plan, const std::string& id) {
  HOLESHOT_ASSIGN(const auto motos, lift(plan.queries().ids(read::kMoto, id)));
  for (const auto& moto : motos) {
    HOLESHOT_ASSIGN(const auto status, lift(plan.queries().moto_status(moto)));
    if (status != "pending") {
      return refuse(409, "has_results", "motos of this event were staged or raced at its track", "/track_id");
    }
  }
  return {};
}

Outcome<Response> change_event(RestContext& context, const Request& request) {
  const std::string& id = request.params.at("id");
  HOLESHOT_ASSIGN(const Json body, body_of(request));
  const auto change = [&](Plan& plan) -> Verdict {
    HOLESHOT_ASSIGN(Json event, plan.get_matching(read::kEvent, id, request));
    const std::string track_before = text_at(event, "track_id");
    HOLESHOT_TRY(read_fields(kEventFields, body, "", event));
    HOLESHOT_TRY(track_exists(plan, event));
    HOLESHOT_TRY(rule_book_exists(plan.queries(), event));
    if (text_at(event, "track_id") != track_before) HOLESHOT_TRY(may_move(plan, id));
    plan.put(read::kEvent, id, event);
    return {};
  };
  HOLESHOT_TRY(context.registry.commit(actor_of(request), change));
  return event_response(context, 200, id);
}

Outcome<Response> delete_event(RestContext& context, const Request& request) {
  const std::string& id = request.params.at("id");
  const auto change = [&](Plan& plan) -> Verdict {
    HOLESHOT_TRY(plan.get_matching(read::kEvent, id, request));
    HOLESHOT_ASSIGN(const auto classes, lift(plan.queries().ids(read::kClass, id)));
    for (const auto& class_id : classes) {
      HOLESHOT_TRY(remove_motos(plan, class_id));
      plan.remove(read::kClass, class_id);
    }
    plan.remove(read::kEvent, id);
    return {};
  };
  HOLESHOT_TRY(context.registry.commit(actor_of(request), change));
  return Response::no_content();
}

}  // namespace

std::span<const Field> event_fields() { return kEventFields; }

void add_event_routes(Router& router, RestContext& context) {
  const auto add = [&](const char* method, const char* pattern, auto handler) {
    router.add(method, pattern,
               answering([&context, handler](const Request& request) { return handler(context, request); }));
  };
  add("GET", "/api/events", [](RestContext& c, const Request& request) {
    return c.list_response(request, {.kind = read::kEvent, .owner = {}, .search = {}, .cursor = {}});
  });
  add("GET", "/api/events/{id}",
      [](RestContext& c, const Request& request) { return event_response(c, 200, request.params.at("id")); });
  add("POST", "/api/events", create_event);
  add("PUT", "/api/events/{id}", change_event);
  add("DELETE", "/api/events/{id}", delete_event);
}

}  // namespace holeshot::http
