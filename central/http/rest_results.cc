// Standings and results: as they stand now, as they were published, as CSV and on paper; and the way from provisional to
// official.
#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "central/competition/publication.h"
#include "central/http/rest_class_state.h"
#include "central/http/rest_context.h"
#include "central/http/rest_fields.h"
#include "central/sheets/print.h"

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

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}
Json rank_json(std::int64_t rank) { return rank == 0 ? Json(nullptr) : Json(rank); }

// Riders of one state, each looked up once.
class Riders {
 public:
  explicit Riders(const read::Queries& queries) : plan_(queries) {}
  const Json& of(const std::string& id) {
    const auto it = riders_.find(id);
    if (it != riders_.end()) return it->second;
    auto rider = plan_.get(read::kRider, id);
    return riders_.emplace(id, rider ? std::move(*rider) : Json::object()).first->second;
  }
  void add_names(Json& row, const std::string& id) {
    for (const char* name : {"first_name", "last_name", "plate_number"}) row[name] = member(of(id), name);
  }

 private:
  const Plan plan_;
  std::map<std::string, Json> riders_;
};

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
std::string origin_of(const ClassState& state, const std::string& rider) {
  for (const auto& part : member(state.its, "merged")) {
    const auto riders = texts_of(member(part, "rider_ids"));
    if (std::find(riders.begin(), riders.end(), rider) != riders.end()) return text_at(part, "name");
  }
  return text_at(state.its, "name");
}

