// Results of the whole event, for programs, for spreadsheets and on paper; and moto sheets.
#include <nlohmann/json.hpp>
#include <utility>

#include "central/http/rest_class_state.h"
#include "central/http/rest_context.h"
#include "central/http/rest_fields.h"
#include "central/http/rest_publication.h"
#include "central/http/rest_standings.h"
#include "central/sheets/print.h"

namespace holeshot::http {

namespace comp = competition;

namespace {

sheets::PrintedRider printed(const Json& rider) {
  return {text_at(rider, "first_name"), text_at(rider, "last_name"), text_at(rider, "plate_number")};
}

sheets::ClassResults printed_class(const ClassState& state, const Published& published, RiderNames& riders) {
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
  RiderNames riders{context.queries};
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
  const auto add = [&](const char* pattern, auto handler) {
    router.add("GET", pattern,
               answering([&context, handler](const Request& request) { return handler(context, request); }));
  };
  add("/api/events/{id}/results", event_results);
  add("/api/events/{id}/moto-sheets", moto_sheets);
  add_standings_routes(router, context);
  add_publication_routes(router, context);
}

}  // namespace holeshot::http
