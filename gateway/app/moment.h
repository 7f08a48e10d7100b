// Moments as people write and read them. Microseconds since 1970. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace holeshot::app {

// "2h" (also s, m, d, w: so long before now), "18:05" or "18:05:30" (today), "2026-11-20", "2026-11-20T18:05:43.25"
// (a blank for the T does, too), with "Z" or "+01:00" behind it; without, it is this computer's local time. "now".
// kInvalid for anything else.
[[nodiscard]] base::Result<std::uint64_t> moment_from(std::string_view text, std::uint64_t now_us);

// "2026-11-20 18:05:43.123", local time; moment_from() reads it. "-" for 0.
[[nodiscard]] std::string local_text(std::uint64_t us);
// "2026-11-20T17:05:43.123456Z"; empty for 0.
[[nodiscard]] std::string iso_text(std::uint64_t us);

}  // namespace holeshot::app
