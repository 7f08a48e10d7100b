// The lock beside a log file that its one writer holds. The kernel lets it go when the process ends, however it ends.
#pragma once

#include <string>

#include "common/base/fd.h"
#include "common/base/result.h"

namespace holeshot::log {

// Held as long as the descriptor is open. kClosed where another process writes the log at `path`.
[[nodiscard]] base::Result<base::UniqueFd> lock_writer(const std::string& path);

}  // namespace holeshot::log
