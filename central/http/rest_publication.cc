#include "central/http/rest_publication.h"

#include <array>
#include <utility>

#include "central/http/rest_fields.h"

namespace holeshot::http {

namespace comp = competition;

namespace {

using Type = Field::Type;

constexpr std::array kPublishFields{
    Field{.name = "protest_minutes", .type = Type::kInteger, .max = 1440},
    Field{.name = "reason", .max = 500},
};
constexpr std::array kOfficialFields{
    Field{.name = "overrule", .type = Type::kFlag, .fallback = "false"},
    Field{.name = "reason", .max = 500},
};
constexpr std::array kReopenFields{Field{.name = "reason", .required = true, .max = 500}};
constexpr std::uint64_t kUsPerMinute = 60'000'000;

Json published_json(const std::vector<comp::PublishedRow>& rows) {
  Json list = Json::array();
  for (const auto& row : rows) {
    list.push_back({{"rider_id", row.rider_id},
                    {"rank", rank_json(row.rank)},
                    {"status", row.code},
                    {"reached", row.reached},
                    {"elapsed_us", or_null(row.elapsed_us)}});
  }
  return list;
}

std::vector<comp::PublishedRow> published_from(const Json& list) {
  std::vector<comp::PublishedRow> rows;
  for (const auto& one : list) {
    comp::PublishedRow row{.rider_id = text_at(one, "rider_id"),
                           .code = text_at(one, "status"),
                           .reached = text_at(one, "reached")};
    if (member(one, "rank").is_number_integer()) row.rank = member(one, "rank").get<std::int64_t>();
    if (member(one, "elapsed_us").is_number_integer())
      row.elapsed_us = member(one, "elapsed_us").get<std::int64_t>();
    rows.push_back(std::move(row));
  }
  return rows;
}

comp::PublicationNow now_of(const ClassState& state, const Published& published, std::uint64_t now_us) {
  comp::PublicationNow now{.state = comp::publication_state_of(text_at(published.object, "state")),
                           .now_us = now_us};
  now.all_finished = state.all_finished();
  now.same_rows = published.rows == comp::published(state.ranking());
  const Json& until = member(published.object, "protest_until_us");
  if (until.is_number_unsigned()) now.protest_until_us = until.get<std::uint64_t>();
  return now;
}

}  // namespace

Outcome<Published> published_of(const read::Queries& queries, const std::string& class_id) {
  Published published;
  HOLESHOT_ASSIGN(const auto object, lift(queries.object(read::kPublication, class_id)));
  if (!object) return published;
  published.object = Json::parse(object->json);
  published.revision = object->revision;
  published.rows = published_from(member(published.object, "rows"));
  return published;
}

Json result_json(const ClassState& state, const Published& published, RiderNames& riders) {
  const auto current = comp::published(state.ranking());
  Json answer = {{"class_id", state.id},
                 {"class_name", member(state.its, "name")},
                 {"state", member(published.object, "state")},
                 {"all_finished", state.all_finished()},
                 {"changed_since", published.revision != 0 && published.rows != current},
                 {"protest_until_us", member(published.object, "protest_until_us")},
                 {"rows", standing_rows(state, riders)},
                 {"history", member(published.object, "history")}};
  answer["published"] = published.revision == 0 ? Json(nullptr) : published_json(published.rows);
  return answer;
}

namespace {

Outcome<Response> class_result(const RestContext& context, const Request& request) {
  const std::string& class_id = request.params.at("class");
  HOLESHOT_ASSIGN(const auto state, load_class(context.queries, request.params.at("id"), class_id));
  HOLESHOT_ASSIGN(const auto published, published_of(context.queries, class_id));
  RiderNames riders{context.queries};
  auto response = Response::json(200, result_json(state, published, riders).dump());
  response.headers["ETag"] = '"' + std::to_string(published.revision) + '"';
  return response;
}

Json correction_json(const comp::Correction& one) {
  const auto side = [](const std::optional<comp::PublishedRow>& row) {
    return row ? published_json({*row})[0] : Json(nullptr);
  };
  return {{"rider_id", one.rider_id}, {"before", side(one.before)}, {"after", side(one.after)}};
}

struct Step {
  const char* action;
  std::span<const Field> fields;
  base::Status (*allowed)(const comp::PublicationNow& now, const Json& wishes);
  const char* state;  // that it leads to
  bool publishes;     // the rows as they are now
};

Json stepped(const Step& step, const ClassState& state, const Published& published, const Json& wishes,
             const std::string& actor, std::uint64_t now_us) {
  Json object = published.object;
  for (const char* name : {"id", "created_at", "updated_at"}) object.erase(name);
  Json entry = {
      {"action", step.action}, {"actor", actor}, {"ts_us", now_us}, {"reason", member(wishes, "reason")}};
  if (step.publishes) {
    const auto rows = comp::published(state.ranking());
    Json changes = Json::array();
    if (published.revision != 0) {
      for (const auto& one : comp::corrections(published.rows, rows)) changes.push_back(correction_json(one));
    }
    entry["corrections"] = std::move(changes);
    object["rows"] = published_json(rows);
    const Json& minutes = member(wishes, "protest_minutes");
    object["protest_until_us"] = now_us + kUsPerMinute * (minutes.is_number() ? minutes.get<std::uint64_t>()
                                                                              : state.book.protest_minutes);
  }
  object["event_id"] = member(state.its, "event_id");
  object["class_id"] = state.id;
  object["state"] = step.state;
  object["history"].push_back(std::move(entry));
  return object;
}

Outcome<Response> take_step(RestContext& context, const Request& request, const Step& step) {
  const std::string& class_id = request.params.at("class");
  HOLESHOT_ASSIGN(const Json body, body_of(request, EmptyBody::kAllowed));
  const auto change = [&](Plan& plan) -> Verdict {
    HOLESHOT_ASSIGN(const auto state, load_class(plan.queries(), request.params.at("id"), class_id));
    HOLESHOT_ASSIGN(const auto published, published_of(plan.queries(), class_id));
    if (published.revision != 0) HOLESHOT_TRY(plan.get_matching(read::kPublication, class_id, request));
    Json wishes = Json::object();
    HOLESHOT_TRY(read_fields(step.fields, body, "", wishes));
    const std::uint64_t now_us = context.clock.wall_us();
    const auto allowed = step.allowed(now_of(state, published, now_us), wishes);
    if (!allowed) return refuse(409, "not_allowed_now", allowed.error().text());
    plan.put(read::kPublication, class_id,
             stepped(step, state, published, wishes, actor_of(request), now_us));
    return {};
  };
  HOLESHOT_TRY(context.registry.commit(actor_of(request), change));
  return class_result(context, request);
}

const Step kProvisional{"provisional", kPublishFields,
                        [](const comp::PublicationNow& now, const Json& /*wishes*/) {
                          return comp::may_publish_provisional(now);
                        },
                        "provisional", true};
const Step kOfficial{"official", kOfficialFields,
                     [](const comp::PublicationNow& now, const Json& wishes) -> base::Status {
                       const bool overrule = member(wishes, "overrule") == true;
                       if (overrule && text_at(wishes, "reason").empty())
                         return base::fail(base::Code::kInvalid,
                                           "whoever overrules the protest time gives a reason");
                       return comp::may_become_official(now, overrule);
                     },
                     "official", false};
const Step kReopen{
    "reopened", kReopenFields,
    [](const comp::PublicationNow& now, const Json& /*wishes*/) { return comp::may_reopen(now); },
    "provisional", false};

}  // namespace

void add_publication_routes(Router& router, RestContext& context) {
  const auto add = [&](const char* method, const char* pattern, auto handler) {
    router.add(method, pattern,
               answering([&context, handler](const Request& request) { return handler(context, request); }));
  };
  add("GET", "/api/events/{id}/classes/{class}/results", class_result);
  const auto add_step = [&](const char* pattern, const Step& step) {
    add("POST", pattern,
        [&step](RestContext& c, const Request& request) { return take_step(c, request, step); });
  };
  add_step("/api/events/{id}/classes/{class}/results/provisional", kProvisional);
  add_step("/api/events/{id}/classes/{class}/results/official", kOfficial);
  add_step("/api/events/{id}/classes/{class}/results/reopen", kReopen);
}

}  // namespace holeshot::http
