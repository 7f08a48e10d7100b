#include "gateway/spool/browse.h"

#include <string>

#include "gateway/spool/schema.h"

namespace holeshot::spool {

namespace {

// Both tables by their own key, merged: no sort, and no more is read than is given.
constexpr const char* kOldestFirst =
    "SELECT id, (SELECT boot_id FROM boots WHERE id = e.boot), seq, captured_at_us, message_type, "
    "body, checksum, '', '', 0 FROM envelopes e WHERE id > ?1 UNION ALL "
    "SELECT id, (SELECT boot_id FROM boots WHERE id = q.boot), seq, captured_at_us, message_type, "
    "body, checksum, code, detail, 1 FROM quarantine q WHERE id > ?1 ORDER BY 1 LIMIT ?2";
constexpr const char* kNewestFirst =
    "SELECT id, (SELECT boot_id FROM boots WHERE id = e.boot), seq, captured_at_us, message_type, "
    "body, checksum, '', '', 0 FROM envelopes e WHERE id < ?1 UNION ALL "
    "SELECT id, (SELECT boot_id FROM boots WHERE id = q.boot), seq, captured_at_us, message_type, "
    "body, checksum, code, detail, 1 FROM quarantine q WHERE id < ?1 ORDER BY 1 DESC LIMIT ?2";

StoredRow row_from(const Statement& rows, std::uint64_t cursor) {
  StoredRow row;
  row.id = rows.column_number(0);
  row.boot_id = rows.column_text(1);
  row.seq = rows.column_number(2);
  row.captured_at_us = rows.column_number(3);
  row.message_type = rows.column_text(4);
  row.body = rows.column_text(5);
  row.intact = rows.column_number(6) == row_checksum(row.id, row.seq, row.captured_at_us, row.body);
  row.code = rows.column_text(7);
  row.detail = rows.column_text(8);
  const bool quarantined = rows.column_number(9) != 0;
  row.state = quarantined ? "quarantined" : (row.id > cursor ? "pending" : "acked");
  return row;
}

bool has(const std::string& body, const std::string& text) { return body.find(text) != std::string::npos; }

// A number in JSON ends where its digits end.
bool has_number(const std::string& body, const std::string& key, const std::string& digits) {
  const std::string text = "\"" + key + "\":" + digits;
  for (std::size_t at = body.find(text); at != std::string::npos; at = body.find(text, at + 1)) {
    const std::size_t end = at + text.size();
    if (end >= body.size() || body[end] < '0' || body[end] > '9') return true;
  }
  return false;
}

}  // namespace

base::Result<std::vector<StoredRow>> read_step(Database& db, const Walk& step) {
  HOLESHOT_ASSIGN(const std::uint64_t cursor, db.number("SELECT up_to FROM state"));
  HOLESHOT_ASSIGN(Statement rows,
                  db.prepare(step.order == Order::kOldestFirst ? kOldestFirst : kNewestFirst));
  rows.bind(1, step.from);
  rows.bind(2, step.rows);
  std::vector<StoredRow> found;
  while (true) {
    HOLESHOT_ASSIGN(const bool row, rows.step());
    if (!row) return found;
    found.push_back(row_from(rows, cursor));
  }
}

base::Status walk(const Fetch& fetch, const std::function<bool(const StoredRow&)>& visit, Order order) {
  Walk step = Walk::begin(order);
  while (true) {
    HOLESHOT_ASSIGN(const std::vector<StoredRow> rows, fetch(step));
    for (const StoredRow& row : rows) {
      if (!visit(row)) return {};
    }
    if (rows.size() < step.rows) return {};
    step.from = rows.back().id;
  }
}

bool matches(const SpoolRow& row, const RowFilter& filter) {
  if (!filter.state.empty() && row.state != filter.state) return false;
  if (!filter.message_type.empty() && row.message_type != filter.message_type) return false;
  if (!filter.boot_id.empty() && row.boot_id != filter.boot_id) return false;
  if (row.captured_at_us < filter.from_us || row.captured_at_us >= filter.to_us) return false;
  if (!filter.decoder_id.empty() && !has(row.body, "\"decoder_id\":\"" + filter.decoder_id + "\""))
    return false;
  return filter.transponder.empty() ||
         has(row.body, "\"transponder_string\":\"" + filter.transponder + "\"") ||
         has_number(row.body, "transponder_id", filter.transponder);
}

base::Result<std::vector<SpoolRow>> read_newest(Database& db, std::size_t limit,
                                                std::string_view message_type) {
  std::vector<SpoolRow> found;
  if (limit == 0) return found;
  HOLESHOT_TRY(walk([&](const Walk& step) { return read_step(db, step); },
                    [&](const StoredRow& row) {
                      if (row.message_type == message_type) found.push_back(row);
                      return found.size() < limit;
                    },
                    Order::kNewestFirst));
  return found;
}

base::Result<std::vector<std::uint64_t>> quarantined_ids(Database& db) {
  HOLESHOT_ASSIGN(Statement rows, db.prepare("SELECT id FROM quarantine ORDER BY id"));
  std::vector<std::uint64_t> ids;
  while (true) {
    HOLESHOT_ASSIGN(const bool row, rows.step());
    if (!row) return ids;
    ids.push_back(rows.column_number(0));
  }
}

base::Result<std::vector<std::string>> check_structure(Database& db) {
  HOLESHOT_ASSIGN(Statement lines, db.prepare("PRAGMA quick_check(100)"));
  std::vector<std::string> found;
  while (true) {
    HOLESHOT_ASSIGN(const bool row, lines.step());
    if (!row) return found;
    if (lines.column_text(0) != "ok") found.emplace_back(lines.column_text(0));
  }
}

}  // namespace holeshot::spool
