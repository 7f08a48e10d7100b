// GET /race/catchup (docs/contract.md, section 5): what a viewer missed that keeps its connection, out of the frames that are held
// anyway. Pages of any origin may ask.
//
//   ?track_id=&epoch=&since_seq=   {complete, epoch, frames[], keyframe, next_seq, snapshot}; at most the last ten seconds
//   429 with Retry-After           more than one a second of one client, or many more of one address
#pragma once

#include <cstdint>
#include <mutex>

#include "central/http/router.h"
#include "central/live/access.h"
#include "central/live/client_address.h"
#include "central/live/hub.h"
#include "central/live/rate_limit.h"
#include "common/base/clock.h"

namespace holeshot::central_app {

// Of one venue that shares an address: a thousand phones that all lost the same second have their turn within ten.
inline constexpr std::uint64_t kCatchUpsPerAddressPerS = 100;

struct CatchUpSources {
  const live::Hub& hub;  // outlives the desk, as the clock
  const base::Clock& clock;
  live::AccessRules access;
  live::TrustedProxies proxies;
  std::uint64_t per_address_per_s = kCatchUpsPerAddressPerS;  // ten seconds' worth at once; 0: no limit
};

// Thread-safe.
class CatchUpDesk {
 public:
  explicit CatchUpDesk(CatchUpSources sources);
  // The route calls into this object: it outlives the router's last dispatch.
  void add_routes(http::Router& router);

 private:
  [[nodiscard]] http::Response answer(const http::Request& request);
  [[nodiscard]] std::uint64_t wait_us(const http::Request& request);

  const CatchUpSources sources_;
  std::mutex mutex_;  // guards the limits
  live::KeyedRateLimit of_client_;
  live::KeyedRateLimit of_address_;
};

}  // namespace holeshot::central_app
