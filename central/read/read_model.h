// ReadModel: the projection behind REST, in a SQLite file of its own (docs/read.md). It holds nothing that is
// not in the log, and is dropped and derived again whenever its schema, its log or its file is not the right
// one.
//
// Threads: one ProjectionWorker applies; any thread asks. Readers each use a connection of their own and see
// a whole transaction or nothing of it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "central/log/event_log.h"
#include "central/read/projection.h"
#include "central/read/sqlite_db.h"
#include "common/base/result.h"

namespace holeshot::read {

struct RebuildProgress {
  bool running = false;
  std::uint64_t events = 0;  // applied so far
  log::Offset through;       // the log is derived up to here
  log::Offset end;           // and will be up to here; what is appended meanwhile moves it
  std::uint64_t tables = 0;  // then: compared, and taken over where they differed
};

struct RebuildOptions {
  bool lose_removed = false;  // rebuild although retention has removed events: their rows are lost
  std::function<void(const RebuildProgress&)> told;  // how far it has come; may be empty
};

struct RebuildReport {
  std::uint64_t events = 0;          // that were applied
  log::Offset through;               // the rows stand for the log up to here
  std::vector<std::string> changed;  // tables that were not what the log says; empty: nothing was wrong
};

class ReadModel final : public Projection {
 public:
  // `path`'s folder exists. The log is only asked for its identity and its end here. A file of another schema
  // version or another log, or one that is damaged or ahead of the log, is replaced by an empty one.
  [[nodiscard]] static base::Result<std::unique_ptr<ReadModel>> open(const std::string& path,
                                                                     log::EventLog& log);
  ~ReadModel() override;

  [[nodiscard]] bool wants(std::string_view subject) const override;
  [[nodiscard]] log::Offset applied() const override;
  [[nodiscard]] base::Status apply(std::span<const log::Event> events, log::Offset through,
                                   const Refuse& refuse) override;

  // Read-your-writes: waits until applied() >= offset. False when `limit` has passed first.
  [[nodiscard]] bool wait_applied(log::Offset offset, std::chrono::milliseconds limit) const;

  // Waits until `done` says so; it is asked now and after every apply. False when `limit` has passed first.
  [[nodiscard]] bool wait_until(const std::function<bool()>& done, std::chrono::milliseconds limit) const;

  // Derives everything again from `log`: into a file beside this one while the worker goes on, then, in one
  // transaction, into the tables that turn out to differ. Queries see the old rows until the new ones are complete; the
  // worker waits for that transaction alone. Any thread; kConflict where one is at work already, kDenied where retention
  // has removed events that the rows stand for.
  [[nodiscard]] base::Result<RebuildReport> rebuild(log::EventLog& log, const RebuildOptions& options = {});

  // How far the rebuild that is at work has come, or how far the last one came. Any thread.
  [[nodiscard]] RebuildProgress rebuild_progress() const;

  // Every row of every table as text, in a fixed order: equal dumps are equal read models.
  [[nodiscard]] base::Result<std::string> dump() const;

  // Events refused since start because they could not be read.
  [[nodiscard]] std::uint64_t skipped() const;

  // A connection inside a read transaction, given back when destroyed. Must not outlive the model.
  class Lease {
   public:
    Lease(const ReadModel& model, std::unique_ptr<SqliteDb> db) : model_(&model), db_(std::move(db)) {}
    Lease(Lease&&) noexcept = default;
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Lease& operator=(Lease&&) = delete;
    ~Lease();
    [[nodiscard]] SqliteDb& db() const { return *db_; }

   private:
    const ReadModel* model_;
    std::unique_ptr<SqliteDb> db_;
  };
  [[nodiscard]] base::Result<Lease> lease() const;

 private:
  explicit ReadModel(std::string path) : path_(std::move(path)) {}
  base::Status apply_in_transaction(std::span<const log::Event> events, log::Offset after,
                                    const Refuse& refuse);
  void publish(log::Offset through);
  base::Result<RebuildReport> rebuild_alone(log::EventLog& log, const RebuildOptions& options);

  const std::string path_;

  std::mutex rebuild_mutex_;  // held over a whole rebuild, and taken before the next one
  std::mutex writer_mutex_;   // held over a whole apply, and while a rebuild takes over
  std::unique_ptr<SqliteDb> writer_;

  mutable std::mutex state_mutex_;
  mutable std::condition_variable moved_;
  log::Offset applied_;
  std::uint64_t skipped_ = 0;
  RebuildProgress rebuild_progress_;

  mutable std::mutex idle_mutex_;
  mutable std::vector<std::unique_ptr<SqliteDb>> idle_;
};

}  // namespace holeshot::read
