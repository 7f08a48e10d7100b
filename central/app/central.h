// Central: one process that is everything on one machine. Members stand in start order, so destruction is shutdown:
// first nothing new comes in, then what came in is worked off, last the log closes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "central/app/live_settings.h"
#include "central/app/open_log.h"
#include "central/app/retention_settings.h"
#include "central/app/tick_source.h"
#include "central/live/config.h"
#include "central/worker/worker_policy.h"
#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/contract/ids.h"

namespace holeshot::central_app {

struct Address {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
};

// "127.0.0.1:8080", "[::1]:8080". kInvalid with `what` in the message.
[[nodiscard]] base::Result<Address> parse_address(const std::string& text, const std::string& what);

struct CentralOptions {
  std::string data;  // folder of log and read model; made where missing
  LogChoice log;
  Address http;
  Address live;
  std::string www;       // folder of the pages; empty = none
  std::string live_url;  // what /race/config tells viewers; empty: the page's own host and the live port
  unsigned loops = 1;
  live::Io live_io = live::Io::kAuto;
  std::uint64_t live_coalesce_us = live::LiveConfig{}.coalesce_us;
  std::uint64_t live_drain_us = live::LiveConfig{}.drain_us;
  std::string ingest_keys;  // file of the gateways' keys; empty: batches need no signature
  std::string
      live_keys;  // file of the keys that sign results and alerts; empty: live.keys in the data folder
  TickPace ticks;
  std::vector<contract::TrackId> tracks;  // registered at the start where they are missing
  LiveLimits live_limits;                 // who may watch, and how many
  bool demo = false;
  bool require_revisions = false;
  std::size_t max_event_document = std::size_t{64} << 20U;  // bytes that POST /api/events/import takes
  ExpectedLoad expected;                                    // the start says what is too small for it
  std::vector<worker::WorkerPolicy> workers;                // kinds that are not in it have the table's
};

class Central {
 public:
  // Serves when this returns. The clock outlives it.
  [[nodiscard]] static base::Result<std::unique_ptr<Central>> start(CentralOptions options,
                                                                    base::Clock& clock);
  // Tells viewers to come back soon, finishes running requests, closes the log.
  ~Central();
  Central(const Central&) = delete;
  Central& operator=(const Central&) = delete;

  [[nodiscard]] std::string http_address() const;
  [[nodiscard]] std::string live_address() const;
  // Every thread that must run does: what the watchdog is fed on. The thread that started it, as the next.
  [[nodiscard]] bool healthy() const;
  // One line for the service manager: events in the log, tracks, viewers.
  [[nodiscard]] std::string summary() const;

 private:
  struct Parts;
  explicit Central(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace holeshot::central_app
