// Fill: who rides in a round that follows from results: a transfer class's second moto, a semi, the main. Pure: the
// same results give the same heats, lanes included.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "central/competition/class_plan.h"
#include "central/competition/heat.h"
#include "central/competition/rule_book.h"

namespace holeshot::competition {

struct Filled {
  std::string round;
  std::size_t group = 1;
  std::vector<Entry> entries;  // best seed first; empty where nobody is left to ride
};

// A heat that is going to be, before anybody knows who rides in it.
struct Vacant {
  std::string round;
  std::size_t group = 1;
};
// Every heat of the plan that results fill: nothing for a class whose motos decide.
[[nodiscard]] std::vector<Vacant> vacant_heats(const ClassPlan& plan);

// Every round of the plan whose earlier round is finished, filled. `scratched` riders advance to nothing. The seed makes
// lanes where the book draws them.
[[nodiscard]] std::vector<Filled> fill_rounds(const RuleBook& book, const ClassPlan& plan,
                                              const std::vector<Heat>& heats,
                                              const std::set<std::string>& scratched, std::uint64_t seed);

}  // namespace holeshot::competition
