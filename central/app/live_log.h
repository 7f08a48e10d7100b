// LiveLog: a line a minute about those who watch, and a warning where they are not served well. For whoever has no dashboard:
// the same figures are in /metrics. Pure but for log(); one owner.
#pragma once

#include <cstdint>
#include <optional>

#include "central/live/hub.h"

namespace holeshot::central_app {

// What has happened since the last look.
struct LiveMinute {
  std::uint64_t viewers = 0;
  std::uint64_t messages = 0;
  std::uint64_t dropped = 0;      // deltas skipped, and what those lost who were cut off
  std::uint64_t cut_off = 0;      // viewers whose queue was full
  std::uint64_t turned_away = 0;  // over a limit
  std::uint64_t waiting = 0;      // publications that the slowest loop has not taken, of `capacity`
  std::uint64_t capacity = 0;

  // The contract allows one delta in a hundred to be skipped; a quarter of what may wait is a machine that falls behind.
  [[nodiscard]] bool is_bad() const { return dropped * 100 > messages + dropped || waiting * 4 > capacity; }
};

class LiveLog {
 public:
  static constexpr std::uint64_t kEveryUs = 60'000'000;

  // nullopt: less than a minute since the last one, or nobody watched and nothing happened. `turned_away`: since the start.
  [[nodiscard]] std::optional<LiveMinute> look(const live::HubStats& stats, std::uint64_t turned_away,
                                               std::uint64_t now_us);
  static void log(const LiveMinute& minute);

 private:
  std::uint64_t looked_us_ = 0;
  live::LoopStats before_;
  std::uint64_t turned_away_ = 0;
};

}  // namespace holeshot::central_app
