// WorkerStatus: how a consumer of the log is doing, as GET /api/workers and the metrics show it. Plain data.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "central/log/event_log.h"

namespace holeshot::worker {

enum class WorkerState : std::uint8_t {
  kLive,        // has all there is, or will have it with its next turn
  kCatchingUp,  // more than one turn behind
  kWaiting,     // something failed; it tries again by itself
  kStuck,       // holds an event beyond its deadline
};
[[nodiscard]] std::string_view to_string(WorkerState state);

struct WorkerStatus {
  std::string kind;
  std::string track;         // empty where the worker serves all
  log::Offset cursor;        // everything up to here has been handled
  std::uint64_t lag = 0;     // log positions from the cursor to the newest event for it; 0 = it has all
  std::uint64_t lag_us = 0;  // age of the oldest event that waits for it
  // Since start.
  std::uint64_t deliveries = 0;
  std::uint64_t retries = 0;
  std::uint64_t dead_letters = 0;
  std::uint64_t gaps = 0;     // times that retention was faster
  std::uint64_t overdue = 0;  // times that an event was held beyond the deadline
  std::string last_error;     // the latest, also when it is over; empty = none
  WorkerState state = WorkerState::kLive;
};

// {"workers":[{"cursor","dead_letters","deliveries","gaps","kind","lag","lag_us","last_error","overdue","retries",
// "state","track_id"}]}; track_id and last_error may be null.
[[nodiscard]] std::string to_json(std::span<const WorkerStatus> workers);

}  // namespace holeshot::worker
