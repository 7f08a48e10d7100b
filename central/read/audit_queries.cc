// What was done and what it replaced: the queries over control_audit and result_history.
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "central/read/queries.h"
#include "central/read/race_body.h"

namespace holeshot::read {

using nlohmann::json;

namespace {

json text_or_null(std::string_view text) { return text.empty() ? json(nullptr) : json(text); }

json parsed(std::string_view text) {
  json value = json::parse(text, nullptr, false);
  return value.is_discarded() ? json(nullptr) : value;
}

json history_line(const Rows& rows) {
  return {{"offset", rows.integer(0)},
          {"ts_us", rows.integer(1)},
          {"run", rows.integer(2)},
          {"corrected", rows.integer(3) != 0},
          {"cause", text_or_null(rows.text(4))},
          {"rule_book", text_or_null(rows.text(5))},
          {"stands", false},
          {"results", parsed(rows.text(6))}};
}

json audit_line(const Rows& rows) {
  return {{"offset", rows.integer(0)},
          {"ts_us", rows.integer(1)},
          {"track_id", rows.text(2)},
          {"kind", rows.text(3)},
          {"action", rows.text(4)},
          {"actor", text_or_null(rows.text(5))},
          {"moto_id", text_or_null(rows.text(6))},
          {"rider_id", text_or_null(rows.text(7))},
          {"intent_id", text_or_null(rows.text(8))},
          {"undoes", text_or_null(rows.text(9))},
          {"reason", text_or_null(rows.text(10))},
          {"accepted", rows.integer(11) != 0},
          {"code", text_or_null(rows.text(12))},
          {"before", parsed(rows.text(13))},
          {"after", parsed(rows.text(14))}};
}

template <class Line>
base::Result<json> lines(Rows rows, Line line) {
  json list = json::array();
  for (;;) {
    HOLESHOT_ASSIGN(const bool row, rows.next());
    if (!row) return list;
    list.push_back(line(rows));
  }
}

}  // namespace

base::Result<std::string> Queries::moto_history_json(std::string_view moto_id) const {
  HOLESHOT_ASSIGN(const auto lease, model_.lease());
  HOLESHOT_ASSIGN(Rows rows,
                  lease.db().query("SELECT offset, ts_us, run, corrected, cause, rule_book, results "
                                   "FROM result_history WHERE moto_id=? ORDER BY offset",
                                   {moto_id}));
  HOLESHOT_ASSIGN(json history, lines(std::move(rows), history_line));
  HOLESHOT_ASSIGN(const auto status,
                  lease.db().one_text("SELECT status FROM moto_state WHERE moto_id=?", {moto_id}));
  HOLESHOT_ASSIGN(const auto run,
                  lease.db().one_integer("SELECT run FROM moto_state WHERE moto_id=?", {moto_id}));
  HOLESHOT_ASSIGN(const auto has_result,
                  lease.db().one_integer("SELECT 1 FROM result WHERE moto_id=? LIMIT 1", {moto_id}));
  // A moto that is staged anew without a re-run keeps its result until the next one.
  if (!history.empty() && has_result) history.back()["stands"] = true;
  return dumped({{"moto_id", moto_id},
                 {"status", status.value_or("pending")},
                 {"run", run.value_or(1)},
                 {"history", std::move(history)}});
}

base::Result<std::string> Queries::control_audit_json(const AuditQuery& query) const {
  HOLESHOT_ASSIGN(const auto lease, model_.lease());
  constexpr auto kNewest = std::numeric_limits<std::int64_t>::max();
  const std::int64_t before = query.before == 0 || query.before > static_cast<std::uint64_t>(kNewest)
                                  ? kNewest
                                  : static_cast<std::int64_t>(query.before);
  HOLESHOT_ASSIGN(
      Rows rows,
      lease.db().query(
          "SELECT offset, ts_us, track_id, kind, action, actor, moto_id, rider_id, intent_id, undoes, "
          "reason, accepted, code, before, after FROM control_audit "
          "WHERE (?1='' OR track_id=?1) AND (?2='' OR moto_id=?2) AND (?3='' OR actor=?3) "
          "AND offset<?4 ORDER BY offset DESC LIMIT ?5",
          {query.track_id, query.moto_id, query.actor, before, static_cast<std::int64_t>(query.limit)}));
  HOLESHOT_ASSIGN(const json list, lines(std::move(rows), audit_line));
  return dumped(list);
}

}  // namespace holeshot::read
