// What one log takes over from another: events with the time that they carry already, and marks that say how far
// the other one was taken.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "central/log/event_log.h"

namespace holeshot::log {

// One call's events. The stamp is raised where it would fall behind that of the event before it in the log.
struct Stamped {
  std::span<const NewEvent> events;
  std::uint64_t appended_at_us = 0;
};

// A named number that is on disk exactly when the events that it was given with are.
struct Mark {
  std::string name;
  std::uint64_t value = 0;
};

}  // namespace holeshot::log
