#include "central/http/rest_api.h"

#include <optional>
#include <utility>

#include "central/http/rest_context.h"
#include "central/http/rest_dead_letters.h"
#include "central/http/rest_fields.h"
#include "central/http/rest_filler.h"

namespace holeshot::http {

namespace {
// A page without ?limit: more than any club has riders, so clients that know no paging see all.
constexpr std::size_t kDefaultPage = 1000;
constexpr std::size_t kLargestPage = 1000;

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_') {
      out.push_back(c);
    } else {
      out.push_back('%');
      out.push_back(kHex[byte >> 4U]);
      out.push_back(kHex[byte & 15U]);
    }
  }
  return out;
}
}  // namespace

struct RestApi::Parts {
  Parts(log::EventLog& log, const read::ReadModel& model, const base::Clock& clock, contract::BootId boot,
        RestOptions given)
      : options(std::move(given)),
        writer(log, std::move(boot)),
        registry(writer, log, model, clock, options.registry_patience,
                 options.require_revisions ? Revisions::kRequired : Revisions::kWelcome),
        ids(clock),
        desk(log, clock),
        context{log, model, clock, options, read::Queries{model}, writer, registry, ids} {
    if (options.fill_rounds) filler.emplace(context);
  }

  RestOptions options;
  CentralWriter writer;
  RegistryWriter registry;
  contract::UlidMaker ids;
  letters::LetterDesk desk;
  RestContext context;
  std::optional<RoundFiller> filler;  // last: its thread stops before the rest goes
};

RestApi::RestApi(log::EventLog& log, const read::ReadModel& model, const base::Clock& clock,
                 contract::BootId boot, RestOptions options)
    : parts_(std::make_unique<Parts>(log, model, clock, std::move(boot), std::move(options))) {}

RestApi::~RestApi() = default;

letters::LetterDesk& RestApi::dead_letters() { return parts_->desk; }

void RestApi::add_routes(Router& router) {
  add_track_routes(router, parts_->context);
  add_rider_routes(router, parts_->context);
  add_event_routes(router, parts_->context);
  add_class_routes(router, parts_->context);
  add_moto_routes(router, parts_->context);
  add_race_routes(router, parts_->context);
  add_read_routes(router, parts_->context);
  add_rule_book_routes(router, parts_->context);
  add_round_routes(router, parts_->context);
  add_class_change_routes(router, parts_->context);
  add_running_order_routes(router, parts_->context);
  add_result_routes(router, parts_->context);
  add_import_routes(router, parts_->context);
  add_onboarding_routes(router, parts_->context);
  add_ruling_routes(router, parts_->context);
  add_audit_routes(router, parts_->context);
  add_backup_routes(router, parts_->context);
  add_live_routes(router, parts_->context);
  add_dead_letter_routes(router, parts_->desk);
  if (parts_->options.demo) add_demo_routes(router, parts_->context);
}

Outcome<Response> RestContext::object_response(int status, std::string_view kind, std::string_view id) const {
  HOLESHOT_ASSIGN(auto object, lift(queries.object(kind, id)));
  if (!object) return not_found(kind, id);
  auto response = Response::json(status, std::move(object->json));
  response.headers["ETag"] = '"' + std::to_string(object->revision) + '"';
  return response;
}

Outcome<Response> RestContext::list_response(const Request& request, read::ListQuery query) const {
  HOLESHOT_ASSIGN(query.limit, query_number(request, "limit", kDefaultPage, kLargestPage));
  const std::string cursor = request.query_value("cursor").value_or("");
  const std::string search = request.query_value("search").value_or("");
  query.cursor = cursor;
  query.search = search;
  HOLESHOT_ASSIGN(const auto page, lift(queries.list(query)));
  std::string body = "[";
  for (const auto& item : page.items) body.append(body.size() > 1 ? "," : "").append(item);
  auto response = Response::json(200, body + "]");
  response.headers["X-Total-Count"] = std::to_string(page.total);
  if (page.next) {
    std::string link = request.path + "?limit=" + std::to_string(query.limit) + "&cursor=" + *page.next;
    if (!search.empty()) link += "&search=" + percent_encoded(search);
    response.headers["Link"] = "<" + link + ">; rel=\"next\"";
    response.headers["X-Next-Cursor"] = *page.next;
  }
  return response;
}

}  // namespace holeshot::http
