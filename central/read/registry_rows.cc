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

// As text_at(), and a number as the text of its digits.
std::string word_at(const json& object, const char* name) {
  const auto it = object.find(name);
  if (it == object.end()) return {};
  if (it->is_string()) return it->get<std::string>();
  return it->is_number_integer() ? it->dump() : std::string{};
}

std::uint64_t number_of(const json& object, const char* name) {
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
  return {.owner = {}, .sort = fold(word_at(object, "name")), .search = {}, .links = {}};
}

ObjectRow rider_row(const json& object) {
  const std::string name = word_at(object, "first_name") + ' ' + word_at(object, "last_name");
  const std::string plate = word_at(object, "plate_number");
  const std::string number = word_at(object, "transponder_id");
  const std::string chip = word_at(object, "transponder_string");
  ObjectRow row;
  row.sort = fold(word_at(object, "last_name") + ' ' + word_at(object, "first_name"));
  row.search = fold(name + ' ' + word_at(object, "last_name") + '\n' + plate + '\n' + number + '\n' + chip);
  if (!number.empty()) row.links.push_back({kTransponder, number});
  if (!chip.empty()) row.links.push_back({kTransponderText, chip});
  return row;
}

// An event or class names the rule book it is run by.
void link_book(const json& object, ObjectRow& row) {
  const std::string book = word_at(object, "rule_book");
  if (!book.empty()) row.links.push_back({kRuleBook, book});
}

ObjectRow event_row(const json& object) {
  const std::string track = word_at(object, "track_id");
  ObjectRow row{.owner = track, .sort = word_at(object, "date"), .search = {}, .links = {{kTrack, track}}};
  link_book(object, row);
  return row;
}

void link_riders(const json& list, const char* field, ObjectRow& row) {
  if (!list.is_array()) return;
  for (const auto& item : list) {
    const std::string id = item.is_object()   ? word_at(item, field)
                           : item.is_string() ? item.get<std::string>()
                                              : "";
    if (!id.empty()) row.links.push_back({kRider, id});
  }
}

ObjectRow class_row(const std::string& id, const json& object) {
  const std::string event = word_at(object, "event_id");
  // Ids rise with time, so classes stand in the order of their making.
  ObjectRow row{.owner = event, .sort = id, .search = {}, .links = {{kEvent, event}}};
  if (const auto riders = object.find("rider_ids"); riders != object.end()) link_riders(*riders, "", row);
  link_book(object, row);
  return row;
}

ObjectRow moto_row(const json& object) {
  ObjectRow row{.owner = word_at(object, "event_id"),
                .sort = fmt::format("{:010}", number_of(object, "sequence")),
                .search = {},
                .links = {{kClass, word_at(object, "class_id")}}};
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

// How an object stands in its table.
struct Stored {
  std::int64_t revision = 0;
  std::uint64_t created_us = 0;
  std::uint64_t changed_us = 0;
};

base::Status store(SqliteDb& db, std::string_view kind, const std::string& id, json object,
                   const Stored& stored) {
  HOLESHOT_ASSIGN(const ObjectRow row, row_of(kind, id, object));
  object["id"] = id;
  object["created_at"] = iso_time(stored.created_us);
  object["updated_at"] = iso_time(stored.changed_us);
  HOLESHOT_TRY(db.run("DELETE FROM link WHERE kind=? AND id=?", {kind, id}));
  for (const auto& link : row.links) {
    HOLESHOT_TRY(db.run("INSERT OR IGNORE INTO link(to_kind, to_id, kind, id) VALUES(?, ?, ?, ?)",
                        {link.to_kind, link.to_id, kind, id}));
  }
  return db.run(
      "INSERT OR REPLACE INTO object(kind, id, owner, sort, search, revision, created_us, json) "
      "VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
      {kind, id, row.owner, row.sort, row.search, stored.revision, sqlite_integer(stored.created_us),
       dumped(object)});
}

base::Status put(SqliteDb& db, std::string_view kind, const std::string& id, const json& event) {
  const auto given = event.find("object");
  if (given == event.end() || !given->is_object())
    return fail(Code::kInvalid, "registry: put without an object");
  const std::uint64_t changed_us = number_of(event, "ts_us");
  return store(
      db, kind, id, *given,
      {.revision = sqlite_integer(number_of(event, "revision")),
       .created_us = event.contains("created_at_us") ? number_of(event, "created_at_us") : changed_us,
       .changed_us = changed_us});
}

base::Result<json> object_of(SqliteDb& db, std::string_view kind, const std::string& id) {
  HOLESHOT_ASSIGN(const auto text, db.one_text("SELECT json FROM object WHERE kind=? AND id=?", {kind, id}));
  json object = text ? json::parse(*text, nullptr, false) : json(nullptr);
  return object.is_object() ? object : json(nullptr);
}

const json& null_or(const json& object, const char* name) {
  static const json kNothing = nullptr;
  const auto it = object.find(name);
  return it != object.end() ? *it : kNothing;
}

// The entry that a rider of a new staging goes on with: the rider's own, else that of the lane whose rider is gone.
json entry_for(const json& old, const json& riders, const json& rider) {
  const auto still_there = [&riders](const json& entry) {
    return std::any_of(riders.begin(), riders.end(), [&entry](const json& one) {
      return one.is_object() && null_or(one, "rider_id") == null_or(entry, "rider_id");
    });
  };
  for (const json& entry : old) {
    if (entry.is_object() && null_or(entry, "rider_id") == null_or(rider, "rider_id")) return entry;
  }
  for (const json& entry : old) {
    if (entry.is_object() && null_or(entry, "lane") == null_or(rider, "lane") && !still_there(entry))
      return entry;
  }
  return json::object();
}

// Numbers may stand as texts of their digits.
bool same_chip(const json& a, const json& b) {
  const auto text = [](const json& chip) {
    return chip.is_number_integer() ? chip.dump()
           : chip.is_string()       ? chip.get<std::string>()
                                    : std::string{};
  };
  if (!a.is_array() || !b.is_array()) return a == b || (!text(a).empty() && text(a) == text(b));
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_chip);
}

