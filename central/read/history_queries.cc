// What results a moto had: the query over result_history.
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

}  // namespace

base::Result<std::string> Queries::moto_history_json(std::string_view moto_id) const {
  HOLESHOT_ASSIGN(const auto lease, model_.lease());
  HOLESHOT_ASSIGN(Rows rows,
                  lease.db().query("SELECT offset, ts_us, run, corrected, cause, rule_book, results "
                                   "FROM result_history WHERE moto_id=? ORDER BY offset",
                                   {moto_id}));
  json history = json::array();
  for (;;) {
    HOLESHOT_ASSIGN(const bool row, rows.next());
    if (!row) break;
    history.push_back(history_line(rows));
  }
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

}  // namespace holeshot::read
