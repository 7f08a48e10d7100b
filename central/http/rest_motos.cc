#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "central/http/rest_context.h"
#include "central/http/rest_draw.h"
#include "central/http/rest_fields.h"

namespace holeshot::http {

namespace {

constexpr std::array kDrawFields{
    Field{.name = "seed", .type = Field::Type::kInteger, .max = 9007199254740991.0},
};

Json moto_object(contract::UlidMaker& ids, const ClassDraw& draw, const DrawnMoto& drawn,
                 std::uint64_t sequence) {
  Json entries = Json::array();
  for (const auto& entry : drawn.entries) {
    entries.push_back({{"id", ids.next()}, {"rider_id", entry.rider_id}, {"lane", entry.lane}});
  }
  std::sort(entries.begin(), entries.end(),
            [](const Json& a, const Json& b) { return member(a, "lane") < member(b, "lane"); });
  return {{"event_id", draw.event_id},
          {"class_id", draw.class_id},
          {"round_type", "moto" + std::to_string(drawn.round)},
          {"round_number", drawn.round},
          {"group", drawn.group},
          {"sequence", sequence},
          {"entries", std::move(entries)}};
}

std::vector<std::string> texts_of(const Json& list) {
  std::vector<std::string> out;
  for (const auto& item : list) {
    if (item.is_string()) out.push_back(item.get<std::string>());
  }
  return out;
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

Outcome<Response> generate(RestContext& context, const Request& request) {
  const std::string& event_id = request.params.at("id");
  const std::string& class_id = request.params.at("class");
  HOLESHOT_ASSIGN(const Json body, body_of(request, EmptyBody::kAllowed));
  Json wishes = Json::object();
  HOLESHOT_TRY(read_fields(kDrawFields, body, "", wishes));
  std::string format;
  std::size_t created = 0;
  const auto change = [&](Plan& plan) -> Verdict {
    HOLESHOT_ASSIGN(const Json its, class_of_event(plan, event_id, class_id));
    ClassDraw draw{event_id, class_id, texts_of(member(its, "rider_ids")), seed_of(class_id)};
    if (draw.rider_ids.empty()) return refuse(409, "class_empty", "the class has no riders yet");
    if (member(wishes, "seed").is_number()) draw.seed = member(wishes, "seed").get<std::uint64_t>();
    HOLESHOT_TRY(remove_motos(plan, class_id));
    HOLESHOT_ASSIGN(const std::uint64_t sequence, next_sequence(plan, event_id, class_id));
    format = text_at(its, "race_format");
    created = plan_motos(plan, context.ids, {draw}, sequence);
    return {};
  };
  HOLESHOT_TRY(context.registry.commit(actor_of(request), change));
  return Response::json(201, Json{{"format", format}, {"motos_created", created}}.dump());
}

Outcome<Response> event_motos(const RestContext& context, const Request& request) {
  const std::string& id = request.params.at("id");
  HOLESHOT_ASSIGN(const auto event, lift(context.queries.object(read::kEvent, id)));
  if (!event) return not_found("event", id);
  HOLESHOT_ASSIGN(auto motos, lift(context.queries.event_motos_json(id)));
  return Response::json(200, std::move(motos));
}

Outcome<Response> class_motos(const RestContext& context, const Request& request) {
  const std::string& class_id = request.params.at("class");
  const Plan plan{context.queries};
  HOLESHOT_TRY(class_of_event(plan, request.params.at("id"), class_id));
  HOLESHOT_ASSIGN(auto motos, lift(context.queries.class_motos_json(class_id)));
  return Response::json(200, std::move(motos));
}

Outcome<Response> moto(const RestContext& context, const Request& request) {
  const std::string& id = request.params.at("id");
  HOLESHOT_ASSIGN(auto text, lift(context.queries.moto_json(id)));
  if (!text) return not_found("moto", id);
  return Response::json(200, std::move(*text));
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

std::size_t plan_motos(Plan& plan, contract::UlidMaker& ids, const std::vector<ClassDraw>& draws,
                       std::uint64_t sequence) {
  std::vector<std::vector<DrawnMoto>> drawn;
  drawn.reserve(draws.size());
  for (const auto& draw : draws) drawn.push_back(draw_motos(draw.rider_ids, kMotoRounds, draw.seed));
  std::size_t created = 0;
  for (std::size_t round = 1; round <= kMotoRounds; ++round) {
    for (std::size_t i = 0; i < draws.size(); ++i) {
      for (const auto& moto : drawn[i]) {
        if (moto.round != round) continue;
        plan.put(read::kMoto, ids.next(), moto_object(ids, draws[i], moto, sequence + created));
        ++created;
      }
    }
  }
  return created;
}

void add_moto_routes(Router& router, RestContext& context) {
  const auto add = [&](const char* method, const char* pattern, auto handler) {
    router.add(method, pattern,
               answering([&context, handler](const Request& request) { return handler(context, request); }));
  };
  add("GET", "/api/events/{id}/motos", event_motos);
  add("GET", "/api/events/{id}/classes/{class}/motos", class_motos);
  add("POST", "/api/events/{id}/classes/{class}/generate-motos", generate);
  add("GET", "/api/motos/{id}", moto);
}

}  // namespace holeshot::http
