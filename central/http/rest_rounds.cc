#include "central/http/rest_rounds.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "central/competition/fill.h"
#include "central/http/rest_class_state.h"
#include "central/http/rest_fields.h"
#include "common/contract/ids.h"

namespace holeshot::http {

namespace comp = competition;

namespace {

bool same_riders(std::vector<comp::Entry> a, std::vector<comp::Entry> b) {
  const auto by_lane = [](const comp::Entry& x, const comp::Entry& y) { return x.lane < y.lane; };
  std::sort(a.begin(), a.end(), by_lane);
  std::sort(b.begin(), b.end(), by_lane);
  return a == b;
}

// {id, rider_id, lane} by lane, with ids that follow from the moto and the rider.
Json derived_entries(const std::string& moto_id, std::vector<comp::Entry> entries) {
  std::sort(entries.begin(), entries.end(),
            [](const comp::Entry& a, const comp::Entry& b) { return a.lane < b.lane; });
  Json list = Json::array();
  for (const auto& entry : entries) {
    list.push_back({{"id", contract::derived_id(moto_id + ":" + entry.rider_id, 1)},
                    {"rider_id", entry.rider_id},
                    {"lane", entry.lane}});
  }
  return list;
}

Verdict plan_fill(Plan& plan, const ClassState& state, FillReport& report) {
  HOLESHOT_ASSIGN(const auto raced_us, lift(plan.queries().newest_result_us(state.id)));
  if (raced_us) plan.derived_at(*raced_us);
  for (const auto& filled :
       comp::fill_rounds(state.book, state.plan, state.heats, state.scratched, state.seed)) {
    for (std::size_t i = 0; i < state.heats.size(); ++i) {
      const auto& heat = state.heats[i];
      if (heat.round != filled.round || heat.group != filled.group) continue;
      const bool was_filled = member(state.motos[i], "filled") == true;
      if (was_filled && same_riders(heat.entries, filled.entries)) continue;
      if (text_at(state.motos[i], "status") != "pending") {
        report.stale.push_back(heat.id);
        continue;
      }
      Json moto = bare_moto(state.motos[i]);
      moto["entries"] = derived_entries(heat.id, filled.entries);
      moto["filled"] = true;
      Json seeds = Json::array();  // best first
      for (const auto& entry : filled.entries) seeds.push_back(entry.rider_id);
      moto["seeds"] = std::move(seeds);
      plan.put(read::kMoto, heat.id, moto);
      ++report.filled;
    }
  }
  return {};
}

Outcome<Response> fill(RestContext& context, const Request& request) {
  const std::string& class_id = request.params.at("class");
  HOLESHOT_ASSIGN(const auto report, fill_class(context, request.params.at("id"), class_id));
  return Response::json(200, Json{{"filled", report.filled}, {"stale", report.stale}}.dump());
}

Json heat_json(const ClassState& state, std::size_t index) {
  const Json& moto = state.motos[index];
  return {{"moto_id", member(moto, "id")},
          {"round_type", member(moto, "round_type")},
          {"group", state.heats[index].group},
          {"sequence", member(moto, "sequence")},
          {"status", member(moto, "status")},
          {"riders", state.heats[index].entries.size()},
          {"filled", member(moto, "filled") != false}};
}

// What the class rides and how far it is.
Outcome<Response> progress(const RestContext& context, const Request& request) {
  HOLESHOT_ASSIGN(const auto state,
                  load_class(context.queries, request.params.at("id"), request.params.at("class")));
  Json heats = Json::array();
  for (std::size_t i = 0; i < state.heats.size(); ++i) heats.push_back(heat_json(state, i));
  return Response::json(200, Json{{"class_id", state.id},
                                  {"plan", draw_json(state.book, state.plan, state.seed)},
                                  {"motos", std::move(heats)},
                                  {"all_finished", state.all_finished()}}
                                 .dump());
}

}  // namespace

Outcome<FillReport> fill_class(RestContext& context, const std::string& event_id,
                               const std::string& class_id) {
  // Loaded once before for the actor's name, and again inside, where nothing else changes.
  HOLESHOT_ASSIGN(const auto look, load_class(context.queries, event_id, class_id));
  FillReport report;
  const auto change = [&](Plan& plan) -> Verdict {
    // A round that nobody is left to ride is over, and the next may be filled: twice is as far as that goes.
    HOLESHOT_ASSIGN(const auto state, load_class(plan.queries(), event_id, class_id));
    return plan_fill(plan, state, report);
  };
  for (;;) {
    const std::size_t before = report.filled;
    report.stale.clear();
    HOLESHOT_TRY(context.registry.commit("rules:" + look.book.name, change));
    if (report.filled == before) return report;
  }
}

void add_round_routes(Router& router, RestContext& context) {
  const auto add = [&](const char* method, const char* pattern, auto handler) {
    router.add(method, pattern,
               answering([&context, handler](const Request& request) { return handler(context, request); }));
  };
  add("POST", "/api/events/{id}/classes/{class}/fill", fill);
  add("GET", "/api/events/{id}/classes/{class}/progress", progress);
}

}  // namespace holeshot::http
