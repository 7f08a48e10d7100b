#include "central/app/live_routes.h"

#include <algorithm>
#include <memory>
#include <utility>

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

std::string share_of(unsigned percent) {
  if (percent >= 100) return "1";
  return std::string{"0."} + (percent < 10 ? "0" : "") + std::to_string(percent);
}

std::string config_body(const LiveRouteSources& sources) {
  const auto keys = sources.keys == nullptr ? nullptr : sources.keys->keys();
  const unsigned percent = sources.sampling_percent ? sources.sampling_percent() : 100;
  const std::string& url = sources.address.url;
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
  w.field("delivery_mode", "full");
  w.field_raw("edges", "[]");
  w.field_raw("encodings", R"(["json","binary"])");
  w.field_bool("high_traffic", percent < 100);
  w.field("keyframe_interval_ms", std::uint64_t{sources.keyframe_interval_ms});
  w.key("keys");
  w.open_array();
  if (keys != nullptr) write_keys(w, *keys);
  w.close_array();
  w.field("live_port", std::uint64_t{sources.address.port});
  w.key("live_url");
  url.empty() ? w.null() : w.string(url);
  w.field_raw("sampling", share_of(percent));
  w.field("tick_hz", std::uint64_t{sources.tick_hz});
  w.close_object();
  return out;
}

void write_race(base::JsonWriter& w, const std::string& track, const live::Hub::Mark& mark,
                std::uint64_t viewers, const live::TopicStats& stats,
                std::optional<std::uint64_t> tick_index) {
  w.open_object();
  w.field("buffered_bytes_avg", stats.viewers == 0 ? 0 : stats.buffered_bytes / stats.viewers);
  w.field("client_count", viewers);
  w.field("dropped_tick_frames", stats.dropped);
  w.field("epoch", mark.epoch);
  w.field("seq", mark.seq);
  w.key("tick_index");
  tick_index ? w.number(*tick_index) : w.null();
  w.field("track_id", track);
  w.close_object();
}

base::Result<std::string> metrics_body(const LiveRouteSources& sources, const std::string& wanted) {
  std::map<live::TopicKey, live::TopicStats> stats;
  if (sources.topics) {
    HOLESHOT_ASSIGN(stats, sources.topics());
  }
  const auto told = sources.viewers ? sources.viewers() : std::map<std::string, std::uint64_t>{};
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
  w.key("races");
  w.open_array();
  for (const auto& [topic, mark] : sources.hub->marks()) {
    const std::string& track = topic.track_id;
    if (topic.channel != live::Channel::kRace || (!wanted.empty() && wanted != track)) continue;
    const auto polled = told.find(track);
    // The last count has who polls; who connected since then is in the other.
    const std::uint64_t viewers = std::max(mark.viewers, polled == told.end() ? 0 : polled->second);
    write_race(w, track, mark, viewers, stats[topic],
               sources.tick_index ? sources.tick_index(track) : std::nullopt);
  }
  w.close_array();
  w.close_object();
  return out;
}

http::Response for_any_page(http::Response response) {
  response.headers["Access-Control-Allow-Origin"] = "*";
  return response;
}
}  // namespace

void add_live_routes(http::Router& router, LiveRouteSources sources) {
  const auto shared = std::make_shared<const LiveRouteSources>(std::move(sources));
  router.add("GET", "/race/config", [shared](const http::Request& /*request*/) {
    return for_any_page(http::Response::json(200, config_body(*shared)));
  });
  router.add("GET", "/race/metrics", [shared](const http::Request& request) {
    auto body = metrics_body(*shared, request.query_value("track_id").value_or(""));
    if (body) return for_any_page(http::Response::json(200, *std::move(body)));
    auto response =
        http::Response::problem({503, "not_ready", "Service Unavailable", body.error().text(), {}});
    response.headers["Retry-After"] = "1";
    return for_any_page(std::move(response));
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
