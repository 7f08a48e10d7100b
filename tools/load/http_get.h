// One HTTP GET, for what a run asks before it begins.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "tools/load/target.h"

namespace holeshot::load {

// The body of a 200 answer. kRetry where nobody answers in time, kInvalid with the status line for any other answer.
// Blocks; any thread.
[[nodiscard]] base::Result<std::string> http_get(const Target& target, std::string_view path,
                                                 std::chrono::milliseconds timeout);

}  // namespace holeshot::load
