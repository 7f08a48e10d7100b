// Heartbeats: how the gateways say they are (POST /api/ingest/heartbeat), and who asks (GET /api/gateways). Presence in
// memory: what was said last, and when. Nothing is derived from it, and a restart of central forgets it until the next
// beat, 10 s later.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "central/auth/authenticator.h"
#include "central/http/router.h"
#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "common/contract/heartbeat.h"

namespace holeshot::http {

// Thread-safe. Clock, metrics and authenticator (nullptr: none) outlive it.
class Heartbeats {
 public:
  // A gateway that has not been heard of for this long is away: three beats are missing.
  static constexpr std::uint64_t kAwayUs = 35'000'000;
  // Then it is forgotten: it was another season's laptop.
  static constexpr std::uint64_t kForgetUs = 7ULL * 86'400 * 1'000'000;
  // More gateways than there are tracks; beyond it the one that was silent longest is forgotten.
  static constexpr std::size_t kMost = 10'000;

  Heartbeats(const base::Clock& clock, base::Metrics& metrics, auth::Authenticator* authenticator);

  // Adds both routes. The heartbeats outlive the router.
  void add_routes(Router& router);

  [[nodiscard]] Response take(const Request& request);
  // {"gateways":[{...the heartbeat..., "received_at_us", "silent_for_us", "away"}]}, of one track or of all.
  [[nodiscard]] Response list(const Request& request) const;

 private:
  struct Beat {
    std::string body;  // canonical
    std::uint64_t received_at_us = 0;
    std::uint64_t received_mono_us = 0;
  };
  using Key = std::pair<std::string, std::string>;  // track, client
  Response keep(const contract::Heartbeat& heartbeat);
  void forget(std::uint64_t now_us);

  const base::Clock& clock_;
  auth::Authenticator* const authenticator_;
  base::Counter taken_;
  mutable std::mutex mutex_;  // guards beats_
  std::map<Key, Beat> beats_;
};

}  // namespace holeshot::http
