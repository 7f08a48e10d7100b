// SizeCheck: whether the log's limits are enough for what it holds and for what is expected, and whether the disk has the
// room that the limits allow. Said at the start of central, in words, and nothing more: a full disk is a person's to mend.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "central/app/retention_settings.h"
#include "central/log/event_log.h"
#include "central/log/sizing.h"
#include "central/log/streams.h"
#include "common/base/result.h"

namespace holeshot::central_app {

// What a log got on the last day on which it got anything.
struct MeasuredLoad {
  double messages_per_s = 0;  // all tracks together; 0 where it holds no raw event
  std::vector<log::StreamShare> shares = log::usual_shares();
  double disk_factor = log::kUsualDiskFactor;
};
// `data`: the folder of that log. A few microseconds per run of that day.
[[nodiscard]] base::Result<MeasuredLoad> measure(log::EventLog& log, const std::string& data,
                                                 std::span<const log::StreamRule> streams);

// What the file takes per byte of events; the usual factor where the log is small. Looks at every run.
[[nodiscard]] double measured_disk_factor(log::EventLog& log, const std::string& data);
// In words, where the limits allow more than the disk has; empty where they fit.
[[nodiscard]] std::string disk_warning(log::EventLog& log, const std::string& data,
                                       std::span<const log::StreamRule> streams, double disk_factor);

// Sentences, one per thing that is too small; none where all is well or nothing can be measured.
[[nodiscard]] std::vector<std::string> size_warnings(log::EventLog& log, const std::string& data,
                                                     std::span<const log::StreamRule> streams,
                                                     const ExpectedLoad& expected);

}  // namespace holeshot::central_app
