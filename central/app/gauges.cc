#include "central/app/gauges.h"

#include <utility>

namespace holeshot::central_app {

Gauges::Gauges(GaugeSources sources, base::Metrics& metrics)
    : sources_(sources),
      metrics_(metrics),
      live_(sources.hub, metrics),
      last_(metrics.gauge("holeshot_log_last_offset", "Offset of the log's last event.")),
      bytes_(metrics.gauge("holeshot_log_bytes", "Size of the log on disk.")),
      applied_(metrics.gauge("holeshot_read_applied_offset", "How far the read model has come.")),
      noticed_(metrics.gauge("holeshot_engines_noticed_offset",
                             "How far the log has been looked at for tracks with news.")) {}

void Gauges::refresh() {
  const auto stats = sources_.log.stats();
  last_.set(static_cast<double>(stats.last.value()));
  bytes_.set(static_cast<double>(stats.bytes));
  applied_.set(static_cast<double>(sources_.model.applied().value()));
  noticed_.set(static_cast<double>(sources_.tracks.noticed().value()));
  sources_.workers.refresh();
  live_.refresh();
  refresh_refused();
}

void Gauges::refresh_refused() {
  for (const auto& [code, count] : sources_.admission.refused()) {
    metrics_.counter("holeshot_live_turned_away_total", "Viewers and polls over a limit.", {{"code", code}})
        .add(static_cast<double>(count - std::exchange(refused_[code], count)));
  }
}

}  // namespace holeshot::central_app
