// Appender: one transaction that takes the calls of everybody who waits. begin(), add() per call, commit() or
// rollback(); nothing that add() did shows in the book or to a reader before commit() has synced it.
//
// One thread at a time: whoever stands at the log's front.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "central/log/event_log.h"
#include "central/log/sqlite/database.h"
#include "central/log/sqlite/log_books.h"
#include "central/log/sqlite/run.h"
#include "common/base/result.h"

namespace holeshot::log {

class Appender {
 public:
  // The database is a writer's (configure_writer); the books are loaded and outlive the appender.
  [[nodiscard]] static base::Result<Appender> make(Database db, LogBooks& books);

  [[nodiscard]] base::Status begin();
  // Verdicts in the order of the events. `wall_us`: the time to store, raised to the last one stored.
  // REQUIRES: events were validated; after an error, rollback().
  [[nodiscard]] base::Status add(std::span<const NewEvent> events, std::uint64_t wall_us,
                                 std::vector<Appended>& verdicts);
  // A mark that has this value already costs nothing. After an error, rollback().
  [[nodiscard]] base::Status set_mark(const Mark& mark);
  // After an error, rollback(). Nothing new to write is a success without a sync.
  [[nodiscard]] base::Status commit();
  void rollback();

  // For what else writes in the transaction: true for a row, false at the end. After an error, rollback().
  [[nodiscard]] base::Result<bool> step(Statement& statement, std::string_view what);
  // It wrote something, so commit() has to sync.
  void wrote() { wrote_ = true; }

  [[nodiscard]] Offset last() const { return Offset{durable_last_}; }
  // Of events and marks.
  [[nodiscard]] std::uint64_t commits() const { return commits_; }
  // True once it is unknown what is on disk: a write or sync failed in a way that a retry does not mend.
  [[nodiscard]] bool broken() const { return broken_; }
  [[nodiscard]] Database& database() { return db_; }

 private:
  struct Statements {
    Statement insert_run;
    Statement insert_subject;
    Statement insert_source;
    Statement find_run;
    Statement set_mark;
  };
  // A source as the current transaction sees it.
  struct Slot {
    Source* source = nullptr;
    SeqRanges* added = nullptr;
  };

  Appender(Database db, LogBooks& books) : db_(std::move(db)), books_(&books) {}
  [[nodiscard]] base::Status prepare();
  [[nodiscard]] base::Result<Slot> slot_of(const NewEvent& event);
  [[nodiscard]] base::Result<Source*> new_source(const NewEvent& event);
  [[nodiscard]] base::Result<std::uint64_t> subject_id(const std::string& subject);
  [[nodiscard]] base::Status add_new(const Slot& slot, const NewEvent& event);
  [[nodiscard]] base::Result<Appended> judge(const Slot& slot, const NewEvent& event);
  [[nodiscard]] base::Status load_stored(const Source& source, std::uint64_t seq);
  [[nodiscard]] base::Status flush_run();
  [[nodiscard]] std::unexpected<base::Error> failed(int code, std::string_view what);

  Database db_;
  LogBooks* books_;
  Statements statements_;
  LogChanges changes_;
  std::unordered_map<std::string, Source*> new_by_key_;
  Slot slot_;  // of the last event
  Run run_;    // being gathered; count 0 = none
  std::uint64_t run_subject_id_ = 0;
  std::optional<Run> compared_;  // the stored run that a duplicate was last compared with, and its bodies
  std::vector<std::string_view> compared_bodies_;
  std::uint64_t next_offset_ = 1;
  std::uint64_t wall_us_ = 0;  // of the call being added
  std::uint64_t last_us_ = 0;  // of the newest run, written or being gathered
  std::uint64_t durable_last_ = 0;
  std::uint64_t durable_us_ = 0;
  std::uint64_t commits_ = 0;
  bool wrote_ = false;
  bool broken_ = false;
};

}  // namespace holeshot::log
