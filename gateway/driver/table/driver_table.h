// Which protocols this build speaks. Thread-safe; the table never changes.
#pragma once

#include <span>
#include <string_view>

#include "common/base/result.h"
#include "gateway/driver/driver.h"

namespace holeshot::driver {

// What a line without ?driver= and with a port that no driver claims speaks.
inline constexpr std::string_view kDefaultDriver = "p3";

// Sorted by name.
[[nodiscard]] std::span<const DriverInfo> all_drivers();

// By name; with an empty name by the TCP port, and without a claim to that the default. kInvalid for an unknown name,
// with those that are known.
[[nodiscard]] base::Result<DriverInfo> find_driver(std::string_view name, std::uint16_t port);

}  // namespace holeshot::driver
