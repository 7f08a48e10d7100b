// CSV in and out: riders, entries.
#include <nlohmann/json.hpp>
#include <utility>

#include "central/http/rest_fields.h"
#include "central/http/rest_import.h"
#include "common/contract/problem.h"

namespace holeshot::http {

namespace {

constexpr std::size_t kLargestCsv = 4U << 20;

// A problem that lists every fault, for whoever mends the list.
Response faults_problem(const ImportReport& report) {
  const auto& first = report.faults.front();
  const std::string where =
      "line " + std::to_string(first.line) + (first.column.empty() ? "" : ", " + first.column);
  auto problem = refuse(422, "invalid_rows",
                        std::to_string(report.faults.size()) + " faults, the first in " + where + ": " +
                            first.why + "; nothing was changed")
                     .error();
  auto response = Response::problem(problem);
  Json body = Json::parse(response.body);
  body["faults"] = report_json(report, false)["faults"];
  response.body = body.dump();
  return response;
}

Outcome<bool> dry_run_wanted(const Request& request) {
  const auto value = request.query_value("dry_run").value_or("false");
  if (value == "true" || value == "1") return true;
  if (value == "false" || value == "0") return false;
  return refuse(422, "invalid", "?dry_run has to be true or false");
}

Outcome<Response> import(RestContext& context, const Request& request,
                         const std::optional<std::string>& event_id) {
  HOLESHOT_ASSIGN(const bool dry_run, dry_run_wanted(request));
  if (request.body.size() > kLargestCsv)
    return refuse(413, "too_large", "the list is larger than " + std::to_string(kLargestCsv) + " bytes");
  ImportReport report;
  if (dry_run) {
    Plan plan{context.queries};  // thrown away
    HOLESHOT_ASSIGN(report, (Import{context, plan, event_id}.run(request.body)));
    return Response::json(200, report_json(report, true).dump());
  }
  const auto change = [&](Plan& plan) -> Verdict {
    HOLESHOT_ASSIGN(report, (Import{context, plan, event_id}.run(request.body)));
    return {};
  };
  HOLESHOT_TRY(context.registry.commit(actor_of(request), change));
  if (!report.faults.empty()) return faults_problem(report);
  return Response::json(200, report_json(report, false).dump());
}

std::string cell_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_null() ? std::string{} : value.dump();
}

std::vector<std::string> rider_cells(const Json& rider) {
  std::vector<std::string> cells;
  for (const auto column : rider_columns())
    cells.push_back(cell_of(member(rider, std::string{column}.c_str())));
  return cells;
}

std::string head_line(bool with_class) {
  std::vector<std::string> head;
  for (const auto column : rider_columns()) head.emplace_back(column);
  if (with_class) head.emplace_back(kClassColumn);
  return sheets::csv_line(head);
}

Response csv(std::string text) {
  return {.status = 200, .body = std::move(text), .content_type = "text/csv; charset=utf-8"};
}

Outcome<Response> export_riders(const RestContext& context, const Request& /*request*/) {
  const Plan plan{context.queries};
  HOLESHOT_ASSIGN(const auto ids, lift(context.queries.ids(read::kRider, "")));
  std::string text = head_line(false);
  for (const auto& id : ids) {
    HOLESHOT_ASSIGN(const Json rider, plan.get(read::kRider, id));
    text += sheets::csv_line(rider_cells(rider));
  }
  return csv(std::move(text));
}

Outcome<Response> export_entries(const RestContext& context, const Request& request) {
  HOLESHOT_ASSIGN(const auto event, lift(context.queries.event_json(request.params.at("id"))));
  if (!event) return not_found("event", request.params.at("id"));
  const Json whole = Json::parse(*event);
  std::string text = head_line(true);
  for (const auto& its : member(whole, "classes")) {
    for (const auto& rider : member(its, "riders")) {
      auto cells = rider_cells(rider);
      cells.push_back(text_at(its, "name"));
      text += sheets::csv_line(cells);
    }
  }
  return csv(std::move(text));
}

}  // namespace

void add_import_routes(Router& router, RestContext& context) {
  const auto add = [&](const char* method, const char* pattern, auto handler) {
    router.add(method, pattern,
               answering([&context, handler](const Request& request) { return handler(context, request); }),
               std::string_view{method} == "POST" ? kLargestCsv : 0);
  };
  add("GET", "/api/riders/export", export_riders);
  add("POST", "/api/riders/import",
      [](RestContext& c, const Request& request) { return import(c, request, std::nullopt); });
  add("GET", "/api/events/{id}/entries/export", export_entries);
  add("POST", "/api/events/{id}/entries/import",
      [](RestContext& c, const Request& request) { return import(c, request, request.params.at("id")); });
}

}  // namespace holeshot::http
