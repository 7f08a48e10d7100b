#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "central/competition/draw.h"
#include "central/http/rest_class_state.h"
#include "central/http/rest_context.h"
#include "central/http/rest_fields.h"

namespace holeshot::http {

namespace {

constexpr std::array kDrawFields{
    Field{.name = "seed", .type = Field::Type::kInteger, .max = 9007199254740991.0},
};

bool is_scratched(const Json& its, const std::string& rider) {
  const Json& list = member(its, "scratched");
  return std::any_of(list.begin(), list.end(),
                     [&](const Json& one) { return text_at(one, "rider_id") == rider; });
}

// The problem, with the class's name before it.
contract::Problem named(contract::Problem problem, const Plan& plan, const std::string& class_id) {
  const auto its = plan.get(read::kClass, class_id);
  if (its) problem.detail = "class " + text_at(*its, "name") + ": " + problem.detail;
  return problem;
}

// Where numbering goes on: behind the motos of the other classes.
Outcome<std::uint64_t> next_sequence(const Plan& plan, const std::string& event_id,
                                     const std::string& class_id) {
  HOLESHOT_ASSIGN(const auto ids, lift(plan.queries().ids(read::kMoto, event_id)));
  std::uint64_t last = 0;
  for (const auto& id : ids) {
    HOLESHOT_ASSIGN(const Json moto, plan.get(read::kMoto, id));
    if (text_at(moto, "class_id") == class_id) continue;
    last = std::max(last, moto.value("sequence", std::uint64_t{0}));
  }
  return last + 1;
}

// The draw of one class, ready to be planned; 409 where it has nobody, or where the rule book has no plan for it.
Outcome<ClassDraw> draw_of(const Plan& plan, const std::string& event_id, const std::string& class_id,
                           const Json& wishes) {
  HOLESHOT_ASSIGN(const Json event, plan.get(read::kEvent, event_id));
  HOLESHOT_ASSIGN(Json its, class_of_event(plan, event_id, class_id));
  if (!text_at(its, "merged_into").empty())
    return refuse(409, "merged", "the class was merged into class " + text_at(its, "merged_into"));
  ClassDraw draw{.event_id = event_id, .class_id = class_id};
  for (auto& rider : texts_of(member(its, "rider_ids"))) {
    if (!is_scratched(its, rider)) draw.rider_ids.push_back(std::move(rider));
  }
  if (draw.rider_ids.empty()) return refuse(409, "class_empty", "the class has no riders yet");
  HOLESHOT_ASSIGN(draw.book, book_of(plan.queries(), its, event));
  HOLESHOT_ASSIGN(draw.plan, plan_of(draw.book, its, draw.rider_ids.size()));
  draw.seed = competition::seed_of(class_id);
  // A seed that was given draws the same entries alike again, also at another central, where ids are others.
  if (member(wishes, "seed").is_number())
    draw.seed = competition::seed_of(text_at(its, "name")) ^ member(wishes, "seed").get<std::uint64_t>();
  draw.seed &= kSeedBits;
  draw.its = std::move(its);
  return draw;
}

Outcome<Response> generate(RestContext& context, const Request& request) {
  const std::string& event_id = request.params.at("id");
  const std::string& class_id = request.params.at("class");
  HOLESHOT_ASSIGN(const Json body, body_of(request, EmptyBody::kAllowed));
  Json wishes = Json::object();
  HOLESHOT_TRY(read_fields(kDrawFields, body, "", wishes));
  std::string format;
  std::size_t created = 0;
  const auto change = [&](Plan& plan) -> Verdict {
    HOLESHOT_ASSIGN(ClassDraw draw, draw_of(plan, event_id, class_id, wishes));
    HOLESHOT_TRY(remove_motos(plan, class_id));
    HOLESHOT_ASSIGN(const std::uint64_t sequence, next_sequence(plan, event_id, class_id));
    format = text_at(draw.its, "race_format");
    created = plan_motos(plan, context.ids, {std::move(draw)}, sequence);
    return {};
  };
  HOLESHOT_TRY(context.registry.commit(actor_of(request), change));
  return Response::json(201, Json{{"format", format}, {"motos_created", created}}.dump());
}

// Every class of the event that has riders and was not merged away.
Outcome<std::vector<ClassDraw>> draws_of(const Plan& plan, const std::string& event_id, const Json& wishes) {
  HOLESHOT_TRY(plan.get(read::kEvent, event_id));
  HOLESHOT_ASSIGN(const auto ids, lift(plan.queries().ids(read::kClass, event_id)));
  std::vector<ClassDraw> draws;
  for (const auto& id : ids) {
    auto draw = draw_of(plan, event_id, id, wishes);
    if (!draw && (draw.error().code == "class_empty" || draw.error().code == "merged")) continue;
    if (!draw) return std::unexpected(named(std::move(draw).error(), plan, id));
    draws.push_back(std::move(*draw));
  }
  if (draws.empty()) return refuse(409, "event_empty", "no class of the event has riders yet");
  return draws;
}

// The whole event, in its running order.
Outcome<Response> generate_all(RestContext& context, const Request& request) {
  const std::string& event_id = request.params.at("id");
  HOLESHOT_ASSIGN(const Json body, body_of(request, EmptyBody::kAllowed));
  Json wishes = Json::object();
  HOLESHOT_TRY(read_fields(kDrawFields, body, "", wishes));
  Json classes = Json::array();
  std::size_t created = 0;
  const auto change = [&](Plan& plan) -> Verdict {
    HOLESHOT_ASSIGN(const auto draws, draws_of(plan, event_id, wishes));
    for (const auto& draw : draws) {
      HOLESHOT_TRY(remove_motos(plan, draw.class_id));
      classes.push_back({{"class_id", draw.class_id},
                         {"name", member(draw.its, "name")},
                         {"rule_book", draw.book.name},
                         {"groups", draw.plan.groups},
                         {"later", draw.plan.later}});
    }
    created = plan_motos(plan, context.ids, draws, 1);
    return {};
  };
  HOLESHOT_TRY(context.registry.commit(actor_of(request), change));
  return Response::json(201, Json{{"classes", std::move(classes)}, {"motos_created", created}}.dump());
}

Outcome<Response> with_points(const RestContext& context, Json motos) {
  HOLESHOT_TRY(add_points(context.queries, motos));
  return Response::json(200, motos.dump(-1, ' ', false, Json::error_handler_t::replace));
}

Outcome<Response> event_motos(const RestContext& context, const Request& request) {
  const std::string& id = request.params.at("id");
  HOLESHOT_ASSIGN(const auto event, lift(context.queries.object(read::kEvent, id)));
  if (!event) return not_found("event", id);
  HOLESHOT_ASSIGN(const auto motos, lift(context.queries.event_motos_json(id)));
  return with_points(context, Json::parse(motos));
}

Outcome<Response> class_motos(const RestContext& context, const Request& request) {
  const std::string& class_id = request.params.at("class");
  const Plan plan{context.queries};
  HOLESHOT_TRY(class_of_event(plan, request.params.at("id"), class_id));
  HOLESHOT_ASSIGN(const auto motos, lift(context.queries.class_motos_json(class_id)));
  return with_points(context, Json::parse(motos));
}

Outcome<Response> moto(const RestContext& context, const Request& request) {
  const std::string& id = request.params.at("id");
  HOLESHOT_ASSIGN(const auto text, lift(context.queries.moto_json(id)));
  if (!text) return not_found("moto", id);
  Json one = Json::array({Json::parse(*text)});
  HOLESHOT_TRY(add_points(context.queries, one));
  return Response::json(200, one[0].dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

Verdict remove_motos(Plan& plan, const std::string& class_id) {
  HOLESHOT_ASSIGN(const auto held, lift(plan.queries().references(read::kClass, class_id)));
  for (const auto& one : held) {
    if (one.kind != read::kMoto) continue;
    HOLESHOT_ASSIGN(const auto status, lift(plan.queries().moto_status(one.id)));
    if (status != "pending") {
      return refuse(409, "has_results", "moto " + one.id + " of the class is " + status + ": results stay");
    }
    plan.remove(read::kMoto, one.id);
  }
  return {};
}

void add_moto_routes(Router& router, RestContext& context) {
  const auto add = [&](const char* method, const char* pattern, auto handler) {
    router.add(method, pattern,
               answering([&context, handler](const Request& request) { return handler(context, request); }));
  };
  add("GET", "/api/events/{id}/motos", event_motos);
  add("GET", "/api/events/{id}/classes/{class}/motos", class_motos);
  add("POST", "/api/events/{id}/classes/{class}/generate-motos", generate);
  add("POST", "/api/events/{id}/generate-motos", generate_all);
  add("GET", "/api/motos/{id}", moto);
}

}  // namespace holeshot::http
