// Names what the table holds; for one_folder.cmake.
#include <cstdio>
#include <string>

#include "gateway/driver/table/driver_table.h"

int main() {
  for (const auto& info : holeshot::driver::all_drivers()) {
    const auto driver = info.make({.source = "test"});
    if (driver != nullptr) std::printf("%s makes a driver\n", std::string{info.name}.c_str());
  }
  return 0;
}
