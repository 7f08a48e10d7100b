// An event as one document: everything that its results rest on, to be kept elsewhere and put back into this central or
// another one. Results travel as they stand, not the passings they came from.
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "central/http/rest_class_state.h"
#include "central/http/rest_context.h"
#include "central/http/rest_fields.h"
#include "central/http/rest_restore.h"

namespace holeshot::http {

namespace {

// A moto's results in race_finished's shape; null where it has none.
Json results_of(const Json& moto) {
  if (text_at(moto, "status") != "finished") return nullptr;
  Json results = Json::array();
  for (const auto& entry : member(moto, "entries")) {
    Json row = {{"rider_id", member(entry, "rider_id")},
                {"position", member(entry, "finish_position")},
                {"elapsed_us", member(entry, "elapsed_us")},
                {"gap_to_leader_us", member(entry, "gap_to_leader_us")},
                {"dnf", member(entry, "dnf")},
                {"dns", member(entry, "dns")}};
    for (const char* name : {"status", "ruled", "estimated"}) {
      if (!member(entry, name).is_null()) row[name] = member(entry, name);
    }
    results.push_back(std::move(row));
  }
  return results;
}

Outcome<Json> document_of(const RestContext& context, const std::string& event_id) {
  const Plan plan{context.queries};
  HOLESHOT_ASSIGN(const Json event, plan.get(read::kEvent, event_id));
  HOLESHOT_ASSIGN(const auto states, load_classes(context.queries, event_id));
  const std::string track_id = text_at(event, "track_id");
  HOLESHOT_ASSIGN(const Json track, plan.get(read::kTrack, track_id));
  Json document = {{"format", kEventFormat},
                   {"exported_at", read::iso_time(context.clock.wall_us())},
                   {"event", with_id(event_id, event)},
                   {"track", with_id(track_id, track)}};
  std::set<std::string> riders;
  std::set<std::string> books{text_at(event, "rule_book")};
  for (const char* list : {"classes", "motos", "results", "publications", "riders", "rule_books"})
    document[list] = Json::array();
  for (const auto& state : states) {
    document["classes"].push_back(with_id(state.id, state.its));
    riders.insert(state.riders.begin(), state.riders.end());
    books.insert(state.book.name);
    for (const auto& moto : state.motos) {
      document["motos"].push_back(with_id(text_at(moto, "id"), bare_moto(moto)));
      for (const auto& entry : member(moto, "entries")) riders.insert(text_at(entry, "rider_id"));
      Json results = results_of(moto);
      if (!results.is_null())
        document["results"].push_back({{"moto_id", member(moto, "id")}, {"results", std::move(results)}});
    }
    HOLESHOT_ASSIGN(const auto publication, lift(context.queries.object(read::kPublication, state.id)));
    if (publication) document["publications"].push_back(with_id(state.id, Json::parse(publication->json)));
  }
  for (const auto& id : riders) {
    HOLESHOT_ASSIGN(const auto rider, lift(context.queries.object(read::kRider, id)));
    if (rider) document["riders"].push_back(with_id(id, Json::parse(rider->json)));
  }
  // Those that are built in are everywhere.
  for (const auto& name : books) {
    HOLESHOT_ASSIGN(const auto book, lift(context.queries.object(read::kRuleBook, name)));
    if (book) document["rule_books"].push_back(with_id(name, Json::parse(book->json)));
  }
  return document;
}

Outcome<Response> export_event(const RestContext& context, const Request& request) {
  HOLESHOT_ASSIGN(const Json document, document_of(context, request.params.at("id")));
  auto response = Response::json(200, document.dump());
  response.headers["Content-Disposition"] =
      "attachment; filename=\"event-" + request.params.at("id") + ".json\"";
  return response;
}

Outcome<Response> import_event(RestContext& context, const Request& request) {
  const std::size_t largest = context.options.max_event_document;
  if (request.body.size() > largest)
    return refuse(413, "too_large", "the document is larger than " + std::to_string(largest) + " bytes");
  const Json document = Json::parse(request.body, nullptr, false);
  if (!document.is_object()) return refuse(400, "not_json", "the body has to be a JSON object in UTF-8");
  const bool dry_run = request.query_value("dry_run").value_or("false") == "true";
  Restored restored;
  const auto change = [&](Plan& plan) -> Verdict {
    HOLESHOT_ASSIGN(restored, restore_event(plan, document));
    return {};
  };
  if (dry_run) {
    Plan plan{context.queries};  // thrown away
    HOLESHOT_TRY(change(plan));
  } else {
    HOLESHOT_TRY(context.registry.commit(actor_of(request), change));
  }
  return Response::json(dry_run ? 200 : 201, Json{{"dry_run", dry_run},
                                                  {"event_id", text_at(member(document, "event"), "id")},
                                                  {"track_new", restored.track_new},
                                                  {"riders_new", restored.riders_new},
                                                  {"riders_kept", restored.riders_kept},
                                                  {"classes", restored.classes},
                                                  {"motos", restored.motos},
                                                  {"results", restored.results}}
                                                 .dump());
}

}  // namespace

void add_backup_routes(Router& router, RestContext& context) {
  const auto add = [&](const char* method, const char* pattern, auto handler) {
    router.add(method, pattern,
               answering([&context, handler](const Request& request) { return handler(context, request); }));
  };
  add("GET", "/api/events/{id}/export", export_event);
  router.add("POST", "/api/events/import",
             answering([&context](const Request& request) { return import_event(context, request); }),
             context.options.max_event_document);
}

}  // namespace holeshot::http
