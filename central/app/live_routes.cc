#include "central/app/live_routes.h"

#include "common/base/json_text.h"

namespace holeshot::central_app {

namespace {
void write_keys(base::JsonWriter& w, const auth::LiveKeyList& keys) {
  for (const auth::LiveKey& key : keys) {
    w.open_object();
    w.field("alg", "Ed25519");
    w.field("kid", key.kid);
    w.field("x", contract::to_base64url(key.key.public_key()));
    w.close_object();
  }
}

std::string config_body(const LiveAddress& live, const auth::LiveKeyList* keys) {
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
  w.field("delivery_mode", "full");
  w.field_raw("edges", "[]");
  w.field_raw("encodings", R"(["json"])");
  w.key("keys");
  w.open_array();
  if (keys != nullptr) write_keys(w, *keys);
  w.close_array();
  w.field("live_port", std::uint64_t{live.port});
  w.key("live_url");
  live.url.empty() ? w.null() : w.string(live.url);
  w.field("sampling", std::uint64_t{1});
  w.close_object();
  return out;
}
}  // namespace

void add_live_routes(http::Router& router, const LiveAddress& live, auth::LiveKeys* keys) {
  router.add("GET", "/race/config", [live, keys](const http::Request& /*request*/) {
    const auto now = keys == nullptr ? nullptr : keys->keys();
    return http::Response::json(200, config_body(live, now.get()));
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
