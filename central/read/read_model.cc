#include "central/read/read_model.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "central/read/rows.h"
#include "common/base/log.h"
#include "common/contract/subjects.h"

namespace holeshot::read {

using base::Code;
using base::fail;

namespace {

constexpr const char* kTables[] = {"meta",   "object",         "link",       "moto_state",
                                   "result", "control_result", "audit_entry"};

void remove_files(const std::string& path) {
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::error_code ignored;  // what cannot be removed shows when the file is opened again
    std::filesystem::remove(path + suffix, ignored);
  }
}

base::Status save_applied(SqliteDb& db, log::Offset offset) {
  return db.run("INSERT OR REPLACE INTO meta(key, value) VALUES('applied', ?)",
                {std::to_string(offset.value())});
}

// The offset that the rows stand for; nullopt where the file is not one that fits this log and this program.
base::Result<std::optional<log::Offset>> stored_offset(SqliteDb& db, log::EventLog& log) {
  HOLESHOT_ASSIGN(const auto version, db.one_integer("PRAGMA user_version"));
  if (version != kSchemaVersion) return std::optional<log::Offset>{};
  HOLESHOT_ASSIGN(const auto log_id, db.one_text("SELECT value FROM meta WHERE key='log_id'"));
  HOLESHOT_ASSIGN(const auto applied, db.one_integer("SELECT CAST(value AS INTEGER) FROM meta "
                                                     "WHERE key='applied'"));
  if (log_id != log.log_id() || !applied || *applied < 0) return std::optional<log::Offset>{};
  const log::Offset offset{static_cast<std::uint64_t>(*applied)};
  if (offset > log.last()) return std::optional<log::Offset>{};  // a log restored from an older copy
  return std::optional{offset};
}

base::Status create(SqliteDb& db, const std::string& log_id) {
  HOLESHOT_TRY(db.script("BEGIN IMMEDIATE"));
  HOLESHOT_TRY(db.script(kSchema));
  HOLESHOT_TRY(db.script(kAuditSchema));
  HOLESHOT_TRY(db.run("INSERT INTO meta(key, value) VALUES('log_id', ?)", {log_id}));
  HOLESHOT_TRY(save_applied(db, log::Offset{}));
  HOLESHOT_TRY(db.script(("PRAGMA user_version=" + std::to_string(kSchemaVersion)).c_str()));
  return db.script("COMMIT");
}

}  // namespace

base::Result<std::unique_ptr<ReadModel>> ReadModel::open(const std::string& path, log::EventLog& log) {
  std::unique_ptr<ReadModel> model{new ReadModel(path)};
  std::error_code unknown;
  const bool was_there = std::filesystem::exists(path, unknown);
  if (auto db = SqliteDb::open(path, SqliteDb::Mode::kReadWrite)) {
    if (auto offset = stored_offset(**db, log); offset && *offset) {
      model->writer_ = std::move(*db);
      model->applied_ = **offset;
      return model;
    }
  }
  if (was_there) base::log_warn("read", "read model does not fit and is derived again", {{"path", path}});
  remove_files(path);
  HOLESHOT_ASSIGN(model->writer_, SqliteDb::open(path, SqliteDb::Mode::kReadWrite));
  HOLESHOT_TRY(create(*model->writer_, log.log_id()));
  return model;
}

ReadModel::~ReadModel() = default;

bool ReadModel::wants(std::string_view subject) const {
  return subject == contract::kRegistrySubject || subject.starts_with(contract::kEventsPrefix) ||
         subject.starts_with(contract::kControlPrefix);
}

log::Offset ReadModel::applied() const {
  const std::scoped_lock lock(state_mutex_);
  return applied_;
}

std::uint64_t ReadModel::skipped() const {
  const std::scoped_lock lock(state_mutex_);
  return skipped_;
}

base::Status ReadModel::apply(std::span<const log::Event> events, log::Offset through, const Refuse& refuse) {
  const std::scoped_lock lock(writer_mutex_);
  const log::Offset after = applied();
  if (through <= after) return {};
  if (!events.empty() && events.back().offset > after) {
    HOLESHOT_TRY(writer_->script("BEGIN IMMEDIATE"));
    auto status = apply_in_transaction(events, after, refuse);
    if (status) status = writer_->script("COMMIT");
    if (!status) {
      (void)writer_->script("ROLLBACK");  // the first error is the one to tell
      return status;
    }
  }
  publish(through);
  return {};
}

