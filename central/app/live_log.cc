#include "central/app/live_log.h"

#include <utility>

#include "common/base/log.h"

namespace holeshot::central_app {

std::optional<LiveMinute> LiveLog::look(const live::HubStats& stats, std::uint64_t turned_away,
                                        std::uint64_t now_us) {
  if (looked_us_ != 0 && now_us - looked_us_ < kEveryUs) return std::nullopt;
  looked_us_ = now_us;
  const live::LoopStats before = std::exchange(before_, stats.total);
  const LiveMinute minute{.viewers = stats.total.active_clients,
                          .messages = stats.total.total_messages - before.total_messages,
                          .dropped = stats.total.dropped_messages - before.dropped_messages,
                          .cut_off = stats.total.slow_closed - before.slow_closed,
                          .turned_away = turned_away - std::exchange(turned_away_, turned_away),
                          .waiting = stats.broadcast_usage,
                          .capacity = stats.broadcast_capacity};
  const bool quiet = minute.viewers == 0 && minute.messages == 0 && minute.turned_away == 0;
  return quiet ? std::nullopt : std::optional{minute};
}

void LiveLog::log(const LiveMinute& minute) {
  const std::initializer_list<base::LogField> fields{
      {"viewers", minute.viewers}, {"messages", minute.messages},       {"dropped", minute.dropped},
      {"cut_off", minute.cut_off}, {"turned_away", minute.turned_away}, {"waiting", minute.waiting}};
  if (minute.is_bad()) {
    base::log_warn("live", "viewers are not served as they should be: see docs/viewers.md", fields);
  } else {
    base::log_info("live", "the last minute", fields);
  }
}

}  // namespace holeshot::central_app
