// What of a spool is shown: as text for people, as JSON for programs (docs/gateway.md is the contract), as CSV. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/spool/types.h"

namespace holeshot::app {

[[nodiscard]] std::string stats_text(const spool::SpoolStats& stats);
[[nodiscard]] std::string stats_json(const spool::SpoolStats& stats);

// One line; local time.
[[nodiscard]] std::string row_text(const spool::SpoolRow& row);
[[nodiscard]] std::string row_json(const spool::SpoolRow& row);

// What a person does about a row in quarantine, by its code.
[[nodiscard]] std::string advice_for(std::string_view code);

// `losses`: the texts of loss reports, JSON objects.
[[nodiscard]] std::string verify_json(const spool::VerifyReport& report,
                                      const std::vector<std::string>& losses);

// RFC 4180, with a header line. What a row does not have is empty.
[[nodiscard]] std::string csv_header();
[[nodiscard]] std::string csv_line(const spool::SpoolRow& row);

// The P3 frame as it came over the wire; empty where the row was none (another protocol's record, damaged text).
[[nodiscard]] std::string p3_frame(const spool::SpoolRow& row);

}  // namespace holeshot::app
