// gzip in memory, with a bound on what comes out: a few KB of a bomb unpack to gigabytes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace holeshot::http {

// kFull where more than `max_bytes` come out (nothing beyond was produced), kInvalid where it is not gzip, is
// cut off, or has bytes behind its end.
[[nodiscard]] base::Result<std::string> gunzip(std::string_view packed, std::size_t max_bytes);

[[nodiscard]] std::string gzip(std::string_view plain);

}  // namespace holeshot::http
