// A few words for the tests of this room: riders by number, heats from an order of arrival.
#pragma once

#include <string>
#include <vector>

#include "central/competition/class_plan.h"
#include "central/competition/draw.h"
#include "central/competition/heat.h"
#include "central/competition/rule_book.h"

namespace holeshot::competition::kit {

inline RuleBook book(std::string_view name = "club") { return base::value_or_die(rule_book(name)); }

inline std::vector<std::string> riders(std::size_t count) {
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string digits = std::to_string(i);
    ids.push_back("r" + std::string(3 - digits.size(), '0') + digits);
  }
  return ids;
}

// A finished heat: these arrive in this order, a second apart; whoever is in the entries and not here did not start.
inline Heat heat(const std::string& round, std::size_t group, const std::vector<std::string>& order) {
  Heat made{.id = round + "/" + std::to_string(group), .round = round, .group = group};
  made.finished = true;
  for (std::size_t i = 0; i < order.size(); ++i) {
    made.entries.push_back({order[i], i + 1});
    made.outcomes[order[i]] = {Code::kFinished, static_cast<std::int64_t>(i) + 1,
                               30'000'000 + static_cast<std::int64_t>(i) * 1'000'000};
  }
  return made;
}

inline std::vector<std::string> ids_of(const std::vector<Entry>& entries) {
  std::vector<std::string> ids;
  for (const auto& entry : entries) ids.push_back(entry.rider_id);
  return ids;
}

}  // namespace holeshot::competition::kit
