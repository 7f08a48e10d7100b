// Whether a moto can be raced as it was staged: each rule with its code and a sentence for the person at the
// gate.
#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <string>

#include "central/race/moto.h"

namespace holeshot::race {

namespace {

std::string name_of(const Rider& rider) {
  return fmt::format("{} {} (plate {})", rider.first_name, rider.last_name, rider.plate_number);
}

Refusal check_riders(const StageRequest& request, const Rules& rules) {
  if (request.riders.empty()) return {"no_riders", "the moto has no riders: enter at least one"};
  if (request.riders.size() > rules.max_riders) {
    return {"too_many_riders",
            fmt::format("{} riders for a gate of {}", request.riders.size(), rules.max_riders)};
  }
  std::set<std::string> ids;
  std::set<std::uint64_t> lanes;
  for (const Rider& rider : request.riders) {
    if (rider.lane < 1 || rider.lane > rules.max_lane) {
      return {"bad_lane", fmt::format("{} stands in lane {}: lanes go from 1 to {}", name_of(rider),
                                      rider.lane, rules.max_lane)};
    }
    if (!ids.insert(rider.rider_id).second) return {"duplicate_rider", name_of(rider) + " is entered twice"};
    if (!lanes.insert(rider.lane).second) {
      return {"duplicate_lane", fmt::format("lane {} is given twice: move one rider", rider.lane)};
    }
  }
  return {};
}

Refusal check_transponders(const StageRequest& request, const Rules& rules) {
  std::set<std::uint64_t> numbers(request.track.gate_transponders.begin(),
                                  request.track.gate_transponders.end());
  if (numbers.empty()) numbers.insert(rules.gate_transponder);
  for (const Wire& wire : request.track.wiring) numbers.insert(wire.transponder_id);
  std::set<std::string> texts;
  for (const Rider& rider : request.riders) {
    if (rider.transponder_ids.size() > kMaxTransponders)
      return {"too_many_transponders", fmt::format("{} has more than {}", name_of(rider), kMaxTransponders)};
    bool number_taken = rider.transponder_id && !numbers.insert(*rider.transponder_id).second;
    for (const std::uint64_t id : rider.transponder_ids)
      number_taken = !numbers.insert(id).second || number_taken;
    const bool text_taken =
        !rider.transponder_string.empty() && !texts.insert(rider.transponder_string).second;
    if (number_taken || text_taken) {
      return {"duplicate_transponder",
              name_of(rider) + " has a transponder that another rider or the gate has too"};
    }
  }
  return {};
}

Refusal check_loops(const StageRequest& request) {
  const auto& loops = request.track.loops;
  if (request.track.wiring.size() > kMaxWiring)
    return {"too_much_wiring", fmt::format("more than {} special ids", kMaxWiring)};
  if (loops.size() > kMaxLoops) return {"too_many_loops", fmt::format("more than {} loops", kMaxLoops)};
  const auto finishes = std::ranges::count(loops, true, &Loop::is_finish);
  if (finishes == 0) return {"no_finish_loop", "no loop of the track is the finish: mark one"};
  if (finishes > 1) return {"two_finish_loops", "more than one loop is the finish: mark one only"};
  std::set<std::string> ids;
  for (const Loop& loop : loops) {
    if (!ids.insert(loop.id).second) return {"duplicate_loop", "loop " + loop.id + " stands twice"};
  }
  return {};
}

}  // namespace

Refusal refusal_of_track(const StageRequest& request) { return check_loops(request); }

Refusal rules_for(const StageRequest& request, Rules& rules) {
  if (!request.rule_book.empty() && request.rule_book != kDefaultRuleBook) {
    const auto book = rule_book(request.rule_book);
    if (!book) return {"unknown_rule_book", fmt::format("no rule book is called {}", request.rule_book)};
    rules = *book;
  }
  for (const auto& [name, value] : request.rules) {
    std::uint64_t* rule = rule_of(rules, name);
    if (rule == nullptr) return {"unknown_rule", fmt::format("no rule is called {}", name)};
    *rule = value;
  }
  if (rules.max_riders == 0 || rules.max_riders > kMaxGate || rules.max_lane > kMaxGate)
    return {"bad_rule", fmt::format("a gate has 1 to {} lanes and riders", kMaxGate)};
  return {};
}

Refusal refusal_of(const StageRequest& request, const Rules& rules) {
  if (auto refusal = check_riders(request, rules)) return refusal;
  if (auto refusal = check_transponders(request, rules)) return refusal;
  return check_loops(request);
}

}  // namespace holeshot::race