// What was refused is kept before the transaction commits: after a crash between the two it is refused again.
base::Status ReadModel::apply_in_transaction(std::span<const log::Event> events, log::Offset after,
                                             const Refuse& refuse) {
  std::vector<Refusal> refused;
  for (const auto& event : events) {
    if (event.offset <= after) continue;
    HOLESHOT_TRY(apply_one(event, refused));
  }
  if (!refused.empty() && refuse) HOLESHOT_TRY(refuse(refused));
  HOLESHOT_TRY(save_applied(*writer_, events.back().offset));
  const std::scoped_lock lock(state_mutex_);
  skipped_ += refused.size();
  return {};
}

base::Status ReadModel::apply_one(const log::Event& event, std::vector<Refusal>& refused) {
  auto status = apply_audit(*writer_, event);
  if (status && event.subject == contract::kRegistrySubject) status = apply_registry(*writer_, event);
  if (status && event.subject.starts_with(contract::kEventsPrefix)) status = apply_race(*writer_, event);
  if (status || status.error().code != Code::kInvalid) return status;
  base::log_warn(
      "read", "event refused",
      {{"offset", event.offset.value()}, {"subject", event.subject}, {"error", status.error().text()}});
  refused.push_back({&event, std::move(status).error()});
  return {};
}

void ReadModel::publish(log::Offset through) {
  {
    const std::scoped_lock lock(state_mutex_);
    applied_ = through;
  }
  moved_.notify_all();
}

bool ReadModel::wait_applied(log::Offset offset, std::chrono::milliseconds limit) const {
  std::unique_lock lock(state_mutex_);
  return moved_.wait_for(lock, limit, [&] { return applied_ >= offset; });
}

bool ReadModel::wait_until(const std::function<bool()>& done, std::chrono::milliseconds limit) const {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  for (;;) {
    const log::Offset before = applied();
    if (done()) return true;
    std::unique_lock lock(state_mutex_);
    if (!moved_.wait_until(lock, deadline, [&] { return applied_ != before; })) return false;
  }
}

base::Status ReadModel::rebuild(log::EventLog& log) {
  const std::scoped_lock lock(writer_mutex_);
  HOLESHOT_TRY(writer_->script("BEGIN IMMEDIATE"));
  auto status = rebuild_in_transaction(log);
  if (status) status = writer_->script("COMMIT");
  if (!status) (void)writer_->script("ROLLBACK");
  return status;
}

base::Status ReadModel::rebuild_in_transaction(log::EventLog& log) {
  // Up to where the rows stand now: what came since is applied by the worker, as ever.
  const log::Offset end = applied();
  for (const char* table : kTables) {
    if (std::string_view{table} != "meta")
      HOLESHOT_TRY(writer_->script((std::string{"DELETE FROM "} + table).c_str()));
  }
  HOLESHOT_TRY(save_applied(*writer_, log::Offset{}));
  log::ReadRange range;
  range.subjects = log.subjects();
  std::erase_if(range.subjects, [&](const std::string& name) { return !wants(name); });
  while (!range.subjects.empty() && range.after < end) {
    HOLESHOT_ASSIGN(auto events, log.read(range));
    std::erase_if(events, [&](const log::Event& event) { return event.offset > end; });
    if (events.empty()) break;
    // What it refuses was given up when it came first.
    HOLESHOT_TRY(apply_in_transaction(events, range.after, {}));
    range.after = events.back().offset;
  }
  return {};
}

base::Result<ReadModel::Lease> ReadModel::lease() const {
  std::unique_ptr<SqliteDb> db;
  {
    const std::scoped_lock lock(idle_mutex_);
    if (!idle_.empty()) {
      db = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (!db) {
    HOLESHOT_ASSIGN(db, SqliteDb::open(path_, SqliteDb::Mode::kReadOnly));
  }
  HOLESHOT_TRY(db->script("BEGIN"));
  return Lease{*this, std::move(db)};
}

ReadModel::Lease::~Lease() {
  if (!db_) return;
  if (!db_->script("COMMIT")) return;  // closed with its connection
  const std::scoped_lock lock(model_->idle_mutex_);
  model_->idle_.push_back(std::move(db_));
}

base::Result<std::string> ReadModel::dump() const {
  HOLESHOT_ASSIGN(const Lease held, lease());
  std::string out;
  for (const char* table : kTables) {
    HOLESHOT_ASSIGN(Rows rows, held.db().query(std::string{"SELECT * FROM "} + table + " ORDER BY 1, 2"));
    for (;;) {
      HOLESHOT_ASSIGN(const bool row, rows.next());
      if (!row) break;
      out.append(table);
      for (int i = 0; i < rows.columns(); ++i) out.append("\t").append(rows.text(i));
      out.append("\n");
    }
  }
  return out;
}

}  // namespace holeshot::read
