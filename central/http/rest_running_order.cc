// The order in which the motos of the whole event go to the gate.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "central/competition/draw.h"
#include "central/competition/running_order.h"
#include "central/http/rest_class_state.h"
#include "central/http/rest_context.h"
#include "central/http/rest_fields.h"

namespace holeshot::http {

namespace comp = competition;

namespace {

// All motos of the event by sequence, as moto_json() shows them.
Outcome<std::vector<Json>> motos_of(const read::Queries& queries, const std::string& event_id) {
  HOLESHOT_TRY(Plan{queries}.get(read::kEvent, event_id));
  HOLESHOT_ASSIGN(const auto text, lift(queries.event_motos_json(event_id)));
  Json list = Json::parse(text);
  std::vector<Json> motos;
  for (auto& moto : list) motos.push_back(std::move(moto));
  return motos;
}

// Changes with every moto that comes, goes or moves.
std::string tag_of(const std::vector<Json>& motos) {
  std::string text;
  for (const auto& moto : motos) text += text_at(moto, "id") + ":" + member(moto, "sequence").dump() + "\n";
  return '"' + std::to_string(comp::seed_of(text) & kSeedBits) + '"';
}

comp::Gate gate_of(const Json& moto, const std::map<std::string, std::size_t>& classes) {
  comp::Gate gate{text_at(moto, "id"), text_at(moto, "round_type")};
  const auto order = classes.find(text_at(moto, "class_id"));
  gate.class_order = order == classes.end() ? classes.size() : order->second;
  if (member(moto, "group").is_number_unsigned()) gate.group = member(moto, "group").get<std::size_t>();
  for (const auto& entry : member(moto, "entries")) gate.rider_ids.push_back(text_at(entry, "rider_id"));
  return gate;
}

Outcome<std::map<std::string, std::size_t>> class_order(const read::Queries& queries,
                                                        const std::string& event_id) {
  HOLESHOT_ASSIGN(const auto ids, lift(queries.ids(read::kClass, event_id)));
  std::map<std::string, std::size_t> order;
  for (const auto& id : ids) order.emplace(id, order.size());
  return order;
}

Outcome<Response> show(const RestContext& context, const Request& request) {
  const std::string& event_id = request.params.at("id");
  HOLESHOT_ASSIGN(const auto motos, motos_of(context.queries, event_id));
  HOLESHOT_ASSIGN(const Json event, Plan{context.queries}.get(read::kEvent, event_id));
  HOLESHOT_ASSIGN(const auto book, book_of(context.queries, Json::object(), event));
  Json list = Json::array();
  std::vector<comp::Gate> gates;
  for (const auto& moto : motos) {
    gates.push_back(gate_of(moto, {}));
    list.push_back({{"moto_id", member(moto, "id")},
                    {"sequence", member(moto, "sequence")},
                    {"class_id", member(moto, "class_id")},
                    {"class_name", member(moto, "class_name")},
                    {"round_type", member(moto, "round_type")},
                    {"group", gates.back().group},
                    {"status", member(moto, "status")},
                    {"riders", gates.back().rider_ids.size()},
                    {"filled", member(moto, "filled") != false}});
  }
  Json soon = Json::array();
  for (const auto& one : comp::too_soon(gates, book.rest_gates)) {
    soon.push_back({{"rider_id", one.rider_id},
                    {"first_moto_id", one.first_moto},
                    {"second_moto_id", one.second_moto},
                    {"gates_between", one.gates_between}});
  }
  auto response = Response::json(
      200, Json{{"event_id", event_id}, {"motos", std::move(list)}, {"too_soon", std::move(soon)}}.dump());
  response.headers["ETag"] = tag_of(motos);
  return response;
}

// The pending motos in this order get the numbers that pending motos have now; others keep theirs.
void renumber(Plan& plan, const std::vector<Json>& motos, const std::vector<std::string>& order) {
  std::vector<std::uint64_t> numbers;
  std::map<std::string, const Json*> by_id;
  for (const auto& moto : motos) {
    if (text_at(moto, "status") != "pending") continue;
    numbers.push_back(member(moto, "sequence").get<std::uint64_t>());
    by_id[text_at(moto, "id")] = &moto;
  }
  std::sort(numbers.begin(), numbers.end());
  // Drawn class by class, numbers may stand twice; here they are given anew from the first on.
  for (std::size_t i = 1; i < numbers.size(); ++i) numbers[i] = std::max(numbers[i], numbers[i - 1] + 1);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Json& moto = *by_id.at(order[i]);
    if (member(moto, "sequence") == numbers[i]) continue;
    Json changed = bare_moto(moto);
    changed["sequence"] = numbers[i];
    plan.put(read::kMoto, order[i], changed);
  }
}

Verdict matches_tag(const Request& request, const std::vector<Json>& motos) {
  const auto given = request.header("if-match");
  if (given.empty()) {
    return refuse(428, "revision_required",
                  "say with If-Match which running order you have seen: GET gives its ETag");
  }
  if (given != "*" && given.find(tag_of(motos)) == std::string_view::npos) {
    return refuse(412, "revision_mismatch", "somebody else changed the running order; read it again first");
  }
  return {};
}

Outcome<Response> reorder(RestContext& context, const Request& request) {
  const std::string& event_id = request.params.at("id");
  HOLESHOT_ASSIGN(const Json body, body_of(request));
  const Json& given = member(body, "moto_ids");
  if (!given.is_array()) return refuse(422, "invalid", "moto_ids has to be a list", "/moto_ids");
  const auto order = texts_of(given);
  const auto change = [&](Plan& plan) -> Verdict {
    HOLESHOT_ASSIGN(const auto motos, motos_of(plan.queries(), event_id));
    HOLESHOT_TRY(matches_tag(request, motos));
    std::set<std::string> pending;
    for (const auto& moto : motos) {
      if (text_at(moto, "status") == "pending") pending.insert(text_at(moto, "id"));
    }
    if (order.size() != pending.size() || std::set<std::string>{order.begin(), order.end()} != pending) {
      return refuse(
          422, "invalid",
          "moto_ids has to name each of the " + std::to_string(pending.size()) + " pending motos once",
          "/moto_ids");
    }
    renumber(plan, motos, order);
    return {};
  };
  HOLESHOT_TRY(context.registry.commit(actor_of(request), change));
  return show(context, request);
}

// By round, class and group again.
Outcome<Response> arrange(RestContext& context, const Request& request) {
  const std::string& event_id = request.params.at("id");
  const auto change = [&](Plan& plan) -> Verdict {
    HOLESHOT_ASSIGN(const auto motos, motos_of(plan.queries(), event_id));
    HOLESHOT_ASSIGN(const auto classes, class_order(plan.queries(), event_id));
    std::vector<comp::Gate> gates;
    for (const auto& moto : motos) {
      if (text_at(moto, "status") == "pending") gates.push_back(gate_of(moto, classes));
    }
    std::vector<std::string> order;
    for (auto& gate : comp::in_running_order(std::move(gates))) order.push_back(std::move(gate.moto_id));
    renumber(plan, motos, order);
    return {};
  };
  HOLESHOT_TRY(context.registry.commit(actor_of(request), change));
  return show(context, request);
}

}  // namespace

void add_running_order_routes(Router& router, RestContext& context) {
  const auto add = [&](const char* method, const char* pattern, auto handler) {
    router.add(method, pattern,
               answering([&context, handler](const Request& request) { return handler(context, request); }));
  };
  add("GET", "/api/events/{id}/running-order", show);
  add("PUT", "/api/events/{id}/running-order", reorder);
  add("POST", "/api/events/{id}/running-order", arrange);
}

}  // namespace holeshot::http
