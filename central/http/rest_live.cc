#include "central/http/rest_live.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "central/http/rest_context.h"
#include "central/http/rest_fields.h"
#include "common/contract/subjects.h"

namespace holeshot::http {

namespace {

constexpr std::size_t kPage = 100;
constexpr std::size_t kLargestPage = 1000;
// What fits into a close frame beside the code.
constexpr std::array kKickFields{Field{.name = "reason", .required = true, .max = 120}};

std::unexpected<contract::Problem> not_here() {
  return refuse(409, "not_here", "this program has no viewers of its own");
}

Outcome<Response> list(const RestContext& context, const Request& request) {
  if (!context.options.live.list) return not_here();
  LiveViewerQuery query{.track_id = request.query_value("track_id").value_or("")};
  const std::string sort = request.query_value("sort").value_or("newest");
  if (sort != "newest" && sort != "backlog")
    return refuse(422, "invalid", "sort is newest or backlog", "/sort");
  query.by_backlog = sort == "backlog";
  HOLESHOT_ASSIGN(query.limit, query_number(request, "limit", kPage, kLargestPage));
  HOLESHOT_ASSIGN(auto page, lift(context.options.live.list(query)));
  auto response = Response::json(200, std::move(page.items));
  response.headers["X-Total-Count"] = std::to_string(page.total);
  return response;
}

Outcome<Response> show(const RestContext& context, const Request& request) {
  if (!context.options.live.show) return not_here();
  HOLESHOT_ASSIGN(auto viewer, lift(context.options.live.show(request.params.at("client_id"))));
  return Response::json(200, std::move(viewer));
}

// In the audit before it is done: a viewer that was sent away and nobody knows by whom would be worse than an entry for one that
// left by itself in the same moment.
Outcome<Response> kick(RestContext& context, const Request& request) {
  if (!context.options.live.kick || !context.options.live.show) return not_here();
  const std::string& id = request.params.at("client_id");
  HOLESHOT_ASSIGN(const Json body, body_of(request));
  Json wishes = Json::object();
  HOLESHOT_TRY(read_fields(kKickFields, body, "", wishes));
  HOLESHOT_TRY(lift(context.options.live.show(id)));
  const std::string reason = text_at(wishes, "reason");
  // Without the viewer's address: the log is for ever, and an address is somebody's.
  const Json entry = {{"op", "kick"},
                      {"kind", "viewer"},
                      {"id", id},
                      {"revision", 1},
                      {"reason", reason},
                      {"actor", actor_of(request)},
                      {"ts_us", context.clock.wall_us()}};
  HOLESHOT_TRY(lift(context.writer.append(std::string{contract::kRegistrySubject}, {entry.dump()})));
  HOLESHOT_TRY(lift(context.options.live.kick(id, reason)));
  return Response::json(200, Json{{"client_id", id}, {"kicked", true}, {"reason", reason}}.dump());
}

}  // namespace

void add_live_routes(Router& router, RestContext& context) {
  const auto add = [&](const char* method, const char* pattern, auto handler) {
    router.add(method, pattern,
               answering([&context, handler](const Request& request) { return handler(context, request); }));
  };
  add("GET", "/api/admin/live", list);
  add("GET", "/api/admin/live/{client_id}", show);
  add("POST", "/api/admin/live/{client_id}/kick", kick);
}

}  // namespace holeshot::http
