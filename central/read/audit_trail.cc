#include "central/read/audit_trail.h"

#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "central/read/race_body.h"

namespace holeshot::read {

using nlohmann::json;

namespace {

// An intent's line has what came of it from the line of the engine's word (v); a change's `before` is the `after` of the same
// object's line before it.
constexpr std::string_view kSelect =
    "SELECT a.n, a.ts_us, a.actor, a.action, a.kind, a.id, a.track_id, "
    "CASE WHEN a.moto_id='' THEN coalesce(v.moto_id, '') ELSE a.moto_id END, a.rider_id, a.intent_id, "
    "a.undoes, a.revision, a.reason, a.asked, "
    "CASE WHEN a.kind='intent' THEN v.before WHEN a.track_id<>'' THEN a.before ELSE "
    "(SELECT b.after FROM audit b WHERE b.kind=a.kind AND b.id=a.id AND b.n<a.n ORDER BY b.n DESC LIMIT 1) "
    "END, "
    "CASE WHEN a.kind='intent' THEN v.after ELSE a.after END, coalesce(v.accepted, a.accepted), "
    "coalesce(v.code, a.code) FROM audit a LEFT JOIN audit v ON a.kind='intent' AND v.n="
    "(SELECT min(w.n) FROM audit w WHERE w.intent_id=a.id AND w.intent_id<>'' AND w.kind='intent_result') "
    "WHERE (?1='' OR a.actor=?1) AND (?2='' OR a.kind=?2) AND (?3='' OR a.id=?3) AND (?4='' OR "
    "a.track_id=?4) "
    "AND (?5='' OR a.moto_id=?5 OR v.moto_id=?5) AND a.n<?6 ";
// The engine's answer stands with its intent, unless it is asked for by name.
constexpr std::string_view kOfAll =
    "AND (?2='intent_result' OR a.kind<>'intent_result' OR NOT EXISTS(SELECT 1 FROM audit i WHERE "
    "i.kind='intent' AND i.id=a.intent_id AND i.id<>'')) ";
// Only a race event has a track and is no intent.
constexpr std::string_view kOfRaces = "AND a.track_id<>'' AND a.kind<>'intent' ";
constexpr std::string_view kNewestFirst = "ORDER BY a.n DESC LIMIT ?7";

json text_or_null(std::string_view text) { return text.empty() ? json(nullptr) : json(text); }

json parsed(std::string_view text) {
  if (text.empty()) return nullptr;
  json value = json::parse(text, nullptr, false);
  return value.is_discarded() ? json(nullptr) : value;
}

json entry_json(const Rows& row) {
  // The columns that are texts, in the order of kSelect.
  constexpr std::array<std::pair<const char*, int>, 11> kTexts{{{"actor", 2},
                                                                {"action", 3},
                                                                {"kind", 4},
                                                                {"id", 5},
                                                                {"track_id", 6},
                                                                {"moto_id", 7},
                                                                {"rider_id", 8},
                                                                {"intent_id", 9},
                                                                {"undoes", 10},
                                                                {"reason", 12},
                                                                {"code", 17}}};
  constexpr std::array<std::pair<const char*, int>, 3> kJson{{{"asked", 13}, {"before", 14}, {"after", 15}}};
  constexpr int kRevision = 11;
  constexpr int kAccepted = 16;
  json out = {{"n", row.integer(0)},
              {"offset", row.integer(0)},
              {"ts_us", row.integer(1)},
              {"revision", row.integer(kRevision)}};
  for (const auto& [name, column] : kTexts) out[name] = text_or_null(row.text(column));
  for (const auto& [name, column] : kJson) out[name] = parsed(row.text(column));
  const auto accepted = row.maybe_integer(kAccepted);
  out["accepted"] = accepted ? json(*accepted != 0) : json(nullptr);
  return out;
}

}  // namespace

base::Result<AuditPage> audit_trail(const ReadModel& model, const AuditFilter& query) {
  HOLESHOT_ASSIGN(const auto lease, model.lease());
  constexpr auto kNewest = std::numeric_limits<std::int64_t>::max();
  const std::int64_t before = query.before == 0 || query.before > static_cast<std::uint64_t>(kNewest)
                                  ? kNewest
                                  : static_cast<std::int64_t>(query.before);
  const std::string select =
      std::string{kSelect}.append(query.view == AuditView::kRace ? kOfRaces : kOfAll).append(kNewestFirst);
  HOLESHOT_ASSIGN(Rows rows,
                  lease.db().query(select, {query.actor, query.kind, query.id, query.track_id, query.moto_id,
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
    page.items.push_back(dumped(entry_json(rows)));
  }
}

}  // namespace holeshot::read
