// One event of the log as one line: JSON for programs, columns for people. Pure but for the time zone of the text.
#pragma once

#include <cstdint>
#include <string>

#include "central/log/event_log.h"
#include "common/base/result.h"

namespace holeshot::log {

enum class LineStyle : std::uint8_t { kJson, kText };

// A raw envelope with contract_version and ingested_at_us, everything else as it was appended. kCorrupt where a raw
// event is no envelope.
[[nodiscard]] base::Result<std::string> json_line(const Event& event);

// "    1042  2026-11-26 11:00:03.123  zolder  PASSING  passing 17  transponder 94890  strength 102  hits 14": offset,
// time of append in this machine's zone, track, type, and what matters in such an event. Total: a body that is not
// what it should be is shown by its first bytes.
[[nodiscard]] std::string text_line(const Event& event);

[[nodiscard]] base::Result<std::string> line_of(const Event& event, LineStyle style);

// "2026-11-26 11:00:03.123" in this machine's zone.
[[nodiscard]] std::string local_time_text(std::uint64_t wall_us);
// "2026-11-26T10:00:03.123456Z".
[[nodiscard]] std::string utc_time_text(std::uint64_t wall_us);

}  // namespace holeshot::log
