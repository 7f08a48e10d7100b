#include "central/app/gauges.h"

namespace holeshot::central_app {

Gauges::Gauges(GaugeSources sources, base::Metrics& metrics)
    : sources_(sources),
      live_(sources.hub, metrics),
      last_(metrics.gauge("holeshot_log_last_offset", "Offset of the log's last event.")),
      bytes_(metrics.gauge("holeshot_log_bytes", "Size of the log on disk.")),
      applied_(metrics.gauge("holeshot_read_applied_offset", "How far the read model has come.")),
      routed_(metrics.gauge("holeshot_engines_routed_offset",
                            "How far events have been given to the race engines.")) {}

void Gauges::refresh() {
  const auto stats = sources_.log.stats();
  last_.set(static_cast<double>(stats.last.value()));
  bytes_.set(static_cast<double>(stats.bytes));
  applied_.set(static_cast<double>(sources_.model.applied().value()));
  routed_.set(static_cast<double>(sources_.tracks.routed().value()));
  live_.refresh();
}

}  // namespace holeshot::central_app
