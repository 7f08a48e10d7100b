#include "central/read/read_model.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "central/read/tables.h"
#include "common/base/log.h"

namespace holeshot::read {

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
  remove_database(path);
  HOLESHOT_ASSIGN(model->writer_, SqliteDb::open(path, SqliteDb::Mode::kReadWrite));
  HOLESHOT_TRY(create_tables(*model->writer_, log.log_id(), Guard::kAudit));
  return model;
}

ReadModel::~ReadModel() = default;

bool ReadModel::wants(std::string_view subject) const { return is_projected(subject); }

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
  HOLESHOT_TRY(apply_events(*writer_, events, after, refused));
  for (const auto& [event, error] : refused) {
    base::log_warn("read", "event refused",
                   {{"offset", event->offset.value()}, {"subject", event->subject}, {"error", error.text()}});
  }
  if (!refused.empty() && refuse) HOLESHOT_TRY(refuse(refused));
  HOLESHOT_TRY(save_applied(*writer_, events.back().offset));
  const std::scoped_lock lock(state_mutex_);
  skipped_ += refused.size();
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
  for (const auto table : kTables) {
    // By all columns of the longest key.
    HOLESHOT_ASSIGN(Rows columns, held.db().query("SELECT * FROM " + std::string{table} + " LIMIT 0"));
    std::string order = "1";
    for (int i = 2; i <= columns.columns(); ++i) order += "," + std::to_string(i);
    HOLESHOT_ASSIGN(Rows rows, held.db().query("SELECT * FROM " + std::string{table} + " ORDER BY " + order));
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
