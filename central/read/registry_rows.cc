#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "central/read/registry.h"
#include "central/read/rows.h"

namespace holeshot::read {

using base::Code;
using base::fail;
using nlohmann::json;

namespace {

struct Link {
  std::string_view to_kind;
  std::string to_id;
};

// What one object becomes.
struct ObjectRow {
  std::string owner;
  std::string sort;
  std::string search;
  std::vector<Link> links;
};

std::string text_at(const json& object, const char* name) {
  const auto it = object.find(name);
  if (it == object.end()) return {};
  if (it->is_string()) return it->get<std::string>();
  return it->is_number_integer() ? it->dump() : std::string{};
}

std::uint64_t number_at(const json& object, const char* name) {
  const auto it = object.find(name);
  return it != object.end() && it->is_number_unsigned() ? it->get<std::uint64_t>() : 0;
}

// `from` as an integer of `scale` parts becomes the number `to`: length_mm 12500 is length_m 12.5. The
// quotient is the nearest double, so it prints as it was written.
void unscale(json& object, const char* from, const char* to, double scale) {
  const auto it = object.find(from);
  if (it == object.end()) return;
  object[to] =
      it->is_number_integer() ? json(static_cast<double>(it->get<std::int64_t>()) / scale) : json(nullptr);
  object.erase(from);
}

ObjectRow track_row(json& object) {
  unscale(object, "latitude_e7", "latitude", 1e7);
  unscale(object, "longitude_e7", "longitude", 1e7);
  if (const auto sections = object.find("sections"); sections != object.end() && sections->is_array()) {
    for (auto& section : *sections) {
      if (section.is_object()) unscale(section, "length_mm", "length_m", 1e3);
    }
  }
  return {.owner = {}, .sort = fold(text_at(object, "name")), .search = {}, .links = {}};
}

ObjectRow rider_row(const json& object) {
  const std::string name = text_at(object, "first_name") + ' ' + text_at(object, "last_name");
  const std::string plate = text_at(object, "plate_number");
  const std::string number = text_at(object, "transponder_id");
  const std::string chip = text_at(object, "transponder_string");
  ObjectRow row;
  row.sort = fold(text_at(object, "last_name") + ' ' + text_at(object, "first_name"));
  row.search = fold(name + ' ' + text_at(object, "last_name") + '\n' + plate + '\n' + number + '\n' + chip);
  if (!number.empty()) row.links.push_back({kTransponder, number});
  if (!chip.empty()) row.links.push_back({kTransponderText, chip});
  return row;
}

// An event or class names the rule book it is run by.
void link_book(const json& object, ObjectRow& row) {
  const std::string book = text_at(object, "rule_book");
  if (!book.empty()) row.links.push_back({kRuleBook, book});
}

ObjectRow event_row(const json& object) {
  const std::string track = text_at(object, "track_id");
  ObjectRow row{.owner = track, .sort = text_at(object, "date"), .search = {}, .links = {{kTrack, track}}};
  link_book(object, row);
  return row;
}

void link_riders(const json& list, const char* field, ObjectRow& row) {
  if (!list.is_array()) return;
  for (const auto& item : list) {
    const std::string id = item.is_object()   ? text_at(item, field)
                           : item.is_string() ? item.get<std::string>()
                                              : "";
    if (!id.empty()) row.links.push_back({kRider, id});
  }
}

ObjectRow class_row(const std::string& id, const json& object) {
  const std::string event = text_at(object, "event_id");
  // Ids rise with time, so classes stand in the order of their making.
  ObjectRow row{.owner = event, .sort = id, .search = {}, .links = {{kEvent, event}}};
  if (const auto riders = object.find("rider_ids"); riders != object.end()) link_riders(*riders, "", row);
  link_book(object, row);
  return row;
}

ObjectRow moto_row(const json& object) {
  ObjectRow row{.owner = text_at(object, "event_id"),
                .sort = fmt::format("{:010}", number_at(object, "sequence")),
                .search = {},
                .links = {{kClass, text_at(object, "class_id")}}};
  if (const auto entries = object.find("entries"); entries != object.end())
    link_riders(*entries, "rider_id", row);
  return row;
}

// What belongs to another object: a publication to its class, an imported result to its moto.
ObjectRow part_row(const std::string& id, const json& object, std::string_view of) {
  return {.owner = text_at(object, "event_id"), .sort = id, .search = {}, .links = {{of, id}}};
}

base::Result<ObjectRow> row_of(std::string_view kind, const std::string& id, json& object) {
  if (kind == kTrack) return track_row(object);
  if (kind == kRider) return rider_row(object);
  if (kind == kEvent) return event_row(object);
  if (kind == kClass) return class_row(id, object);
  if (kind == kMoto) return moto_row(object);
  if (kind == kRuleBook) return ObjectRow{.owner = {}, .sort = id, .search = {}, .links = {}};
  if (kind == kPublication) return part_row(id, object, kClass);
  if (kind == kMotoResult) return part_row(id, object, kMoto);
  return fail(Code::kInvalid, "registry: kind \"" + std::string{kind} + "\" is unknown");
}

base::Status remove(SqliteDb& db, std::string_view kind, std::string_view id) {
  HOLESHOT_TRY(db.run("DELETE FROM link WHERE kind=? AND id=?", {kind, id}));
  if (kind == kMoto) {
    HOLESHOT_TRY(db.run("DELETE FROM result WHERE moto_id=?", {id}));
    HOLESHOT_TRY(db.run("DELETE FROM moto_state WHERE moto_id=?", {id}));
  }
  return db.run("DELETE FROM object WHERE kind=? AND id=?", {kind, id});
}

std::int64_t sqlite_integer(std::uint64_t value) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(std::min(value, kMost));
}

base::Status put(SqliteDb& db, std::string_view kind, const std::string& id, const json& event) {
  const auto given = event.find("object");
  if (given == event.end() || !given->is_object())
    return fail(Code::kInvalid, "registry: put without an object");
  json object = *given;
  HOLESHOT_ASSIGN(const ObjectRow row, row_of(kind, id, object));
  const std::uint64_t changed_us = number_at(event, "ts_us");
  const std::uint64_t created_us =
      event.contains("created_at_us") ? number_at(event, "created_at_us") : changed_us;
  object["id"] = id;
  object["created_at"] = iso_time(created_us);
  object["updated_at"] = iso_time(changed_us);
  const std::string text = object.dump(-1, ' ', false, json::error_handler_t::replace);
  HOLESHOT_TRY(db.run("DELETE FROM link WHERE kind=? AND id=?", {kind, id}));
  for (const auto& link : row.links) {
    HOLESHOT_TRY(db.run("INSERT OR IGNORE INTO link(to_kind, to_id, kind, id) VALUES(?, ?, ?, ?)",
                        {link.to_kind, link.to_id, kind, id}));
  }
  return db.run(
      "INSERT OR REPLACE INTO object(kind, id, owner, sort, search, revision, created_us, json) "
      "VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
      {kind, id, row.owner, row.sort, row.search, sqlite_integer(number_at(event, "revision")),
       sqlite_integer(created_us), text});
}

}  // namespace

base::Status apply_registry(SqliteDb& db, const log::Event& event) {
  const json body = json::parse(event.body, nullptr, false);
  if (body.is_discarded() || !body.is_object()) return fail(Code::kInvalid, "registry: not a JSON object");
  const std::string op = text_at(body, "op");
  const std::string kind = text_at(body, "kind");
  const std::string id = text_at(body, "id");
  if (kind.empty() || id.empty()) return fail(Code::kInvalid, "registry: kind or id is missing");
  if (op == "put") {
    if (kind == kMotoResult) HOLESHOT_TRY(apply_imported_result(db, event));
    return put(db, kind, id, body);
  }
  if (op == "delete") return remove(db, kind, id);
  return fail(Code::kInvalid, "registry: op \"" + op + "\" is unknown");
}

}  // namespace holeshot::read