// A chip that is not the one the rider is known by is this race's, and stands in the entry.
base::Status note_chips(SqliteDb& db, json& entry, const json& rider) {
  HOLESHOT_ASSIGN(const json known, object_of(db, kRider, word_at(rider, "rider_id")));
  for (const char* name : {"transponder_id", "transponder_string", "transponder_ids"}) {
    const json& chip = null_or(rider, name);
    if (chip.is_null() || (known.is_object() && same_chip(null_or(known, name), chip))) {
      entry.erase(name);
    } else {
      entry[name] = chip;
    }
  }
  return {};
}

}  // namespace

base::Status apply_registry(SqliteDb& db, const log::Event& event) {
  const json body = json::parse(event.body, nullptr, false);
  if (body.is_discarded() || !body.is_object()) return fail(Code::kInvalid, "registry: not a JSON object");
  const std::string op = word_at(body, "op");
  const std::string kind = word_at(body, "kind");
  const std::string id = word_at(body, "id");
  if (kind.empty() || id.empty()) return fail(Code::kInvalid, "registry: kind or id is missing");
  if (op == "put") {
    if (kind == kMotoResult) HOLESHOT_TRY(apply_imported_result(db, event));
    return put(db, kind, id, body);
  }
  if (op == "delete") return remove(db, kind, id);
  if (op == "kick") return {};  // of a viewer: it is in the audit, and changes no object
  return fail(Code::kInvalid, "registry: op \"" + op + "\" is unknown");
}

base::Status restage_moto(SqliteDb& db, const std::string& moto_id, const json& riders, std::int64_t ts_us) {
  HOLESHOT_ASSIGN(json moto, object_of(db, kMoto, moto_id));
  if (!moto.is_object()) return {};
  const json old = null_or(moto, "entries").is_array() ? moto["entries"] : json::array();
  json entries = json::array();
  for (const json& rider : riders) {
    const std::string rider_id = rider.is_object() ? word_at(rider, "rider_id") : std::string{};
    if (rider_id.empty()) continue;
    json entry = entry_for(old, riders, rider);
    if (!entry.contains("id")) entry["id"] = moto_id + "-" + rider_id;
    entry["rider_id"] = rider_id;
    entry["lane"] = null_or(rider, "lane");
    HOLESHOT_TRY(note_chips(db, entry, rider));
    entries.push_back(std::move(entry));
  }
  moto["entries"] = std::move(entries);
  HOLESHOT_ASSIGN(const auto revision,
                  db.one_integer("SELECT revision FROM object WHERE kind='moto' AND id=?", {moto_id}));
  HOLESHOT_ASSIGN(const auto created,
                  db.one_integer("SELECT created_us FROM object WHERE kind='moto' AND id=?", {moto_id}));
  return store(db, kMoto, moto_id, std::move(moto),
               {.revision = revision.value_or(0) + 1,
                .created_us = static_cast<std::uint64_t>(created.value_or(0)),
                .changed_us = static_cast<std::uint64_t>(std::max<std::int64_t>(ts_us, 0))});
}

}  // namespace holeshot::read
