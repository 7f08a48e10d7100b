// What happens in each golden race, and what must come of it: told by people who know the sport, not by the engine.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/golden/golden.h"

namespace holeshot::golden {

struct Scenario {
  std::string_view name;
  std::vector<Recorded> (*record)();
  // Of every race_finished in order: "m1/1: r2 r1 r3* (r4 DSQ)", one a line; * = DNF, - = DNS.
  std::string_view results;
  // Texts that must stand in the events, in this order.
  std::vector<std::string_view> says;
};

[[nodiscard]] const std::vector<Scenario>& scenarios();

}  // namespace holeshot::golden
