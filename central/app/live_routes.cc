#include "central/app/live_routes.h"

#include "common/base/json_text.h"

namespace holeshot::central_app {

namespace {
std::string config_body(const LiveAddress& live) {
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
  w.field("delivery_mode", "full");
  w.field_raw("edges", "[]");
  w.field_raw("encodings", R"(["json"])");
  w.field_raw("keys", "[]");
  w.field("live_port", std::uint64_t{live.port});
  w.key("live_url");
  live.url.empty() ? w.null() : w.string(live.url);
  w.field("sampling", std::uint64_t{1});
  w.close_object();
  return out;
}
}  // namespace

void add_live_routes(http::Router& router, const LiveAddress& live) {
  router.add("GET", "/race/config", [body = config_body(live)](const http::Request& /*request*/) {
    return http::Response::json(200, body);
  });
}

http::LiveStats live_stats(const live::HubStats& stats) {
  return {.active_clients = stats.total.active_clients,
          .total_connections = stats.total.total_connections,
          .total_messages = stats.total.total_messages,
          .broadcast_capacity = stats.broadcast_capacity,
          .broadcast_usage = stats.broadcast_usage,
          .dropped_messages = stats.total.dropped_messages};
}

}  // namespace holeshot::central_app
