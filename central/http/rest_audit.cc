#include <nlohmann/json.hpp>

#include "central/http/rest_context.h"
#include "central/http/rest_fields.h"
#include "central/read/audit_trail.h"

namespace holeshot::http {

namespace {

constexpr std::size_t kPage = 100;
constexpr std::size_t kLargestPage = 1000;

// Offsets are counted from 1 and never get near it.
constexpr std::size_t kLargestOffset = std::size_t{1} << 53U;

// Newest first; ?before= is where the last page ended.
Outcome<Response> show(const RestContext& context, const Request& request, read::AuditView view) {
  const auto value = [&](const char* name) { return request.query_value(name).value_or(""); };
  const std::string actor = value("actor");
  const std::string kind = value("kind");
  const std::string id = value("id");
  const std::string track = value("track_id");
  const std::string moto = value("moto_id");
  read::AuditFilter filter{
      .view = view, .actor = actor, .kind = kind, .id = id, .track_id = track, .moto_id = moto};
  HOLESHOT_ASSIGN(filter.limit, query_number(request, "limit", kPage, kLargestPage));
  HOLESHOT_ASSIGN(filter.before, query_number(request, "before", 0, kLargestOffset));
  HOLESHOT_ASSIGN(const auto page, lift(read::audit_trail(context.model, filter)));
  std::string body = "[";
  for (const auto& item : page.items) body.append(body.size() > 1 ? "," : "").append(item);
  auto response = Response::json(200, body + "]");
  if (page.next != 0) response.headers["X-Next-Cursor"] = std::to_string(page.next);
  return response;
}

}  // namespace

void add_audit_routes(Router& router, RestContext& context) {
  const auto add = [&](const char* pattern, read::AuditView view) {
    router.add("GET", pattern,
               answering([&context, view](const Request& request) { return show(context, request, view); }));
  };
  add("/api/audit", read::AuditView::kAll);
  add("/api/race/audit", read::AuditView::kRace);
}

}  // namespace holeshot::http
