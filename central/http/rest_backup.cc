// An event as one document: everything that its results rest on, to be kept elsewhere and put back into this central or
// another one. Results travel as they stand, not the passings they came from.
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "central/http/rest_class_state.h"
#include "central/http/rest_context.h"
#include "central/http/rest_fields.h"
#include "common/contract/ids.h"

namespace holeshot::http {

namespace {

constexpr const char* kFormat = "holeshot-event.v1";
constexpr std::size_t kLargestDocument = 16U << 20;

Json with_id(const std::string& id, Json object) {
  for (const char* name : {"created_at", "updated_at"}) object.erase(name);
  object["id"] = id;
  return object;
}

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
  Json document = {{"format", kFormat},
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

// --- putting it back

struct Restored {
  std::size_t riders_new = 0;
  std::size_t riders_kept = 0;
  bool track_new = false;
  std::size_t classes = 0;
  std::size_t motos = 0;
  std::size_t results = 0;
};

Outcome<std::string> id_at(const Json& item, const std::string& at, const char* name = "id") {
  const std::string id = item.is_object() ? text_at(item, name) : std::string{};
  constexpr std::size_t kLongestId = 64;
  if (id.empty() || id.size() > kLongestId) return refuse(422, "invalid", "has no id", at + "/" + name);
  return id;
}

Outcome<const Json*> list_at(const Json& document, const char* name) {
  const Json& list = member(document, name);
  if (!list.is_array())
    return refuse(422, "invalid", std::string{name} + " has to be a list", std::string{"/"} + name);
  return &list;
}

void put_bare(Plan& plan, std::string_view kind, const std::string& id, Json object) {
  for (const char* name : {"id", "created_at", "updated_at"}) object.erase(name);
  plan.put(kind, id, object);
}

class Restore {
 public:
  Restore(Plan& plan, const Json& document) : plan_(plan), document_(document) {}

  Outcome<Restored> run() {
    if (text_at(document_, "format") != kFormat)
      return refuse(422, "wrong_format", std::string{"format has to be "} + kFormat, "/format");
    HOLESHOT_ASSIGN(event_id_, id_at(member(document_, "event"), "/event"));
    HOLESHOT_ASSIGN(const auto there, lift(plan_.queries().object(read::kEvent, event_id_)));
    if (there) return refuse(409, "exists", "event " + event_id_ + " is here already", "/event/id");
    put_bare(plan_, read::kEvent, event_id_, member(document_, "event"));
    HOLESHOT_TRY(track());
    HOLESHOT_TRY(rule_books());
    HOLESHOT_TRY(known_book(member(document_, "event"), "/event"));
    HOLESHOT_TRY(riders());
    HOLESHOT_TRY(parts("classes", read::kClass, restored_.classes));
    HOLESHOT_TRY(parts("motos", read::kMoto, restored_.motos));
    std::size_t publications = 0;
    HOLESHOT_TRY(parts("publications", read::kPublication, publications));
    HOLESHOT_TRY(results());
    return restored_;
  }

 private:
  // A track or rider that is here already is the newer one, and stays.
  Verdict track() {
    const Json& track = member(document_, "track");
    HOLESHOT_ASSIGN(track_id_, id_at(track, "/track"));
    if (text_at(member(document_, "event"), "track_id") != track_id_)
      return refuse(422, "invalid", "the event is held on another track", "/track/id");
    HOLESHOT_TRY(lift(contract::TrackId::parse(track_id_, "id")));
    HOLESHOT_ASSIGN(const auto there, lift(plan_.queries().object(read::kTrack, track_id_)));
    restored_.track_new = !there;
    if (!there) put_bare(plan_, read::kTrack, track_id_, track);
    return {};
  }

  // Results rest on them: one of the same name has to be the same.
  Verdict rule_books() {
    if (member(document_, "rule_books").is_null()) return {};
    HOLESHOT_ASSIGN(const Json* list, list_at(document_, "rule_books"));
    for (std::size_t i = 0; i < list->size(); ++i) {
      const std::string at = "/rule_books/" + std::to_string(i);
      HOLESHOT_ASSIGN(const std::string name, id_at((*list)[i], at));
      Json book = (*list)[i];
      for (const char* field : {"id", "created_at", "updated_at"}) book.erase(field);
      const auto read =
          competition::parse_rule_book(book.dump(-1, ' ', false, Json::error_handler_t::replace));
      if (!read) return refuse(422, "invalid", read.error().text(), at);
      books_.insert(name);
      HOLESHOT_ASSIGN(const auto there, lift(plan_.queries().object(read::kRuleBook, name)));
      if (there && with_id(name, Json::parse(there->json)) != with_id(name, book))
        return refuse(409, "exists", "another rule book " + name + " is here already", at);
      if (!there) plan_.put(read::kRuleBook, name, book);
    }
    return {};
  }

  Verdict known_book(const Json& object, const std::string& at) const {
    const std::string name = text_at(object, "rule_book");
    if (name.empty() || books_.contains(name) || competition::rule_book(name)) return {};
    return refuse(422, "invalid", "rule book " + name + " is not in the document", at + "/rule_book");
  }

  Verdict riders() {
    HOLESHOT_ASSIGN(const Json* list, list_at(document_, "riders"));
    for (std::size_t i = 0; i < list->size(); ++i) {
      const Json& rider = (*list)[i];
      const std::string at = "/riders/" + std::to_string(i);
      HOLESHOT_ASSIGN(const std::string id, id_at(rider, at));
      riders_.insert(id);
      HOLESHOT_ASSIGN(const auto there, lift(plan_.queries().object(read::kRider, id)));
      if (there) {
        ++restored_.riders_kept;
        continue;
      }
      Json checked = Json::object();
      HOLESHOT_TRY(read_fields(rider_fields(), rider, at, checked));
      HOLESHOT_TRY(transponder_is_free(checked, at));
      plan_.put(read::kRider, id, checked);
      ++restored_.riders_new;
    }
    return {};
  }

  Verdict transponder_is_free(const Json& rider, const std::string& at) const {
    const Json& number = member(rider, "transponder_id");
    if (number.is_null()) return {};
    HOLESHOT_ASSIGN(const auto holders, lift(plan_.queries().references(read::kTransponder, number.dump())));
    if (holders.empty()) return {};
    return refuse(409, "transponder_taken",
                  "transponder " + number.dump() + " is rider " + holders[0].id + "'s here",
                  at + "/transponder_id");
  }

  // Objects of the event itself: none of them may be here.
  Verdict parts(const char* name, std::string_view kind, std::size_t& count) {
    HOLESHOT_ASSIGN(const Json* list, list_at(document_, name));
    for (std::size_t i = 0; i < list->size(); ++i) {
      const Json& item = (*list)[i];
      const std::string at = std::string{"/"} + name + "/" + std::to_string(i);
      HOLESHOT_ASSIGN(const std::string id, id_at(item, at));
      if (text_at(item, "event_id") != event_id_)
        return refuse(422, "invalid", "is not of this event", at + "/event_id");
      HOLESHOT_ASSIGN(const auto there, lift(plan_.queries().object(kind, id)));
      if (there) return refuse(409, "exists", std::string{kind} + " " + id + " is here already", at + "/id");
      for (const auto& entry : member(item, "entries"))
        HOLESHOT_TRY(known_rider(text_at(entry, "rider_id"), at));
      for (const auto& rider : texts_of(member(item, "rider_ids"))) HOLESHOT_TRY(known_rider(rider, at));
      HOLESHOT_TRY(known_book(item, at));
      if (kind == read::kMoto) motos_.insert(id);
      put_bare(plan_, kind, id, item);
      ++count;
    }
    return {};
  }

  Verdict known_rider(const std::string& id, const std::string& at) const {
    if (riders_.contains(id)) return {};
    return refuse(422, "invalid", "rider " + id + " is not in the document", at);
  }

  Verdict results() {
    HOLESHOT_ASSIGN(const Json* list, list_at(document_, "results"));
    for (std::size_t i = 0; i < list->size(); ++i) {
      const std::string at = "/results/" + std::to_string(i);
      HOLESHOT_ASSIGN(const std::string moto, id_at((*list)[i], at, "moto_id"));
      if (!motos_.contains(moto)) return refuse(422, "invalid", "no moto of the document", at + "/moto_id");
      const Json& rows = member((*list)[i], "results");
      if (!rows.is_array()) return refuse(422, "invalid", "has to be a list", at + "/results");
      plan_.put(read::kMotoResult, moto,
                Json{{"event_id", event_id_}, {"track_id", track_id_}, {"results", rows}});
      ++restored_.results;
    }
    return {};
  }

  Plan& plan_;
  const Json& document_;
  std::string event_id_;
  std::string track_id_;
  std::set<std::string> books_;
  std::set<std::string> riders_;
  std::set<std::string> motos_;
  Restored restored_;
};

Outcome<Response> import_event(RestContext& context, const Request& request) {
  if (request.body.size() > kLargestDocument)
    return refuse(413, "too_large",
                  "the document is larger than " + std::to_string(kLargestDocument) + " bytes");
  const Json document = Json::parse(request.body, nullptr, false);
  if (!document.is_object()) return refuse(400, "not_json", "the body has to be a JSON object in UTF-8");
  const bool dry_run = request.query_value("dry_run").value_or("false") == "true";
  Restored restored;
  const auto change = [&](Plan& plan) -> Verdict {
    HOLESHOT_ASSIGN(restored, (Restore{plan, document}.run()));
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
  add("POST", "/api/events/import", import_event);
}

}  // namespace holeshot::http
