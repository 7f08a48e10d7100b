// holeshot-gateway spool ...: looking into a spool, beside a running gateway or without one. Output on stdout, for
// people or (--json) for programs: docs/gateway.md is the contract of the latter.
#pragma once

#include <cstdint>
#include <string>

#include "gateway/spool/view.h"

namespace holeshot::app {

enum class Output : std::uint8_t { kText, kJson };

// Each gives the exit code; errors go to stderr.
[[nodiscard]] int spool_stats(const std::string& path, Output output);
[[nodiscard]] int spool_list(const std::string& path, const spool::RowFilter& filter, Output output);
[[nodiscard]] int spool_show(const std::string& path, std::uint64_t id, Output output);

// For tests.
[[nodiscard]] std::string stats_json(const spool::SpoolStats& stats);
[[nodiscard]] std::string row_json(const spool::SpoolRow& row);

}  // namespace holeshot::app
