// Survey: how much a log file holds, and of what, without reading the events themselves: a row's header tells the length
// of its body. A few microseconds per run. For tools and for the start of central; may run while the log is written.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "central/log/event_log.h"
#include "common/base/result.h"

namespace holeshot::log {

struct SubjectFigures {
  std::string subject;
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;     // of bodies; the file takes a little more
  std::uint64_t first_us = 0;  // time of append
  std::uint64_t last_us = 0;
};

// Which runs to count: a run is counted whole, by its first event.
struct SurveyRange {
  Offset after;
  std::uint64_t to_us = 0;  // 0 = all
};

// By subject, sorted by name; a subject of which nothing is in the range is left out. In short reads, so a log that is
// being written can go on emptying its WAL. `progress` may be empty. Errors as for opening.
[[nodiscard]] base::Result<std::vector<SubjectFigures>> survey_log(
    const std::string& path, const SurveyRange& range, const std::function<void(Offset at)>& progress = {});

}  // namespace holeshot::log
