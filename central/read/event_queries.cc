// The queries that put several objects together: an event with its classes, motos with their entries and
// results.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "central/read/queries.h"

namespace holeshot::read {

using base::Code;
using base::fail;
using nlohmann::json;

namespace {

std::string dumped(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

std::string text_at(const json& object, const char* name) {
  const auto it = object.find(name);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string{};
}

// Null where absent: the library's own access to a constant object ends the program there.
const json& member(const json& object, const char* name) {
  static const json kNothing = nullptr;
  const auto it = object.find(name);
  return it != object.end() ? *it : kNothing;
}

json or_null(std::optional<std::int64_t> value) { return value ? json(*value) : json(nullptr); }

// One rider's line of a result.
struct Finish {
  std::string status;  // FIN, DNF, DNS, DSQ or REL
  std::optional<std::int64_t> position;
  std::optional<std::int64_t> elapsed_us;
  std::optional<std::int64_t> gap_us;
  bool ruled = false;      // an official decided
  bool estimated = false;  // the time rests on a start that no pulse gave
};

// Objects out of one connection, each read once.
class Assembler {
 public:
  explicit Assembler(SqliteDb& db) : db_(db) {}

  // Null where there is none.
  base::Result<json> object(std::string_view kind, const std::string& id) {
    const auto key = std::pair{std::string{kind}, id};
    if (const auto it = cache_.find(key); it != cache_.end()) return it->second;
    HOLESHOT_ASSIGN(const auto text,
                    db_.one_text("SELECT json FROM object WHERE kind=? AND id=?", {kind, id}));
    json value = text ? json::parse(*text, nullptr, false) : json(nullptr);
    if (value.is_discarded())
      return fail(Code::kCorrupt, "read model: " + key.first + " " + id + " is not JSON");
    return cache_.emplace(key, std::move(value)).first->second;
  }

  base::Result<std::vector<std::string>> ids(std::string_view sql, std::string_view argument) {
    HOLESHOT_ASSIGN(Rows rows, db_.query(sql, {argument}));
    std::vector<std::string> out;
    for (;;) {
      HOLESHOT_ASSIGN(const bool row, rows.next());
      if (!row) return out;
      out.emplace_back(rows.text(0));
    }
  }

  base::Result<json> full_class(const std::string& id) {
    HOLESHOT_ASSIGN(json item, object(kClass, id));
    if (!item.is_object()) return item;
    json riders = json::array();
    for (const auto& rider_id : item.value("rider_ids", json::array())) {
      if (!rider_id.is_string()) continue;
      HOLESHOT_ASSIGN(json rider, object(kRider, rider_id.get<std::string>()));
      if (rider.is_object()) riders.push_back(std::move(rider));
    }
    item["riders"] = std::move(riders);
    return item;
  }

  base::Result<std::map<std::string, Finish>> results(const std::string& moto) {
    HOLESHOT_ASSIGN(Rows rows,
                    db_.query("SELECT rider_id, position, elapsed_us, gap_to_leader_us, status, ruled, "
                              "estimated FROM result WHERE moto_id=?",
                              {moto}));
    std::map<std::string, Finish> out;
    for (;;) {
      HOLESHOT_ASSIGN(const bool row, rows.next());
      if (!row) return out;
      out[std::string{rows.text(0)}] = {.status = std::string{rows.text(4)},
                                        .position = rows.maybe_integer(1),
                                        .elapsed_us = rows.maybe_integer(2),
                                        .gap_us = rows.maybe_integer(3),
                                        .ruled = rows.integer(5) != 0,
                                        .estimated = rows.integer(6) != 0};
    }
  }

  base::Result<json> full_moto(const std::string& id) {
    HOLESHOT_ASSIGN(json moto, object(kMoto, id));
    if (!moto.is_object()) return moto;
    HOLESHOT_ASSIGN(const auto status, db_.one_text("SELECT status FROM moto_state WHERE moto_id=?", {id}));
    moto["status"] = status.value_or("pending");
    HOLESHOT_ASSIGN(const auto run, db_.one_integer("SELECT run FROM moto_state WHERE moto_id=?", {id}));
    moto["run"] = run.value_or(1);
    HOLESHOT_ASSIGN(const json its_class, object(kClass, text_at(moto, "class_id")));
    moto["class_name"] = member(its_class, "name");
    HOLESHOT_ASSIGN(const auto finishes, results(id));
    json entries = json::array();
    for (json& entry : moto["entries"]) {
      if (!entry.is_object()) continue;
      HOLESHOT_TRY(fill(entry, id, finishes));
      entries.push_back(std::move(entry));
    }
    moto["entries"] = std::move(entries);
    return moto;
  }

 private:
  base::Status fill(json& entry, const std::string& moto, const std::map<std::string, Finish>& finishes) {
    const std::string rider_id = text_at(entry, "rider_id");
    const auto it = finishes.find(rider_id);
    const Finish finish = it != finishes.end() ? it->second : Finish{};
    entry["moto_id"] = moto;
    entry["finish_position"] = or_null(finish.position);
    entry["elapsed_us"] = or_null(finish.elapsed_us);
    entry["gap_to_leader_us"] = or_null(finish.gap_us);
    entry["dnf"] = finish.status == "DNF";
    entry["dns"] = finish.status == "DNS";
    entry["status"] = it != finishes.end() ? json(finish.status) : json(nullptr);
    entry["ruled"] = finish.ruled;
    entry["estimated"] = finish.estimated;
    HOLESHOT_ASSIGN(entry["rider"], object(kRider, rider_id));
    return {};
  }

  SqliteDb& db_;
  std::map<std::pair<std::string, std::string>, json> cache_;
};

constexpr std::string_view kMotosOfEvent =
    "SELECT id FROM object WHERE kind='moto' AND owner=? ORDER BY sort, id";
constexpr std::string_view kMotosOfClass =
    "SELECT o.id FROM link l JOIN object o ON o.kind=l.kind AND o.id=l.id "
    "WHERE l.to_kind='class' AND l.to_id=? AND l.kind='moto' ORDER BY o.sort, o.id";
constexpr std::string_view kClassesOfEvent =
    "SELECT id FROM object WHERE kind='class' AND owner=? ORDER BY sort, id";

base::Result<json> motos(SqliteDb& db, std::string_view sql, std::string_view argument) {
  Assembler assemble{db};
  HOLESHOT_ASSIGN(const auto ids, assemble.ids(sql, argument));
  json list = json::array();
  for (const auto& id : ids) {
    HOLESHOT_ASSIGN(json moto, assemble.full_moto(id));
    list.push_back(std::move(moto));
  }
  return list;
}

std::optional<std::string> text_or_nothing(const json& value) {
  if (!value.is_object()) return std::nullopt;
  return dumped(value);
}

}  // namespace

base::Result<std::optional<std::string>> Queries::event_json(std::string_view id) const {
  HOLESHOT_ASSIGN(const auto lease, model_.lease());
  Assembler assemble{lease.db()};
  HOLESHOT_ASSIGN(json event, assemble.object(kEvent, std::string{id}));
  if (!event.is_object()) return std::optional<std::string>{};
  HOLESHOT_ASSIGN(const auto class_ids, assemble.ids(kClassesOfEvent, id));
  event["classes"] = json::array();
  for (const auto& class_id : class_ids) {
    HOLESHOT_ASSIGN(json item, assemble.full_class(class_id));
    event["classes"].push_back(std::move(item));
  }
  return text_or_nothing(event);
}

base::Result<std::optional<std::string>> Queries::class_json(std::string_view id) const {
  HOLESHOT_ASSIGN(const auto lease, model_.lease());
  HOLESHOT_ASSIGN(const json item, Assembler{lease.db()}.full_class(std::string{id}));
  return text_or_nothing(item);
}

base::Result<std::optional<std::string>> Queries::moto_json(std::string_view id) const {
  HOLESHOT_ASSIGN(const auto lease, model_.lease());
  HOLESHOT_ASSIGN(const json moto, Assembler{lease.db()}.full_moto(std::string{id}));
  return text_or_nothing(moto);
}

base::Result<std::string> Queries::event_motos_json(std::string_view event_id) const {
  HOLESHOT_ASSIGN(const auto lease, model_.lease());
  HOLESHOT_ASSIGN(const json list, motos(lease.db(), kMotosOfEvent, event_id));
  return dumped(list);
}

base::Result<std::string> Queries::class_motos_json(std::string_view class_id) const {
  HOLESHOT_ASSIGN(const auto lease, model_.lease());
  HOLESHOT_ASSIGN(const json list, motos(lease.db(), kMotosOfClass, class_id));
  return dumped(list);
}

}  // namespace holeshot::read
