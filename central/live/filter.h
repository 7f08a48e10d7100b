// Filter: which of a topic's frames one viewer wants. Empty lists do not restrict. Immutable once made.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "central/live/frame.h"

namespace holeshot::live {

struct Filter {
  std::vector<std::string> events;
  std::vector<std::string> classes;
  std::vector<std::string> riders;

  [[nodiscard]] bool restricts() const { return !(events.empty() && classes.empty() && riders.empty()); }

  // A frame that names nothing on a field concerns everybody and passes that field.
  [[nodiscard]] bool passes(const FilterKeys& keys) const {
    return meets(events, keys.events) && meets(classes, keys.classes) && meets(riders, keys.riders);
  }

 private:
  static bool meets(const std::vector<std::string>& wanted, const std::vector<std::string>& named) {
    if (wanted.empty() || named.empty()) return true;
    return std::find_first_of(named.begin(), named.end(), wanted.begin(), wanted.end()) != named.end();
  }
};

}  // namespace holeshot::live
