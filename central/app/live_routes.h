// What the HTTP listener says of the live one: GET /race/config, GET /race/metrics, and its figures. Pages of any origin may ask.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "central/auth/live_keys.h"
#include "central/http/health.h"
#include "central/http/router.h"
#include "central/live/hub.h"
#include "central/live/registry.h"

namespace holeshot::central_app {

struct LiveAddress {
  std::string url;         // as the reverse proxy shows it; empty: not told
  std::uint16_t port = 0;  // of the live listener
};

struct LiveRouteSources {
  LiveAddress address;
  auth::LiveKeys* keys = nullptr;  // null: nothing is signed
  const live::Hub* hub = nullptr;  // never null; these two outlive the routes
  unsigned tick_hz = 20;           // the contract's, as the next
  unsigned keyframe_interval_ms = 1000;
  // How many ticks in a hundred the public is sent now; empty: all.
  std::function<unsigned()> sampling_percent = {};
  // Number of a track's last tick in its run; nullopt where none was made. May be empty.
  std::function<std::optional<std::uint64_t>(const std::string& track)> tick_index = {};
  // LiveServer::topics(). May be empty.
  std::function<base::Result<std::map<live::TopicKey, live::TopicStats>>()> topics = {};
  // Viewers of each track, those who poll among them, as viewers were told last. May be empty.
  std::function<std::map<std::string, std::uint64_t>()> viewers = {};
};

// GET /race/config {delivery_mode, edges, encodings, high_traffic, keyframe_interval_ms, keys, live_port, live_url, sampling, tick_hz}:
// what a viewer needs to know before it connects. `keys` as they are now: [{alg, kid, x}], x the public key in base64url; empty
// where nothing is signed. `live_url` is null where nobody configured one: then the viewer takes
// the host it loaded the page from and `live_port`. `sampling`: the share of ticks that the public is sent, 1 for all.
//
// GET /race/metrics ?track_id= {races:[{track_id, epoch, seq, tick_index, client_count, dropped_tick_frames, buffered_bytes_avg}]}
// 503 where the live listener does not answer.
void add_live_routes(http::Router& router, LiveRouteSources sources);

[[nodiscard]] http::LiveStats live_stats(const live::HubStats& stats);

}  // namespace holeshot::central_app
