// The laptop's power, from Linux' /sys/class/power_supply.
#pragma once

#include <string>

#include "gateway/status/picture.h"

namespace holeshot::status {

inline constexpr const char* kPowerSupplies = "/sys/class/power_supply";

// Reads some small files that the kernel makes up; never blocks on a device. Both values are nullopt where the machine
// does not say. Batteries of mice and headsets do not count; of two batteries the mean is told. Any thread.
[[nodiscard]] PowerPicture read_power(const std::string& root = kPowerSupplies);

}  // namespace holeshot::status
