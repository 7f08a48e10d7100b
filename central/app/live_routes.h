// What the HTTP listener says of the live one: GET /race/config, and its figures.
#pragma once

#include <cstdint>
#include <string>

#include "central/auth/live_keys.h"
#include "central/http/health.h"
#include "central/http/router.h"
#include "central/live/hub.h"

namespace holeshot::central_app {

struct LiveAddress {
  std::string url;         // as the reverse proxy shows it; empty: not told
  std::uint16_t port = 0;  // of the live listener
};

// GET /race/config {delivery_mode, edges, encodings, keys, live_port, live_url, sampling}:
// what a viewer needs to know before it connects. `keys` as they are now: [{alg, kid, x}], x the public key in base64url; empty
// where nothing is signed. `live_url` is null where nobody configured one: then the viewer takes
// the host it loaded the page from and `live_port`.
void add_live_routes(http::Router& router, const LiveAddress& live, auth::LiveKeys* keys);

[[nodiscard]] http::LiveStats live_stats(const live::HubStats& stats);

}  // namespace holeshot::central_app
