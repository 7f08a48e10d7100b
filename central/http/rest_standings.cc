#include "central/http/rest_standings.h"

#include <algorithm>
#include <utility>

#include "central/http/rest_fields.h"

namespace holeshot::http {

namespace comp = competition;

namespace {

Json moto_lines(const comp::Card& card) {
  Json lines = Json::array();
  for (const auto& one : card.lines) {
    lines.push_back({{"moto_id", one.heat_id.empty() ? Json(nullptr) : Json(one.heat_id)},
                     {"round_type", one.round},
                     {"finish_position", or_null(one.line.place)},
                     {"elapsed_us", or_null(one.line.elapsed_us)},
                     {"points", or_null(one.line.points)},
                     {"status", comp::text_of(one.line.code)},
                     {"dnf", one.line.code == comp::Code::kDnf},
                     {"dns", one.line.code == comp::Code::kDns}});
  }
  return lines;
}

// The class that a rider was entered in before classes were merged.
struct Origin {
  std::string id;
  std::string name;
};
Origin origin_of(const ClassState& state, const std::string& rider) {
  for (const auto& part : member(state.its, "merged")) {
    const auto riders = texts_of(member(part, "rider_ids"));
    if (std::find(riders.begin(), riders.end(), rider) != riders.end())
      return {text_at(part, "class_id"), text_at(part, "name")};
  }
  return {state.id, text_at(state.its, "name")};
}

// The riders of one class among those of the others that ride with it.
struct OwnRanks {
  std::int64_t riders = 0;
  std::int64_t last = 0;  // rank in the class that they ride in
  std::int64_t own = 0;

  // Best first; who is equal there is equal here.
  std::int64_t of(std::int64_t rank) {
    ++riders;
    if (rank != last) own = riders;
    last = rank;
    return own;
  }
};

}  // namespace

const Json& RiderNames::of(const std::string& id) {
  const auto it = riders_.find(id);
  if (it != riders_.end()) return it->second;
  auto rider = plan_.get(read::kRider, id);
  return riders_.emplace(id, rider ? std::move(*rider) : Json::object()).first->second;
}

void RiderNames::add_to(Json& row, const std::string& id) {
  for (const char* name : {"first_name", "last_name", "plate_number"}) row[name] = member(of(id), name);
}

Json rank_json(std::int64_t rank) { return rank == 0 ? Json(nullptr) : Json(rank); }

Json standing_rows(const ClassState& state, RiderNames& riders) {
  const auto cards = comp::cards_of(state.book, state.heats, state.riders);
  std::map<std::string, OwnRanks> ranked;  // by class of origin
  Json rows = Json::array();
  for (const auto& line : state.ranking()) {
    const auto& card = cards.at(line.rider_id);
    Json row = {{"rank", rank_json(line.rank)},
                {"rider_id", line.rider_id},
                {"total_points", card.total},
                {"motos_scored", card.lines.size()},
                {"group", card.group == 0 ? Json(nullptr) : Json(card.group)},
                {"results", moto_lines(card)},
                {"reached", line.reached.empty() ? Json(nullptr) : Json(line.reached)},
                {"place", or_null(line.place)},
                {"elapsed_us", or_null(line.elapsed_us)},
                {"status", line.reached.empty() ? Json(nullptr) : Json(comp::text_of(line.code))},
                {"scratched", state.scratched.contains(line.rider_id)}};
    riders.add_to(row, line.rider_id);
    if (!member(state.its, "merged").empty()) {
      const Origin origin = origin_of(state, line.rider_id);
      row["entered_class"] = origin.name;
      row["entered_class_rank"] = line.rank == 0 ? Json(nullptr) : Json(ranked[origin.id].of(line.rank));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

namespace {

Json standings_json(const ClassState& state, RiderNames& riders) {
  return {{"class_id", state.id},
          {"event_id", member(state.its, "event_id")},
          {"class_name", member(state.its, "name")},
          {"scoring", member(state.its, "scoring")},
          {"rule_book", state.book.name},
          {"standings", standing_rows(state, riders)}};
}

Outcome<Response> standings(const RestContext& context, const Request& request) {
  HOLESHOT_ASSIGN(const auto state,
                  load_class(context.queries, request.params.at("id"), request.params.at("class")));
  RiderNames riders{context.queries};
  return Response::json(200, standings_json(state, riders).dump());
}

Outcome<Response> event_standings(const RestContext& context, const Request& request) {
  HOLESHOT_ASSIGN(const auto states, load_classes(context.queries, request.params.at("id")));
  RiderNames riders{context.queries};
  Json classes = Json::array();
  for (const auto& state : states) {
    if (text_at(state.its, "merged_into").empty()) classes.push_back(standings_json(state, riders));
  }
  return Response::json(200,
                        Json{{"event_id", request.params.at("id")}, {"classes", std::move(classes)}}.dump());
}

}  // namespace

void add_standings_routes(Router& router, RestContext& context) {
  const auto add = [&](const char* pattern, auto handler) {
    router.add("GET", pattern,
               answering([&context, handler](const Request& request) { return handler(context, request); }));
  };
  add("/api/events/{id}/standings", event_standings);
  add("/api/events/{id}/classes/{class}/standings", standings);
}

}  // namespace holeshot::http
