// /health, /ready and /metrics (docs/contract.md, section 5): what machines ask.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "central/http/router.h"
#include "common/base/metrics.h"
#include "common/base/result.h"

namespace holeshot::http {

struct LiveStats {
  std::uint64_t active_clients = 0;
  std::uint64_t total_connections = 0;
  std::uint64_t total_messages = 0;
  std::uint64_t broadcast_capacity = 0;
  std::uint64_t broadcast_usage = 0;
  std::uint64_t dropped_messages = 0;
};

// One part that must work for this program to be of use. Called on an HTTP thread: quick and thread-safe.
struct ReadyCheck {
  std::string name;  // "log", "read", "live"
  std::function<base::Status()> run;
};

struct HealthSources {
  std::string service;              // "holeshot-central"
  std::vector<ReadyCheck> checks;   // all run at each GET /ready
  std::function<LiveStats()> live;  // empty where this role has no viewers
  // Brings gauges up to date before the Prometheus text is made. One call at a time; may be empty.
  std::function<void()> refresh;
};

// GET /health {status,service,active_clients}: 200 as long as the program answers.
// GET /ready {status,checks}: 200, or 503 as a problem that names the first part that fails.
// GET /metrics: Prometheus text, or with Accept: application/json the object of LiveStats.
// The metrics outlive the router.
void add_health_routes(Router& router, HealthSources sources, const base::Metrics& metrics);

}  // namespace holeshot::http
