#include "central/http/health.h"

#include <memory>
#include <mutex>
#include <utility>

#include "common/base/json_text.h"

namespace holeshot::http {

namespace {

LiveStats live_of(const HealthSources& sources) { return sources.live ? sources.live() : LiveStats{}; }

Response health(const HealthSources& sources) {
  std::string body;
  base::JsonWriter w(body);
  w.open_object();
  w.field("status", "ok");
  w.field("service", sources.service);
  w.field("active_clients", live_of(sources).active_clients);
  w.close_object();
  return Response::json(200, std::move(body));
}

Response ready(const HealthSources& sources) {
  std::string body;
  base::JsonWriter w(body);
  w.open_object();
  w.field("status", "ready");
  w.key("checks");
  w.open_object();
  for (const ReadyCheck& check : sources.checks) {
    if (const auto status = check.run(); !status) {
      Response response =
          Response::problem({503, "not_ready", "Not ready", check.name + ": " + status.error().text(),
                             "/checks/" + check.name});
      response.headers["Retry-After"] = "5";
      return response;
    }
    w.field(check.name, "ok");
  }
  w.close_object();
  w.close_object();
  return Response::json(200, std::move(body));
}

Response live_json(const LiveStats& live) {
  std::string body;
  base::JsonWriter w(body);
  w.open_object();
  w.field("active_clients", live.active_clients);
  w.field("total_connections", live.total_connections);
  w.field("total_messages", live.total_messages);
  w.field("broadcast_capacity", live.broadcast_capacity);
  w.field("broadcast_usage", live.broadcast_usage);
  w.field("dropped_messages", live.dropped_messages);
  w.close_object();
  return Response::json(200, std::move(body));
}

}  // namespace

void add_health_routes(Router& router, HealthSources sources, const base::Metrics& metrics) {
  const auto shared = std::make_shared<const HealthSources>(std::move(sources));
  router.add("GET", "/health", [shared](const Request&) { return health(*shared); });
  router.add("GET", "/ready", [shared](const Request&) { return ready(*shared); });
  const auto scrape = std::make_shared<std::mutex>();
  router.add("GET", "/metrics", [shared, scrape, &metrics](const Request& request) {
    if (request.header("accept").find("application/json") != std::string_view::npos) {
      return live_json(live_of(*shared));
    }
    {
      const std::scoped_lock lock(*scrape);
      if (shared->refresh) shared->refresh();
    }
    Response response = Response::json(200, metrics.render());
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    return response;
  });
}

}  // namespace holeshot::http
