// ReadModel::rebuild: deriving beside the worker, then taking over in one transaction.
#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include "central/read/read_model.h"
#include "central/read/rows.h"
#include "central/read/tables.h"
#include "common/contract/subjects.h"

namespace holeshot::read {

using base::Code;
using base::fail;

namespace {

// So often it is tried to catch up with a log that grows, before the worker has to wait.
constexpr int kRounds = 10;

// Tables of its own that grow out of the log.
class Fresh {
 public:
  static base::Result<Fresh> make(std::string path, log::EventLog& log) {
    remove_database(path);
    HOLESHOT_ASSIGN(auto db, SqliteDb::open(path, SqliteDb::Mode::kReadWrite));
    HOLESHOT_TRY(db->script("PRAGMA synchronous=OFF"));  // lost with a crash, and then made again
    HOLESHOT_TRY(create_tables(*db, log.log_id(), Guard::kNone));
    return Fresh(std::move(path), std::move(db), log);
  }
  Fresh(Fresh&&) noexcept = default;
  Fresh(const Fresh&) = delete;
  Fresh& operator=(const Fresh&) = delete;
  Fresh& operator=(Fresh&&) = delete;
  ~Fresh() {
    if (path_.empty()) return;
    db_.reset();
    remove_database(path_);
  }

  // What is wanted of the log after the last call and up to `end`.
  base::Status grow(log::Offset end, const RebuildOptions& options) {
    tell(end, options);
    log::ReadRange range{.after = after_, .subjects = projected_subjects(log_)};
    while (!range.subjects.empty() && range.after < end) {
      HOLESHOT_ASSIGN(auto events, log_.read(range));
      std::erase_if(events, [end](const log::Event& event) { return event.offset > end; });
      if (events.empty()) break;
      HOLESHOT_TRY(apply(events, range.after));
      range.after = events.back().offset;
      events_ += events.size();
      after_ = range.after;
      tell(end, options);
    }
    after_ = std::max(after_, end);
    tell(end, options);
    return {};
  }

  // Nobody writes it after this.
  void close() { db_.reset(); }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::uint64_t events() const { return events_; }

 private:
  Fresh(std::string path, std::unique_ptr<SqliteDb> db, log::EventLog& log)
      : path_(std::move(path)), db_(std::move(db)), log_(log) {}

  void tell(log::Offset end, const RebuildOptions& options) const {
    options.told({.running = true, .events = events_, .through = after_, .end = end});
  }
  base::Status apply(std::span<const log::Event> events, log::Offset after) {
    HOLESHOT_TRY(db_->script("BEGIN"));
    std::vector<Refusal> refused;  // given up when they came first
    HOLESHOT_TRY(apply_events(*db_, events, after, refused));
    HOLESHOT_TRY(save_applied(*db_, events.back().offset));
    return db_->script("COMMIT");
  }

