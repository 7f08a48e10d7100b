// holeshot-gateway spool ...: looking into a spool, beside a running gateway or without one. Output on stdout, for
// people or (--json) for programs: docs/gateway.md is the contract of the latter.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "gateway/app/spool_place.h"
#include "gateway/app/terminal.h"
#include "gateway/spool/view.h"

namespace holeshot::app {

// What one of these commands is asked for.
struct SpoolAsk {
  SpoolPlace place;
  spool::RowFilter filter;
  Output output = Output::kText;
};

// Each gives the exit code; errors go to stderr.
[[nodiscard]] int spool_stats(const SpoolAsk& ask);
[[nodiscard]] int spool_list(const SpoolAsk& ask);
[[nodiscard]] int spool_show(const SpoolAsk& ask, std::uint64_t id);
// What is in quarantine, by reason, with what to do about each.
[[nodiscard]] int spool_quarantine(const SpoolAsk& ask);
// 1 where something is wrong. kRepair: puts aside what is damaged, which needs the gateway stopped.
enum class WhenDamaged : std::uint8_t { kSay, kRepair };
[[nodiscard]] int spool_verify(const SpoolAsk& ask, WhenDamaged damaged);

// SpoolView::open() and what its failures mean for the person who asked.
[[nodiscard]] base::Result<spool::SpoolView> open_view(const std::string& path);
// How many rows the file has, about: what a progress bar needs. 0: not known.
[[nodiscard]] std::uint64_t rows_about(spool::SpoolView& view);

}  // namespace holeshot::app
