#include "central/read/audit_trail.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "central/read/race_body.h"
#include "central/read/rows.h"
#include "common/contract/subjects.h"

namespace holeshot::read {

using base::Code;
using base::fail;
using nlohmann::json;

// n is the event's offset in the log. `before` is not kept: it is the `after` of the object's entry before this one.
const char* const kAuditSchema = R"sql(
CREATE TABLE audit_entry(
  n INTEGER PRIMARY KEY, ts_us INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, kind TEXT NOT NULL,
  id TEXT NOT NULL, track_id TEXT NOT NULL, revision INTEGER NOT NULL, reason TEXT NOT NULL, after TEXT,
  accepted INTEGER, code TEXT) STRICT;
CREATE INDEX audit_of_object ON audit_entry(kind, id, n);
)sql";

namespace {

std::int64_t integer_at(const json& object, const char* name) {
  const auto it = object.find(name);
  if (it == object.end() || !it->is_number_integer()) return 0;
  if (it->is_number_unsigned() && it->get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max())
    return 0;
  return it->get<std::int64_t>();
}

base::Status insert(SqliteDb& db, const log::Event& event, const json& body, std::string_view action,
                    std::string_view kind, std::string_view id, std::string_view track, SqlValue after) {
  return db.run(
      "INSERT OR REPLACE INTO audit_entry(n, ts_us, actor, action, kind, id, track_id, revision, reason, "
      "after, "
      "accepted, code) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)",
      {static_cast<std::int64_t>(event.offset.value()), integer_at(body, "ts_us"), text_at(body, "actor"),
       action, kind, id, track, integer_at(body, "revision"), text_at(body, "reason"), after});
}

base::Status registry_entry(SqliteDb& db, const log::Event& event, const json& body) {
  const std::string op = text_at(body, "op");
  const std::string kind = text_at(body, "kind");
  const std::string id = text_at(body, "id");
  if (kind.empty() || id.empty()) return {};  // apply_registry() says what is wrong with it
  const auto object = body.find("object");
  if (op != "put" || object == body.end()) return insert(db, event, body, op, kind, id, "", std::monostate{});
  const std::string after = dumped(*object);
  return insert(db, event, body, op, kind, id, "", after);
}

base::Status intent_entry(SqliteDb& db, const log::Event& event, const json& body) {
  const auto track = contract::track_of(event.subject, contract::kControlPrefix);
  json rest = body;
  for (const char* name : {"type", "event_id", "ts_us", "actor", "reason", "track_id"}) rest.erase(name);
  const std::string after = dumped(rest);
  return insert(db, event, body, text_at(body, "type"), "intent", text_at(body, "event_id"),
                track ? track->str() : std::string{}, after);
}

base::Status verdict(SqliteDb& db, const json& body) {
  const auto payload = body.find("payload");
  if (text_at(body, "event_type") != "intent_result" || payload == body.end() || !payload->is_object())
    return {};
  const auto accepted = payload->find("accepted");
  const bool yes = accepted != payload->end() && accepted->is_boolean() && accepted->get<bool>();
  return db.run("UPDATE audit_entry SET accepted=?, code=? WHERE kind='intent' AND id=?",
                {std::int64_t{yes}, text_at(*payload, "code"), text_at(*payload, "intent_id")});
}

json row_json(const Rows& row) {
  const auto parsed = [&](int column) {
    json value = row.text(column).empty() ? json(nullptr) : json::parse(row.text(column), nullptr, false);
    return value.is_discarded() ? json(nullptr) : value;
  };
  json out = {{"n", row.integer(0)},     {"ts_us", row.integer(1)},   {"actor", row.text(2)},
              {"action", row.text(3)},   {"kind", row.text(4)},       {"id", row.text(5)},
              {"track_id", row.text(6)}, {"revision", row.integer(7)}};
  out["reason"] = row.text(8).empty() ? json(nullptr) : json(row.text(8));
  out["after"] = parsed(9);
  out["before"] = parsed(10);
  const auto accepted = row.maybe_integer(11);
  out["accepted"] = accepted ? json(*accepted != 0) : json(nullptr);
  out["code"] = row.text(12).empty() ? json(nullptr) : json(row.text(12));
  if (out["track_id"] == "") out["track_id"] = nullptr;
  return out;
}

}  // namespace

base::Status apply_audit(SqliteDb& db, const log::Event& event) {
  const bool race = event.subject.starts_with(contract::kEventsPrefix);
  // Of the engine's events only its verdicts are of interest, and most are splits.
  if (race && event.body.find("intent_result") == std::string::npos) return {};
  const json body = json::parse(event.body, nullptr, false);
  if (body.is_discarded() || !body.is_object()) return {};  // whoever applies its rows refuses it
  if (race) return verdict(db, body);
  return event.subject == contract::kRegistrySubject ? registry_entry(db, event, body)
                                                     : intent_entry(db, event, body);
}

base::Result<AuditPage> audit_trail(const ReadModel& model, const AuditFilter& query) {
  HOLESHOT_ASSIGN(const auto lease, model.lease());
  constexpr std::string_view kSelect =
      "SELECT n, ts_us, actor, action, kind, id, track_id, revision, reason, after, "
      "(SELECT b.after FROM audit_entry b WHERE b.kind=a.kind AND b.id=a.id AND b.n<a.n AND a.kind<>'intent' "
      "ORDER BY b.n DESC LIMIT 1), accepted, code FROM audit_entry a "
      "WHERE (?1='' OR actor=?1) AND (?2='' OR kind=?2) AND (?3='' OR id=?3) AND (?4='' OR track_id=?4) "
      "AND n<?5 ORDER BY n DESC LIMIT ?6";
  const std::int64_t before =
      query.before == 0 ? std::numeric_limits<std::int64_t>::max() : static_cast<std::int64_t>(query.before);
  HOLESHOT_ASSIGN(Rows rows, lease.db().query(kSelect, {query.actor, query.kind, query.id, query.track_id,
                                                        before, static_cast<std::int64_t>(query.limit) + 1}));
  AuditPage page;
  std::int64_t last = 0;
  for (;;) {
    HOLESHOT_ASSIGN(const bool row, rows.next());
    if (!row) return page;
    if (page.items.size() == query.limit) {
      page.next = static_cast<std::uint64_t>(last);
      return page;
    }
    last = rows.integer(0);
    page.items.push_back(dumped(row_json(rows)));
  }
}

}  // namespace holeshot::read
