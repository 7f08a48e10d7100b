#include "central/competition/running_order.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "central/competition/rule_book.h"

namespace holeshot::competition {

std::vector<Gate> in_running_order(std::vector<Gate> gates) {
  const auto key = [](const Gate& gate) {
    return std::tuple{order_of_round(gate.round), gate.class_order, gate.group};
  };
  std::stable_sort(gates.begin(), gates.end(), [&](const Gate& a, const Gate& b) { return key(a) < key(b); });
  return gates;
}

std::vector<TooSoon> too_soon(const std::vector<Gate>& order, std::size_t rest_gates) {
  std::vector<TooSoon> found;
  std::map<std::string, std::size_t> last;  // where each rider raced last
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (const auto& rider : order[i].rider_ids) {
      const auto [at, first] = last.try_emplace(rider, i);
      if (first) continue;
      const std::size_t between = i - at->second - 1;
      if (between < rest_gates)
        found.push_back({rider, order[at->second].moto_id, order[i].moto_id, between});
      at->second = i;
    }
  }
  return found;
}

}  // namespace holeshot::competition
