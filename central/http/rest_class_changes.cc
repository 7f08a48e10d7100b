// What happens to a class on the day: riders who come late, riders who go home, classes that are too small and ride with
// another one.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "central/competition/draw.h"
#include "central/http/rest_class_state.h"
#include "central/http/rest_context.h"
#include "central/http/rest_fields.h"

namespace holeshot::http {

namespace comp = competition;

namespace {

constexpr std::array kScratchFields{
    Field{.name = "rider_id", .required = true, .max = 64},
    Field{.name = "reason", .max = 500},
};

bool is_pending(const Json& moto) { return text_at(moto, "status") == "pending"; }
bool is_moto(const comp::Heat& heat) { return comp::is_moto_round(heat.round); }

bool lists(const comp::Heat& heat, const std::string& rider) {
  return std::any_of(heat.entries.begin(), heat.entries.end(),
                     [&](const comp::Entry& entry) { return entry.rider_id == rider; });
}

// --- late entries

// Motos of one group, by index into the state's heats; those that went to the gate counted.
struct Group {
  std::vector<std::size_t> pending;
  std::size_t begun = 0;
  std::size_t largest = 0;  // riders in the fullest of the pending ones
};

std::vector<Group> groups_of(const ClassState& state) {
  std::vector<Group> groups(state.plan.groups);
  for (std::size_t i = 0; i < state.heats.size(); ++i) {
    const auto& heat = state.heats[i];
    // Who rides in a heat that results fill is not for the office to say.
    if (!is_moto(heat) || heat.group > groups.size() || member(state.motos[i], "filled") == false) continue;
    Group& group = groups[heat.group - 1];
    if (!is_pending(state.motos[i])) {
      ++group.begun;
    } else {
      group.pending.push_back(i);
      group.largest = std::max(group.largest, heat.entries.size());
    }
  }
  return groups;
}

// The group that a late rider joins: the one that has begun least, then the smallest.
Outcome<Group> group_for_late(const ClassState& state) {
  if (state.plan.by_transfer() && !state.untouched()) {
    return refuse(409, "late_closed", "riders have transferred already: nobody can come late to this class");
  }
  std::vector<Group> groups = groups_of(state);
  std::erase_if(groups, [&](const Group& group) {
    return group.pending.empty() || group.begun > state.book.late_entries_through_moto;
  });
  if (groups.empty()) {
    return refuse(409, "late_closed",
                  "rule book " + state.book.name + " lets riders come late until moto " +
                      std::to_string(state.book.late_entries_through_moto) + " is raced");
  }
  std::erase_if(groups, [&](const Group& group) { return group.largest >= state.book.lanes; });
  if (groups.empty()) {
    return refuse(
        409, "gates_full",
        "every gate of the class is full" +
            std::string{state.untouched() ? ": enter the rider after deleting the draw, or draw again" : ""});
  }
  return *std::min_element(groups.begin(), groups.end(), [](const Group& a, const Group& b) {
    return std::pair{a.begun, a.largest} < std::pair{b.begun, b.largest};
  });
}

// Puts the rider into these motos, each time in a lane that he has not had if there is one.
void plan_entries(RestContext& context, Plan& plan, const ClassState& state, const std::string& rider,
                  const std::vector<std::size_t>& motos) {
  std::vector<std::size_t> had;
  for (const std::size_t i : motos) {
    const std::size_t lane = comp::free_lane(state.book, state.heats[i].entries, had);
    if (lane == 0) continue;  // somebody else took the last one meanwhile
    had.push_back(lane);
    auto entries = state.heats[i].entries;
    entries.push_back({rider, lane});
    Json moto = bare_moto(state.motos[i]);
    moto["entries"] = entries_json(context.ids, entries);
    plan.put(read::kMoto, state.heats[i].id, moto);
  }
}

// --- scratches

Outcome<Response> scratch(RestContext& context, const Request& request) {
  const std::string& class_id = request.params.at("class");
  HOLESHOT_ASSIGN(const Json body, body_of(request));
  const auto change = [&](Plan& plan) -> Verdict {
    HOLESHOT_ASSIGN(ClassState state, load_class(plan.queries(), request.params.at("id"), class_id));
    Json record = Json::object();
    HOLESHOT_TRY(read_fields(kScratchFields, body, "", record));
    const std::string rider = text_at(record, "rider_id");
    if (std::find(state.riders.begin(), state.riders.end(), rider) == state.riders.end())
      return refuse(422, "invalid", "the rider is not in this class", "/rider_id");
    if (state.scratched.contains(rider)) return refuse(409, "scratched", "the rider is scratched already");
    record["ts_us"] = context.clock.wall_us();
    record["motos"] = Json::array();
    for (std::size_t i = 0; i < state.heats.size(); ++i) {
      if (!is_pending(state.motos[i]) || !lists(state.heats[i], rider)) continue;
      auto entries = state.heats[i].entries;
      std::erase_if(entries, [&](const comp::Entry& entry) { return entry.rider_id == rider; });
      Json moto = bare_moto(state.motos[i]);
      moto["entries"] = entries_json(context.ids, entries);
      plan.put(read::kMoto, state.heats[i].id, moto);
      record["motos"].push_back(state.heats[i].id);
    }
    state.its["scratched"].push_back(std::move(record));
    plan.put(read::kClass, class_id, state.its);
    return {};
  };
  HOLESHOT_TRY(context.registry.commit(actor_of(request), change));
  return class_response(context, 201, class_id);
}

Outcome<Response> reinstate(RestContext& context, const Request& request) {
  const std::string& class_id = request.params.at("class");
  const std::string& rider = request.params.at("rider");
  const auto change = [&](Plan& plan) -> Verdict {
    HOLESHOT_ASSIGN(ClassState state, load_class(plan.queries(), request.params.at("id"), class_id));
    if (!state.scratched.contains(rider)) return not_found("scratched rider", rider);
    Json& list = state.its["scratched"];
    const auto record = std::find_if(list.begin(), list.end(),
                                     [&](const Json& one) { return text_at(one, "rider_id") == rider; });
    const auto left = texts_of(member(*record, "motos"));
    std::vector<std::size_t> motos;
    for (std::size_t i = 0; i < state.heats.size(); ++i) {
      const bool was_in = std::find(left.begin(), left.end(), state.heats[i].id) != left.end();
      if (was_in && is_pending(state.motos[i]) && is_moto(state.heats[i])) motos.push_back(i);
    }
    plan_entries(context, plan, state, rider, motos);
    list.erase(record);
    plan.put(read::kClass, class_id, state.its);
    return {};
  };
  HOLESHOT_TRY(context.registry.commit(actor_of(request), change));
  return class_response(context, 200, class_id);
}

// --- merged classes

Outcome<ClassState> mergeable(const Plan& plan, const std::string& event_id, const std::string& class_id) {
  HOLESHOT_ASSIGN(ClassState state, load_class(plan.queries(), event_id, class_id));
  if (!state.untouched()) {
    return refuse(409, "has_results",
                  "class " + text_at(state.its, "name") + " has been to the gate: results stay");
  }
  if (!text_at(state.its, "merged_into").empty())
    return refuse(409, "merged",
                  "class " + text_at(state.its, "name") + " is merged into another one already");
  return state;
}

Verdict take_in(Plan& plan, ClassState& target, const std::string& event_id, const std::string& from) {
  if (from == target.id) return refuse(422, "invalid", "a class cannot be merged with itself", "/from");
  HOLESHOT_ASSIGN(ClassState other, mergeable(plan, event_id, from));
  if (!member(other.its, "merged").empty())
    return refuse(409, "merged",
                  "class " + text_at(other.its, "name") + " holds merged classes: split it first");
  for (const auto& rider : other.riders) {
    if (std::find(target.riders.begin(), target.riders.end(), rider) != target.riders.end())
      return refuse(409, "entered", "rider " + rider + " is entered in both classes");
    target.riders.push_back(rider);
  }
  target.its["merged"].push_back(
      {{"class_id", from}, {"name", member(other.its, "name")}, {"rider_ids", other.riders}});
  HOLESHOT_TRY(remove_motos(plan, from));
  other.its["rider_ids"] = Json::array();
  other.its["merged_into"] = target.id;
  other.its.erase("draw");
  plan.put(read::kClass, from, other.its);
  return {};
}

Outcome<Response> merge(RestContext& context, const Request& request) {
  const std::string& event_id = request.params.at("id");
  const std::string& class_id = request.params.at("class");
  HOLESHOT_ASSIGN(const Json body, body_of(request));
  const auto from =
      member(body, "from").is_array() ? texts_of(member(body, "from")) : std::vector<std::string>{};
  if (from.empty()) return refuse(422, "invalid", "from has to be a list of classes", "/from");
  const auto change = [&](Plan& plan) -> Verdict {
    HOLESHOT_ASSIGN(ClassState target, mergeable(plan, event_id, class_id));
    for (const auto& id : from) HOLESHOT_TRY(take_in(plan, target, event_id, id));
    if (target.riders.size() > target.book.max_class) {
      return refuse(409, "class_full",
                    "a class has at most " + std::to_string(target.book.max_class) + " riders");
    }
    // The draw was for fewer riders.
    HOLESHOT_TRY(remove_motos(plan, class_id));
    target.its["rider_ids"] = target.riders;
    target.its.erase("draw");
    plan.put(read::kClass, class_id, target.its);
    return {};
  };
  HOLESHOT_TRY(context.registry.commit(actor_of(request), change));
  return class_response(context, 200, class_id);
}

Verdict give_back(Plan& plan, ClassState& target, const Json& part) {
  const std::string id = text_at(part, "class_id");
  HOLESHOT_ASSIGN(Json other, plan.get(read::kClass, id));
  Json riders = Json::array();
  for (const auto& rider : texts_of(member(part, "rider_ids"))) {
    if (std::erase(target.riders, rider) > 0) riders.push_back(rider);
  }
  other["rider_ids"] = std::move(riders);
  other.erase("merged_into");
  plan.put(read::kClass, id, other);
  return {};
}

Outcome<Response> split(RestContext& context, const Request& request) {
  const std::string& class_id = request.params.at("class");
  const auto change = [&](Plan& plan) -> Verdict {
    HOLESHOT_ASSIGN(ClassState target, mergeable(plan, request.params.at("id"), class_id));
    if (member(target.its, "merged").empty())
      return refuse(409, "not_merged", "nothing is merged into this class");
    for (const auto& part : target.its["merged"]) HOLESHOT_TRY(give_back(plan, target, part));
    HOLESHOT_TRY(remove_motos(plan, class_id));
    target.its["rider_ids"] = target.riders;
    target.its.erase("merged");
    target.its.erase("draw");
    plan.put(read::kClass, class_id, target.its);
    return {};
  };
  HOLESHOT_TRY(context.registry.commit(actor_of(request), change));
  return class_response(context, 200, class_id);
}

}  // namespace

Verdict enter_late(RestContext& context, Plan& plan, const std::string& event_id, const std::string& class_id,
                   const std::string& rider) {
  HOLESHOT_ASSIGN(const ClassState state, load_class(plan.queries(), event_id, class_id));
  if (state.motos.empty()) return {};
  HOLESHOT_ASSIGN(const Group group, group_for_late(state));
  plan_entries(context, plan, state, rider, group.pending);
  return {};
}

void add_class_change_routes(Router& router, RestContext& context) {
  const auto add = [&](const char* method, const char* pattern, auto handler) {
    router.add(method, pattern,
               answering([&context, handler](const Request& request) { return handler(context, request); }));
  };
  add("POST", "/api/events/{id}/classes/{class}/scratches", scratch);
  add("DELETE", "/api/events/{id}/classes/{class}/scratches/{rider}", reinstate);
  add("POST", "/api/events/{id}/classes/{class}/merge", merge);
  add("POST", "/api/events/{id}/classes/{class}/split", split);
}

}  // namespace holeshot::http
