#include "central/http/rest_restore.h"

#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "central/competition/draw.h"
#include "central/competition/rule_book.h"
#include "central/http/rest_class_state.h"
#include "central/http/rest_fields.h"
#include "common/contract/ids.h"

namespace holeshot::http {

Json with_id(const std::string& id, Json object) {
  for (const char* name : {"created_at", "updated_at"}) object.erase(name);
  object["id"] = id;
  return object;
}

namespace {

Outcome<std::string> id_at(const Json& item, const std::string& at, const char* name = "id") {
  std::string id = item.is_object() ? text_at(item, name) : std::string{};
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

Verdict checked_list(const Json& object, const char* name, const std::string& at) {
  if (member(object, name).is_array()) return {};
  return refuse(422, "invalid", std::string{name} + " has to be a list", at + "/" + name);
}

Verdict checked_track(const std::string& id, const Json& given, const std::string& at, Json& track) {
  HOLESHOT_TRY(read_fields(track_fields(), given, at, track));
  for (const char* name : {"loops", "sections"}) {
    if (member(given, name).is_null()) track[name] = Json::array();
    HOLESHOT_TRY(checked_list(track, name, at));
    const bool loops = std::string_view{name} == "loops";
    for (std::size_t i = 0; i < track[name].size(); ++i) {
      const std::string place = at + "/" + name + "/" + std::to_string(i);
      HOLESHOT_TRY(id_at(track[name][i], place));
      const Json item = track[name][i];
      HOLESHOT_TRY(read_fields(loops ? loop_fields() : section_fields(), item, place, track[name][i]));
      if (loops) track[name][i]["track_id"] = id;
    }
  }
  return {};
}

Verdict checked_class(const Json& given, const std::string& at, Json& its) {
  HOLESHOT_TRY(read_fields(class_fields(), given, at, its));
  if (member(given, "rider_ids").is_null()) its["rider_ids"] = Json::array();
  return checked_list(its, "rider_ids", at);
}

Verdict checked_moto(const Json& moto, const std::string& at) {
  constexpr std::size_t kMostLanes = 16;
  if (competition::order_of_round(text_at(moto, "round_type")) < 0)
    return refuse(422, "invalid", "round_type is no round", at + "/round_type");
  if (!member(moto, "sequence").is_number_unsigned())
    return refuse(422, "invalid", "sequence has to be a number", at + "/sequence");
  HOLESHOT_TRY(checked_list(moto, "entries", at));
  for (std::size_t i = 0; i < moto["entries"].size(); ++i) {
    const Json& entry = moto["entries"][i];
    const std::string place = at + "/entries/" + std::to_string(i);
    HOLESHOT_TRY(id_at(entry, place));
    const Json& lane = member(entry, "lane");
    if (!lane.is_number_unsigned() || lane < 1U || lane > kMostLanes)
      return refuse(422, "invalid", "lane has to be a number from 1 to 16", place + "/lane");
  }
  return {};
}

class Restore {
 public:
  Restore(Plan& plan, const Json& document) : plan_(plan), document_(document) {}

  Outcome<Restored> run() {
    if (text_at(document_, "format") != kEventFormat)
      return refuse(422, "wrong_format", std::string{"format has to be "} + kEventFormat, "/format");
    HOLESHOT_ASSIGN(event_id_, id_at(member(document_, "event"), "/event"));
    HOLESHOT_ASSIGN(const auto there, lift(plan_.queries().object(read::kEvent, event_id_)));
    if (there) return refuse(409, "exists", "event " + event_id_ + " is here already", "/event/id");
    HOLESHOT_TRY(put_checked(read::kEvent, event_id_, member(document_, "event"), "/event"));
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
  // As if it had come through the office: fields that are wrong are refused, those that are missing have what a new one has.
  Verdict put_checked(std::string_view kind, const std::string& id, Json object, const std::string& at) {
    for (const char* name : {"id", "created_at", "updated_at"}) object.erase(name);
    const Json given = object;
    if (kind == read::kEvent) HOLESHOT_TRY(read_fields(event_fields(), given, at, object));
    if (kind == read::kTrack) HOLESHOT_TRY(checked_track(id, given, at, object));
    if (kind == read::kClass) HOLESHOT_TRY(checked_class(given, at, object));
    if (kind == read::kMoto) HOLESHOT_TRY(checked_moto(given, at));
    plan_.put(kind, id, object);
    return {};
  }

  // A track or rider that is here already is the newer one, and stays.
  Verdict track() {
    const Json& track = member(document_, "track");
    HOLESHOT_ASSIGN(track_id_, id_at(track, "/track"));
    if (text_at(member(document_, "event"), "track_id") != track_id_)
      return refuse(422, "invalid", "the event is held on another track", "/track/id");
    HOLESHOT_TRY(lift(contract::TrackId::parse(track_id_, "id")));
    HOLESHOT_ASSIGN(const auto there, lift(plan_.queries().object(read::kTrack, track_id_)));
    restored_.track_new = !there;
    if (there) return {};
    return put_checked(read::kTrack, track_id_, track, "/track");
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
      HOLESHOT_TRY(put_checked(kind, id, item, at));
      for (const auto& entry : member(item, "entries"))
        HOLESHOT_TRY(known_rider(text_at(entry, "rider_id"), at));
      for (const auto& rider : texts_of(member(item, "rider_ids"))) HOLESHOT_TRY(known_rider(rider, at));
      HOLESHOT_TRY(known_book(item, at));
      if (kind == read::kMoto) motos_.insert(id);
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

}  // namespace

Outcome<Restored> restore_event(Plan& plan, const Json& document) { return Restore{plan, document}.run(); }

}  // namespace holeshot::http
