// Figures: what `holeshot-central log stats` and `log verify` say, as JSON and as words.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "central/log/event_log.h"
#include "central/log/sqlite/survey.h"
#include "central/log/sqlite/verify.h"
#include "central/log/tools/event_filter.h"
#include "common/base/result.h"

namespace holeshot::log {

// Events and bytes of some time; rates are per second over that time.
struct RateFigures {
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;
  double events_per_s = 0;
  double bytes_per_s = 0;
};

struct LogFigures {
  std::string log_id;
  LogStats log;
  std::vector<SubjectFigures> subjects;  // those that the filter wants
  std::vector<std::pair<std::string, Offset>>
      removed_through;    // by subject, where retention has removed something
  RateFigures last_hour;  // up to now
  RateFigures last_day;

  [[nodiscard]] std::uint64_t events() const;
  [[nodiscard]] std::uint64_t bytes() const;
  [[nodiscard]] std::uint64_t average_bytes() const;  // 0 where there is no event
  [[nodiscard]] std::uint64_t first_us() const;
  [[nodiscard]] std::uint64_t last_us() const;
};

// Of a log that may be in use. The filter's subjects, tracks and times count (a run, at most 512 events that came
// together, is taken whole); what it wants to see inside bodies does not.
[[nodiscard]] base::Result<LogFigures> figures_of(EventLog& log, const std::string& path,
                                                  const EventFilter& filter, std::uint64_t now_us,
                                                  const std::function<void(Offset at)>& progress = {});

// {"average_bytes","by_subject":[..],"by_track":[..],"bytes","commits","conflicts","duplicates","event_bytes","events",
//  "first_us","last_day","last_hour","last_offset","last_us","log_id","removed_through","selected_events","subjects"}
[[nodiscard]] std::string stats_json(const LogFigures& figures);
[[nodiscard]] std::string stats_text(const LogFigures& figures);

// {"events","ok","problem_count","problems","runs","sources"}
[[nodiscard]] std::string verify_json(const VerifyReport& report);
[[nodiscard]] std::string verify_text(const VerifyReport& report);

// "1.5 GB", "640 B".
[[nodiscard]] std::string bytes_text(std::uint64_t bytes);

}  // namespace holeshot::log
