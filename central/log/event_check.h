// What every backing asks of an event before it takes it.
#pragma once

#include <span>

#include "central/log/event_log.h"
#include "common/base/result.h"

namespace holeshot::log {

// kInvalid with the index of the first event that no log takes, and why: no subject, client or boot; a seq of 0 or
// beyond 2^63-1; no body, a line break in it, more than kMaxEventBytes.
[[nodiscard]] base::Status check_events(std::span<const NewEvent> events);

}  // namespace holeshot::log
