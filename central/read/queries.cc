#include "central/read/queries.h"

#include <utility>

#include "common/base/bytes.h"

namespace holeshot::read {

using base::Code;
using base::fail;

namespace {

// A cursor is where the last page ended: hex of (sort, NUL, id), opaque to who holds it.
std::string cursor_of(std::string_view sort, std::string_view id) {
  std::string text{sort};
  text.push_back('\0');
  text.append(id);
  return base::to_hex(base::as_bytes(text));
}

base::Result<std::pair<std::string, std::string>> read_cursor(std::string_view cursor) {
  const auto bytes = base::from_hex(cursor);
  if (bytes) {
    const std::string text{bytes->begin(), bytes->end()};
    if (const auto end = text.rfind('\0'); end != std::string::npos) {
      return std::pair{text.substr(0, end), text.substr(end + 1)};
    }
  }
  return fail(Code::kInvalid, "list: the cursor is not one that was given out", "start without a cursor");
}

// The folded words of a search as up to three LIKE patterns, the last one holding what is left.
std::vector<std::string> like_patterns(std::string_view search) {
  std::vector<std::string> patterns;
  std::string word;
  const auto flush = [&] {
    if (!word.empty()) patterns.push_back("%" + word + "%");
    word.clear();
  };
  for (const char c : fold(search)) {
    if (c == ' ' && patterns.size() < 2) {
      flush();
    } else {
      if (c == '%' || c == '_' || c == '\\') word.push_back('\\');
      word.push_back(c);
    }
  }
  flush();
  patterns.resize(3, "%");
  return patterns;
}

constexpr std::string_view kFilter =
    "FROM object WHERE kind=?1 AND (?2='' OR owner=?2) AND search LIKE ?3 ESCAPE '\\' "
    "AND search LIKE ?4 ESCAPE '\\' AND search LIKE ?5 ESCAPE '\\' ";

base::Result<std::vector<std::string>> texts(SqliteDb& db, std::string_view sql, SqlArgs args) {
  std::vector<std::string> out;
  HOLESHOT_ASSIGN(Rows rows, db.query(sql, args));
  for (;;) {
    HOLESHOT_ASSIGN(const bool row, rows.next());
    if (!row) return out;
    out.emplace_back(rows.text(0));
  }
}

}  // namespace

base::Result<std::optional<Object>> Queries::object(std::string_view kind, std::string_view id) const {
  HOLESHOT_ASSIGN(const auto lease, model_.lease());
  HOLESHOT_ASSIGN(
      Rows rows,
      lease.db().query("SELECT json, revision, created_us FROM object WHERE kind=? AND id=?", {kind, id}));
  HOLESHOT_ASSIGN(const bool found, rows.next());
  if (!found) return std::optional<Object>{};
  return std::optional{Object{.json = std::string{rows.text(0)},
                              .revision = static_cast<std::uint64_t>(rows.integer(1)),
                              .created_us = static_cast<std::uint64_t>(rows.integer(2))}};
}

base::Result<Page> Queries::list(const ListQuery& query) const {
  std::pair<std::string, std::string> after;
  if (!query.cursor.empty()) {
    HOLESHOT_ASSIGN(after, read_cursor(query.cursor));
  }
  const auto like = like_patterns(query.search);
  const auto limit = static_cast<std::int64_t>(query.limit);
  HOLESHOT_ASSIGN(const auto lease, model_.lease());
  Page page;
  static const std::string count = "SELECT count(*) " + std::string{kFilter};
  HOLESHOT_ASSIGN(const auto total,
                  lease.db().one_integer(count, {query.kind, query.owner, like[0], like[1], like[2]}));
  page.total = static_cast<std::uint64_t>(total.value_or(0));
  static const std::string select = "SELECT json, sort, id " + std::string{kFilter} +
                                    "AND (sort, id) > (?6, ?7) ORDER BY sort, id LIMIT ?8";
  HOLESHOT_ASSIGN(Rows rows, lease.db().query(select, {query.kind, query.owner, like[0], like[1], like[2],
                                                       after.first, after.second, limit + 1}));
  std::string last;
  for (;;) {
    HOLESHOT_ASSIGN(const bool row, rows.next());
    if (!row) return page;
    if (page.items.size() == query.limit) {
      page.next = std::move(last);
      return page;
    }
    page.items.emplace_back(rows.text(0));
    last = cursor_of(rows.text(1), rows.text(2));
  }
}

base::Result<std::vector<std::string>> Queries::ids(std::string_view kind, std::string_view owner) const {
  HOLESHOT_ASSIGN(const auto lease, model_.lease());
  return texts(lease.db(), "SELECT id FROM object WHERE kind=?1 AND (?2='' OR owner=?2) ORDER BY sort, id",
               {kind, owner});
}

base::Result<std::vector<Reference>> Queries::references(std::string_view to_kind,
                                                         std::string_view to_id) const {
  HOLESHOT_ASSIGN(const auto lease, model_.lease());
  HOLESHOT_ASSIGN(Rows rows,
                  lease.db().query("SELECT kind, id FROM link WHERE to_kind=? AND to_id=? ORDER BY kind, id",
                                   {to_kind, to_id}));
  std::vector<Reference> out;
  for (;;) {
    HOLESHOT_ASSIGN(const bool row, rows.next());
    if (!row) return out;
    out.push_back({std::string{rows.text(0)}, std::string{rows.text(1)}});
  }
}

base::Result<std::string> Queries::moto_status(std::string_view id) const {
  HOLESHOT_ASSIGN(const auto lease, model_.lease());
  HOLESHOT_ASSIGN(auto status, lease.db().one_text("SELECT status FROM moto_state WHERE moto_id=?", {id}));
  return std::move(status).value_or("pending");
}

base::Result<std::optional<std::uint64_t>> Queries::newest_result_us(std::string_view class_id) const {
  HOLESHOT_ASSIGN(const auto lease, model_.lease());
  HOLESHOT_ASSIGN(
      const auto newest,
      lease.db().one_integer("SELECT s.ts_us FROM link l JOIN moto_state s ON s.moto_id=l.id WHERE "
                             "l.to_kind='class' AND l.to_id=? AND l.kind='moto' AND s.status='finished' "
                             "ORDER BY s.ts_us DESC LIMIT 1",
                             {class_id}));
  if (!newest || *newest < 0) return std::optional<std::uint64_t>{};
  return std::optional{static_cast<std::uint64_t>(*newest)};
}

base::Result<std::optional<ControlResult>> Queries::control_result(std::string_view intent_id) const {
  HOLESHOT_ASSIGN(const auto lease, model_.lease());
  HOLESHOT_ASSIGN(Rows rows, lease.db().query("SELECT intent_id, track_id, type, accepted, code, reason "
                                              "FROM control_result WHERE intent_id=?",
                                              {intent_id}));
  HOLESHOT_ASSIGN(const bool found, rows.next());
  if (!found) return std::optional<ControlResult>{};
  return std::optional{ControlResult{.intent_id = std::string{rows.text(0)},
                                     .track_id = std::string{rows.text(1)},
                                     .type = std::string{rows.text(2)},
                                     .accepted = rows.integer(3) != 0,
                                     .code = std::string{rows.text(4)},
                                     .reason = std::string{rows.text(5)}}};
}

}  // namespace holeshot::read
