// holeshot-gateway run: starts a Gateway and waits for SIGTERM or SIGINT.
#pragma once

#include "common/base/settings.h"

namespace holeshot::app {

// Gives the exit code. Blocks SIGTERM and SIGINT for the whole process: call it before any other thread exists.
[[nodiscard]] int run_gateway(const base::Settings& settings);

}  // namespace holeshot::app
