#include "gateway/status/power.h"

#include <charconv>
#include <filesystem>
#include <fstream>

namespace holeshot::status {

namespace {

namespace fs = std::filesystem;

std::string first_line(const fs::path& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line;
}

std::optional<std::uint64_t> percent_of(const fs::path& supply) {
  const std::string text = first_line(supply / "capacity");
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc{} || value > 100) return std::nullopt;
  return value;
}

struct Sum {
  std::uint64_t percent = 0;
  std::uint64_t batteries = 0;
  bool mains = false;
  bool mains_on = false;
  bool discharging = false;
};

void add(const fs::path& supply, Sum& sum) {
  const std::string type = first_line(supply / "type");
  if (type == "Battery") {
    if (first_line(supply / "scope") == "Device") return;
    sum.discharging |= first_line(supply / "status") == "Discharging";
    if (const auto percent = percent_of(supply)) sum.percent += *percent, ++sum.batteries;
  } else if (type == "Mains" || type == "USB") {
    sum.mains |= type == "Mains";
    sum.mains_on |= first_line(supply / "online") == "1";
  }
}

}  // namespace

PowerPicture read_power(const std::string& root) {
  Sum sum;
  std::error_code error;
  for (fs::directory_iterator it(root, error), end; !error && it != end; it.increment(error)) {
    add(it->path(), sum);
  }
  PowerPicture power;
  if (sum.batteries > 0) power.percent = sum.percent / sum.batteries;
  // A charger that is in but too weak lets the battery run down all the same.
  if (sum.discharging) {
    power.on_battery = true;
  } else if (sum.mains || sum.mains_on || sum.batteries > 0) {
    power.on_battery = sum.mains && !sum.mains_on;
  }
  return power;
}

}  // namespace holeshot::status
