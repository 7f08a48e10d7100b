#include "central/http/heartbeats.h"

#include <algorithm>

#include "central/http/signed_ingest.h"
#include "common/base/json_text.h"
#include "common/contract/signature.h"

namespace holeshot::http {

Heartbeats::Heartbeats(const base::Clock& clock, base::Metrics& metrics, auth::Authenticator* authenticator)
    : clock_(clock),
      authenticator_(authenticator),
      taken_(metrics.counter("holeshot_heartbeats_total", "Heartbeats of gateways")) {}

void Heartbeats::add_routes(Router& router) {
  router.add("POST", std::string{contract::kHeartbeatPath},
             [this](const Request& request) { return take(request); });
  router.add("GET", "/api/gateways", [this](const Request& request) { return list(request); });
}

Response Heartbeats::take(const Request& request) {
  if (request.body.size() > contract::kMaxHeartbeatBytes) {
    return Response::problem({413,
                              "too_large",
                              "Heartbeat is too large",
                              "at most " + std::to_string(contract::kMaxHeartbeatBytes) + " bytes",
                              {}});
  }
  const auto heartbeat = contract::parse_heartbeat(request.body);
  if (!heartbeat) {
    return Response::problem({400, "bad_heartbeat", "Not a heartbeat", heartbeat.error().message, {}});
  }
  return if_signed(authenticator_, contract::kSignedHeartbeat, heartbeat->track, request,
                   [&] { return keep(*heartbeat); });
}

Response Heartbeats::keep(const contract::Heartbeat& heartbeat) {
  taken_.add();
  const std::uint64_t now_us = clock_.wall_us();
  {
    const std::scoped_lock lock(mutex_);
    beats_[{heartbeat.track.str(), heartbeat.client.str()}] = {contract::heartbeat_body(heartbeat), now_us,
                                                               clock_.mono_us()};
    forget(clock_.mono_us());
  }
  return Response::json(200, contract::heartbeat_reply_body(now_us));
}

void Heartbeats::forget(std::uint64_t now_us) {
  std::erase_if(beats_,
                [&](const auto& entry) { return now_us - entry.second.received_mono_us > kForgetUs; });
  if (beats_.size() <= kMost) return;
  beats_.erase(std::min_element(beats_.begin(), beats_.end(), [](const auto& a, const auto& b) {
    return a.second.received_mono_us < b.second.received_mono_us;
  }));
}

Response Heartbeats::list(const Request& request) const {
  const std::optional<std::string> track = request.query_value("track_id");
  const std::uint64_t now_us = clock_.mono_us();
  std::string body;
  base::JsonWriter w(body);
  w.open_object();
  w.key("gateways");
  w.open_array();
  const std::scoped_lock lock(mutex_);
  for (const auto& [key, beat] : beats_) {
    if (track && key.first != *track) continue;
    const std::uint64_t silent_us = now_us - std::min(now_us, beat.received_mono_us);
    w.open_object();
    w.field_bool("away", silent_us > kAwayUs);
    w.field_raw("heartbeat", beat.body);
    w.field("received_at_us", beat.received_at_us);
    w.field("silent_for_us", silent_us);
    w.close_object();
  }
  w.close_array();
  w.close_object();
  return Response::json(200, std::move(body));
}

}  // namespace holeshot::http
