// Gauges: how far each part of central has come, brought up to date when somebody scrapes /metrics. The distances between
// these offsets are the lags that an operator looks at first.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "central/actor/router.h"
#include "central/live/hub.h"
#include "central/live/server.h"
#include "central/log/event_log.h"
#include "central/read/read_model.h"
#include "central/worker/supervisor.h"
#include "common/base/metrics.h"

namespace holeshot::central_app {

// All outlive the gauges.
struct GaugeSources {
  const log::EventLog& log;
  const read::ReadModel& model;
  const actor::Router& tracks;
  const live::Hub& hub;
  worker::Supervisor& workers;
  const live::Admission& admission;
};

class Gauges {
 public:
  Gauges(GaugeSources sources, base::Metrics& metrics);
  // One thread at a time.
  void refresh();

 private:
  void refresh_refused();

  const GaugeSources sources_;
  base::Metrics& metrics_;
  std::map<std::string, std::uint64_t> refused_;  // as told
  live::LiveMetrics live_;
  base::Gauge last_;
  base::Gauge bytes_;
  base::Gauge applied_;
  base::Gauge noticed_;
};

}  // namespace holeshot::central_app
