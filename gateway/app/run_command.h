// holeshot-gateway run: starts a Gateway and waits for SIGTERM or SIGINT. Tells the service manager how it is, where one
// listens (common/base/service.h).
#pragma once

#include <cstdint>
#include <functional>

#include "common/base/settings.h"

namespace holeshot::app {

// What a service does whose settings are wrong or not there yet. A program that a person starts ends and says why; a
// service that was just installed waits, says what is missing, and begins when the file is saved.
enum class WhenUnconfigured : std::uint8_t { kEnd, kWait };

// Gives the exit code. `read` gives the settings of all layers, anew at each call. Blocks SIGTERM and SIGINT for the whole
// process: call it before any other thread exists.
[[nodiscard]] int run_gateway(const std::function<base::Result<base::Settings>()>& read,
                              WhenUnconfigured unconfigured);

}  // namespace holeshot::app
