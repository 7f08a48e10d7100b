// A picture and its lamps as Prometheus gauges, brought up to date at each scrape.
#pragma once

#include "common/base/metrics.h"
#include "gateway/status/picture.h"

namespace holeshot::status {

// holeshot_gateway_*: docs/gateway.md. One call at a time; the gauges live as long as `metrics`.
void set_gauges(const Picture& picture, base::Metrics& metrics);

}  // namespace holeshot::status