  std::string path_;
  std::unique_ptr<SqliteDb> db_;
  log::EventLog& log_;
  log::Offset after_;
  std::uint64_t events_ = 0;
};

base::Status refuse_a_loss(const log::EventLog& log, const RebuildOptions& options) {
  const log::Offset removed = removed_through(log);
  if (options.lose_removed || removed == log::Offset{}) return {};
  return fail(Code::kDenied,
              "rebuild the read model: retention has removed events through offset " +
                  std::to_string(removed.value()) +
                  " from the log, and their results stand in the read model alone",
              "leave it as it is, or lose them with --lose-removed");
}

std::string quoted(const std::string& path) {
  std::string text = "'";
  for (const char c : path) text.append(c == '\'' ? "''" : std::string{c});
  return text + "'";
}

// Audit lines say why, which the intent said; where intents are removed before events, the lines that grew know more.
base::Status keep_old_reasons(SqliteDb& db, const log::EventLog& log) {
  for (const auto& subject : log.subjects()) {
    const auto track = contract::track_of(subject, contract::kControlPrefix);
    const log::Offset removed = track ? log.pruned_through(subject) : log::Offset{};
    if (removed == log::Offset{}) continue;
    HOLESHOT_TRY(
        db.run("INSERT OR REPLACE INTO fresh.audit SELECT * FROM main.audit WHERE track_id=? AND n<=?",
               {track->str(), static_cast<std::int64_t>(removed.value())}));
  }
  return {};
}

base::Result<bool> equal(SqliteDb& db, const std::string& table) {
  const std::string here = "SELECT * FROM main." + table;
  const std::string there = "SELECT * FROM fresh." + table;
  HOLESHOT_ASSIGN(const auto more, db.one_integer("SELECT EXISTS(" + here + " EXCEPT " + there +
                                                  ") OR EXISTS(" + there + " EXCEPT " + here + ")"));
  return more == 0;
}

// The tables that were not as they should be, now as they are in `fresh`.
base::Result<std::vector<std::string>> take_over(SqliteDb& db, const log::EventLog& log,
                                                 const std::function<void()>& table_done) {
  HOLESHOT_TRY(keep_old_reasons(db, log));
  HOLESHOT_TRY(db.script(kUnguardAudit));  // what is derived from the log is the truth
  std::vector<std::string> changed;
  for (const auto table : kTables) {
    const std::string name{table};
    HOLESHOT_ASSIGN(const bool same, equal(db, name));
    table_done();
    if (same) continue;
    HOLESHOT_TRY(
        db.script(("DELETE FROM main." + name + "; INSERT INTO main." + name + " SELECT * FROM fresh." + name)
                      .c_str()));
    changed.push_back(name);
  }
  HOLESHOT_TRY(db.script(kGuardAudit));
  return changed;
}

base::Result<std::vector<std::string>> take_over_at_once(SqliteDb& db, const log::EventLog& log,
                                                         const std::string& path,
                                                         const std::function<void()>& table_done) {
  HOLESHOT_TRY(db.script(("ATTACH " + quoted(path) + " AS fresh").c_str()));
  base::Result<std::vector<std::string>> changed;
  if (auto begun = db.script("BEGIN IMMEDIATE"); !begun) {
    changed = std::unexpected(std::move(begun).error());
  } else {
    changed = take_over(db, log, table_done);
    if (auto ended = db.script(changed ? "COMMIT" : "ROLLBACK"); changed && !ended) {
      changed = std::unexpected(std::move(ended).error());
      (void)db.script("ROLLBACK");  // the first error is the one to tell
    }
  }
  (void)db.script("DETACH fresh");  // nothing was left open in it
  return changed;
}

}  // namespace

base::Result<RebuildReport> ReadModel::rebuild(log::EventLog& log, const RebuildOptions& options) {
  const std::unique_lock only(rebuild_mutex_, std::try_to_lock);
  if (!only) return fail(Code::kConflict, "rebuild the read model: one is at work already", "wait for it");
  RebuildOptions with_progress = options;
  with_progress.told = [&](const RebuildProgress& progress) {
    {
      const std::scoped_lock lock(state_mutex_);
      rebuild_progress_ = progress;
    }
    if (options.told) options.told(progress);
  };
  auto report = rebuild_alone(log, with_progress);
  const std::scoped_lock lock(state_mutex_);
  rebuild_progress_.running = false;
  return report;
}

RebuildProgress ReadModel::rebuild_progress() const {
  const std::scoped_lock lock(state_mutex_);
  return rebuild_progress_;
}

base::Result<RebuildReport> ReadModel::rebuild_alone(log::EventLog& log, const RebuildOptions& options) {
  HOLESHOT_TRY(refuse_a_loss(log, options));
  HOLESHOT_ASSIGN(Fresh fresh, Fresh::make(path_ + ".rebuild", log));
  log::Offset end;
  for (int round = 0; round < kRounds && end < applied(); ++round) {
    end = applied();
    HOLESHOT_TRY(fresh.grow(end, options));
  }
  // What the worker did meanwhile; it waits for the rest of this.
  const std::scoped_lock lock(writer_mutex_);
  end = applied();
  HOLESHOT_TRY(fresh.grow(end, options));
  HOLESHOT_TRY(refuse_a_loss(log, options));
  fresh.close();
  RebuildReport report{.events = fresh.events(), .through = end};
  RebuildProgress progress{.running = true, .events = fresh.events(), .through = end, .end = end};
  const auto table_done = [&] {
    ++progress.tables;
    options.told(progress);
  };
  HOLESHOT_ASSIGN(report.changed, take_over_at_once(*writer_, log, fresh.path(), table_done));
  return report;
}

}  // namespace holeshot::read
