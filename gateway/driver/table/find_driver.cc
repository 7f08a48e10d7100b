#include <algorithm>
#include <string>

#include "gateway/driver/table/driver_table.h"

namespace holeshot::driver {

base::Result<DriverInfo> find_driver(std::string_view name, std::uint16_t port) {
  const auto drivers = all_drivers();
  const auto with = [&](auto&& matches) { return std::find_if(drivers.begin(), drivers.end(), matches); };
  auto found = drivers.end();
  if (name.empty()) {
    found = with([&](const DriverInfo& info) { return info.default_port != 0 && info.default_port == port; });
    if (found == drivers.end()) name = kDefaultDriver;
  }
  if (found == drivers.end()) found = with([&](const DriverInfo& info) { return info.name == name; });
  if (found != drivers.end()) return *found;
  std::string known;
  for (const auto& info : drivers) known += (known.empty() ? "" : ", ") + std::string{info.name};
  return base::fail(base::Code::kInvalid, "no driver is called \"" + std::string{name} + "\"",
                    "write driver=NAME with one of: " + known);
}

}  // namespace holeshot::driver
