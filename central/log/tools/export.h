// Passings as rows of a table, for spreadsheets and statistics: `holeshot-central log export --format csv`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "central/log/event_log.h"

namespace holeshot::log {

// The names of the columns, with a line break:
//   time            when the gateway read it, UTC, as 2026-11-26T10:00:03.123456Z
//   track, client, decoder
//   passing_number  the decoder's own count
//   transponder     its number, or its text where the decoder sends only that
//   strength, hits, flags
//   rtc_time        the decoder's clock, without a zone: it is often set to local time
//   offset          in the log
[[nodiscard]] std::string_view csv_header();

// One row with its line break; what the decoder did not say is an empty cell. Quoted as RFC 4180 does. nullopt for what
// is no passing.
[[nodiscard]] std::optional<std::string> csv_row(const Event& event);

}  // namespace holeshot::log
