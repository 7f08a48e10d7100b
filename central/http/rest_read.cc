// What the read model tells of itself: corrections, and deriving it again.
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "central/http/rest_context.h"
#include "central/http/rest_fields.h"

namespace holeshot::http {

namespace {

constexpr std::array kRebuildFields{
    Field{.name = "lose_removed", .type = Field::Type::kFlag, .fallback = "false"},
};

Outcome<Response> history(const RestContext& context, const Request& request) {
  const std::string& id = request.params.at("id");
  HOLESHOT_ASSIGN(const auto moto, lift(context.queries.object(read::kMoto, id)));
  if (!moto) return not_found("moto", id);
  HOLESHOT_ASSIGN(auto told, lift(context.queries.moto_history_json(id)));
  return Response::json(200, std::move(told));
}

Outcome<Response> rebuild(const RestContext& context, const Request& request) {
  HOLESHOT_ASSIGN(const Json body, body_of(request, EmptyBody::kAllowed));
  Json wanted = Json::object();
  HOLESHOT_TRY(read_fields(kRebuildFields, body, "", wanted));
  if (!context.options.rebuild) return refuse(409, "not_here", "this program has no read model of its own");
  const auto report = context.options.rebuild({.lose_removed = wanted["lose_removed"] == true, .told = {}});
  if (!report && report.error().code == base::Code::kDenied)
    return refuse(409, "events_removed", report.error().text());
  if (!report && report.error().code == base::Code::kConflict)
    return refuse(409, "rebuild_running", report.error().text());
  if (!report) return std::unexpected(problem_of(report.error()));
  return Response::json(
      200,
      Json{{"events", report->events}, {"through", report->through.value()}, {"changed", report->changed}}
          .dump());
}

// What a rebuild that is at work has done, while POST waits for its end.
Outcome<Response> rebuild_progress(const RestContext& context, const Request& /*request*/) {
  if (!context.options.rebuild_progress)
    return refuse(409, "not_here", "this program has no read model of its own");
  const auto progress = context.options.rebuild_progress();
  return Response::json(200, Json{{"running", progress.running},
                                  {"events", progress.events},
                                  {"through", progress.through.value()},
                                  {"end", progress.end.value()},
                                  {"tables", progress.tables}}
                                 .dump());
}

}  // namespace

void add_read_routes(Router& router, RestContext& context) {
  const auto add = [&](const char* method, const char* pattern, auto handler) {
    router.add(method, pattern,
               answering([&context, handler](const Request& request) { return handler(context, request); }));
  };
  add("GET", "/api/motos/{id}/history", history);
  add("GET", "/api/read/rebuild", rebuild_progress);
  add("POST", "/api/read/rebuild", rebuild);
}

}  // namespace holeshot::http