Json rows_json(const ClassState& state, Riders& riders) {
  const auto cards = comp::cards_of(state.book, state.heats, state.riders);
  std::map<std::string, std::int64_t> ranked;  // by class of origin
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
    riders.add_names(row, line.rider_id);
    if (!member(state.its, "merged").empty()) {
      row["entered_class"] = origin_of(state, line.rider_id);
      row["entered_class_rank"] =
          line.rank == 0 ? Json(nullptr) : Json(++ranked[row["entered_class"].get<std::string>()]);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

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

// What is known of a class's publication.
struct Published {
  Json object = {{"state", "none"}, {"history", Json::array()}};
  std::uint64_t revision = 0;
  std::vector<comp::PublishedRow> rows;
};

Outcome<Published> published_of(const read::Queries& queries, const std::string& class_id) {
  Published published;
  HOLESHOT_ASSIGN(const auto object, lift(queries.object(read::kPublication, class_id)));
  if (!object) return published;
  published.object = Json::parse(object->json);
  published.revision = object->revision;
  published.rows = published_from(member(published.object, "rows"));
  return published;
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

Json result_json(const ClassState& state, const Published& published, Riders& riders) {
  const auto current = comp::published(state.ranking());
  Json answer = {{"class_id", state.id},
                 {"class_name", member(state.its, "name")},
                 {"state", member(published.object, "state")},
                 {"all_finished", state.all_finished()},
                 {"changed_since", published.revision != 0 && published.rows != current},
                 {"protest_until_us", member(published.object, "protest_until_us")},
                 {"rows", rows_json(state, riders)},
                 {"history", member(published.object, "history")}};
  answer["published"] = published.revision == 0 ? Json(nullptr) : published_json(published.rows);
  return answer;
}

Outcome<Response> class_result(const RestContext& context, const Request& request, int status = 200) {
  const std::string& class_id = request.params.at("class");
  HOLESHOT_ASSIGN(const auto state, load_class(context.queries, request.params.at("id"), class_id));
  HOLESHOT_ASSIGN(const auto published, published_of(context.queries, class_id));
  Riders riders{context.queries};
  auto response = Response::json(status, result_json(state, published, riders).dump());
  response.headers["ETag"] = '"' + std::to_string(published.revision) + '"';
  return response;
}

// --- provisional, official, reopened

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

// --- the whole event

sheets::PrintedRider printed(const Json& rider) {
  return {text_at(rider, "first_name"), text_at(rider, "last_name"), text_at(rider, "plate_number")};
}

sheets::ClassResults printed_class(const ClassState& state, const Published& published, Riders& riders) {
  sheets::ClassResults out{.name = text_at(state.its, "name"), .state = text_at(published.object, "state")};
  const auto cards = comp::cards_of(state.book, state.heats, state.riders);
  for (const auto& row : state.ranking()) {
    const auto& card = cards.at(row.rider_id);
    sheets::ResultLine line{
        .rank = row.rank, .rider = printed(riders.of(row.rider_id)), .rider_id = row.rider_id};
    line.code = row.reached.empty() ? "" : comp::text_of(row.code);
    line.reached = row.reached;
    line.place = row.place;
    line.elapsed_us = row.elapsed_us;
    line.total_points = card.total;
    for (const auto& one : card.lines) {
      line.moto_points.push_back(one.line.points ? std::to_string(*one.line.points)
                                                 : std::string{comp::text_of(one.line.code)});
    }
    out.lines.push_back(std::move(line));
  }
  return out;
}

Outcome<sheets::PrintedEvent> printed_event(const read::Queries& queries, const Json& event) {
  HOLESHOT_ASSIGN(const Json track, Plan{queries}.get(read::kTrack, text_at(event, "track_id")));
  return sheets::PrintedEvent{text_at(event, "name"), text_at(event, "date"), text_at(track, "name")};
}

Response text_response(std::string body, const char* type) {
  return {.status = 200, .body = std::move(body), .content_type = type};
}

Outcome<std::string> format_wanted(const Request& request) {
  const std::string format = request.query_value("format").value_or("json");
  if (format != "json" && format != "csv" && format != "html")
    return refuse(422, "invalid", "?format has to be json, csv or html");
  return format;
}

Outcome<Response> event_results(const RestContext& context, const Request& request) {
  HOLESHOT_ASSIGN(const std::string format, format_wanted(request));
  const std::string& event_id = request.params.at("id");
  HOLESHOT_ASSIGN(const auto states, load_classes(context.queries, event_id));
  HOLESHOT_ASSIGN(const Json event, Plan{context.queries}.get(read::kEvent, event_id));
  Riders riders{context.queries};
  Json classes = Json::array();
  std::vector<sheets::ClassResults> on_paper;
  for (const auto& state : states) {
    if (!text_at(state.its, "merged_into").empty()) continue;
    HOLESHOT_ASSIGN(const auto published, published_of(context.queries, state.id));
    if (format == "json") classes.push_back(result_json(state, published, riders));
    if (format != "json") on_paper.push_back(printed_class(state, published, riders));
  }
  if (format == "csv") return text_response(sheets::results_csv(on_paper), "text/csv; charset=utf-8");
  if (format == "json") {
    return Response::json(
        200, Json{{"event_id", event_id}, {"name", member(event, "name")}, {"classes", std::move(classes)}}
                 .dump());
  }
  HOLESHOT_ASSIGN(const auto head, printed_event(context.queries, event));
  return text_response(sheets::results_page(head, on_paper), "text/html; charset=utf-8");
}

Json standings_json(const ClassState& state, Riders& riders) {
  return {{"class_id", state.id},
          {"event_id", member(state.its, "event_id")},
          {"class_name", member(state.its, "name")},
          {"scoring", member(state.its, "scoring")},
          {"rule_book", state.book.name},
          {"standings", rows_json(state, riders)}};
}

Outcome<Response> standings(const RestContext& context, const Request& request) {
  HOLESHOT_ASSIGN(const auto state,
                  load_class(context.queries, request.params.at("id"), request.params.at("class")));
  Riders riders{context.queries};
  return Response::json(200, standings_json(state, riders).dump());
}

Outcome<Response> event_standings(const RestContext& context, const Request& request) {
  HOLESHOT_ASSIGN(const auto states, load_classes(context.queries, request.params.at("id")));
  Riders riders{context.queries};
  Json classes = Json::array();
  for (const auto& state : states) {
    if (text_at(state.its, "merged_into").empty()) classes.push_back(standings_json(state, riders));
  }
  return Response::json(200,
                        Json{{"event_id", request.params.at("id")}, {"classes", std::move(classes)}}.dump());
}

Outcome<Response> moto_sheets(const RestContext& context, const Request& request) {
  const std::string& event_id = request.params.at("id");
  HOLESHOT_ASSIGN(const Json event, Plan{context.queries}.get(read::kEvent, event_id));
  HOLESHOT_ASSIGN(const auto head, printed_event(context.queries, event));
  HOLESHOT_ASSIGN(const auto text, lift(context.queries.event_motos_json(event_id)));
  const std::string round = request.query_value("round").value_or("");
  if (!round.empty() && comp::order_of_round(round) < 0)
    return refuse(422, "invalid", "?round has to be moto1 to moto6, eighth, quarter, semi or main");
  std::vector<sheets::MotoSheet> list;
  const Json motos = Json::parse(text);
  for (const auto& moto : motos) {
    if (!round.empty() && text_at(moto, "round_type") != round) continue;
    sheets::MotoSheet sheet{.class_name = text_at(moto, "class_name"), .round = text_at(moto, "round_type")};
    if (member(moto, "sequence").is_number_unsigned())
      sheet.number = member(moto, "sequence").get<std::uint64_t>();
    if (member(moto, "group").is_number_unsigned()) sheet.group = member(moto, "group").get<std::size_t>();
    for (const auto& entry : member(moto, "entries")) {
      const Json& rider = member(entry, "rider");
      if (!rider.is_object()) continue;
      const Json& chip = member(rider, "transponder_id");
      sheet.entries.push_back({member(entry, "lane").get<std::size_t>(), printed(rider),
                               chip.is_null() ? text_at(rider, "transponder_string") : chip.dump()});
    }
    list.push_back(std::move(sheet));
  }
  return text_response(sheets::moto_sheets_page(head, list), "text/html; charset=utf-8");
}

}  // namespace

void add_result_routes(Router& router, RestContext& context) {
  const auto add = [&](const char* method, const char* pattern, auto handler) {
    router.add(method, pattern,
               answering([&context, handler](const Request& request) { return handler(context, request); }));
  };
  add("GET", "/api/events/{id}/results", event_results);
  add("GET", "/api/events/{id}/standings", event_standings);
  add("GET", "/api/events/{id}/moto-sheets", moto_sheets);
  add("GET", "/api/events/{id}/classes/{class}/standings", standings);
  add("GET", "/api/events/{id}/classes/{class}/results",
      [](RestContext& c, const Request& request) { return class_result(c, request); });
  const auto add_step = [&](const char* pattern, const Step& step) {
    add("POST", pattern,
        [&step](RestContext& c, const Request& request) { return take_step(c, request, step); });
  };
  add_step("/api/events/{id}/classes/{class}/results/provisional", kProvisional);
  add_step("/api/events/{id}/classes/{class}/results/official", kOfficial);
  add_step("/api/events/{id}/classes/{class}/results/reopen", kReopen);
}

}  // namespace holeshot::http
