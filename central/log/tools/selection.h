// Selection: which part of a log a tool goes through, and the ways through it: once, or for as long as it grows.
#pragma once

#include <cstdint>
#include <functional>
#include <ostream>
#include <stop_token>

#include "central/log/event_log.h"
#include "central/log/tools/event_filter.h"
#include "central/log/tools/event_line.h"
#include "common/base/result.h"

namespace holeshot::log {

struct Selection {
  EventFilter filter;
  Offset after;             // events with a greater offset
  std::uint64_t limit = 0;  // the first so many; 0 = all
  std::uint64_t newest =
      0;  // the last so many, in log order; 0 = all. Costs what they cost, not the whole log
};

// Gets each selected event. An error ends the walk and is its result.
using EventSink = std::function<base::Status(const Event&)>;
// Told after each page how far the log was read. May be empty.
using Progress = std::function<void(Offset at)>;

// Selected events in log order. Gives their number; kCorrupt where the log is damaged (what stands before the damage
// was given).
[[nodiscard]] base::Result<std::uint64_t> each_event(EventLog& log, const Selection& selection,
                                                     const EventSink& take, const Progress& progress = {});

// A line per selected event. Gives their number; kRetry where `out` takes no more.
[[nodiscard]] base::Result<std::uint64_t> dump(EventLog& log, const Selection& selection, LineStyle style,
                                               std::ostream& out, const Progress& progress = {});

// dump(), and then of everything as it comes, until `stop` asks or the limit is reached. Flushes after each page.
// REQUIRES: the filter has no to_us, and newest is 0.
[[nodiscard]] base::Status tail(EventLog& log, Selection selection, LineStyle style,
                                const std::stop_token& stop, std::ostream& out);

}  // namespace holeshot::log
