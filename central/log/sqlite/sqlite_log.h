// SqliteLog: the EventLog of one machine, in one SQLite file (format and promises: docs/log.md).
//
// Appending: callers queue up; the one at the front commits for all that wait, with one fsync, then wakes
// them (no writer thread). Reading: own connections, never blocked by the writer. One process writes at a
// time, which a lock file beside the log ensures; any number may open it read-only meanwhile.
//
// Failure: kFull and kRetry leave the log usable. A failed write or fsync latches it: append() gives kClosed
// until the log is opened again, because what is on disk is then unknown; reading stays possible.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "central/log/event_log.h"
#include "central/log/sqlite/pruner.h"
#include "central/log/sqlite/stamped.h"
#include "central/log/streams.h"
#include "common/base/clock.h"
#include "common/base/result.h"

namespace holeshot::log {

inline constexpr std::string_view kLogFileName = "log.sqlite";

// The log's file inside a data folder.
[[nodiscard]] inline std::string log_path(const std::string& data_folder) {
  return data_folder + "/" + std::string{kLogFileName};
}

// The largest event. Above the largest batch (1 MiB), so that a dead letter that quotes one still fits.
inline constexpr std::size_t kMaxEventBytes = 16U << 20;

struct SqliteLogOptions {
  std::string path;                 // made where missing, unless read-only; its folder exists
  bool read_only = false;           // for tools: takes no lock, append() gives kDenied
  std::uint64_t max_bytes = 0;      // append() gives kFull beyond; 0 = as long as the disk has room
  std::vector<StreamRule> streams;  // what prune() goes by; none = everything is kept
  std::chrono::milliseconds prune_every{
      0};           // a thread prunes this often, and where room is wanted; 0 = none does
  std::string vfs;  // SQLite's file layer; tests name one that fails where they want
};

// What `prune_every` is where a log is served: the finest max_age is a day, and a minute's snapshots are few.
inline constexpr std::chrono::minutes kPruneEvery{1};

class SqliteLog final : public EventLog {
 public:
  // kClosed where another process writes this log, kInvalid where the file is no log or is newer, kMissing
  // where its folder is. The clock outlives the log.
  [[nodiscard]] static base::Result<std::unique_ptr<SqliteLog>> open(const SqliteLogOptions& options,
                                                                     const base::Clock& clock);
  ~SqliteLog() override;
  SqliteLog(const SqliteLog&) = delete;
  SqliteLog& operator=(const SqliteLog&) = delete;

  [[nodiscard]] base::Result<std::vector<Appended>> append(std::span<const NewEvent> events) override;
  // append() of many calls at once, for who copies another log into this one: one transaction with the marks, one
  // sync for all of it and for whoever else waits. Verdicts per batch, in order. A mark says how far the other
  // log was taken: it is on disk exactly when these events are. Values are not compared; the last one counts.
  [[nodiscard]] base::Result<std::vector<std::vector<Appended>>> append_stamped(
      std::span<const Stamped> batches, std::span<const Mark> marks);
  // Removes what is over the limits of its stream, in short transactions between the appends; gives what it removed.
  // kDenied in a read-only log; else fails, and latches the log, as append() does.
  [[nodiscard]] base::Result<PruneReport> prune();
  // Every mark that is on disk, sorted by name. Empty where a read-only log cannot read its file.
  [[nodiscard]] std::vector<Mark> marks() const;
  [[nodiscard]] base::Result<std::vector<Event>> read(const ReadRange& range) override;
  [[nodiscard]] bool wait_past(Offset after, std::stop_token stop, std::chrono::milliseconds limit) override;
  [[nodiscard]] Offset last() const override;
  [[nodiscard]] base::Result<Offset> before_time(std::uint64_t wall_us) override;
  [[nodiscard]] std::uint64_t high_water(std::string_view subject, const contract::ClientId& client,
                                         const contract::BootId& boot) const override;
  [[nodiscard]] base::Result<std::optional<Offset>> find(std::string_view subject,
                                                         const contract::ClientId& client,
                                                         const contract::BootId& boot,
                                                         std::uint64_t seq) override;
  [[nodiscard]] Offset last_of(std::string_view subject) const override;
  [[nodiscard]] Offset pruned_through(std::string_view subject) const override;
  [[nodiscard]] std::vector<std::string> subjects() const override;
  [[nodiscard]] LogStats stats() const override;
  [[nodiscard]] const std::string& log_id() const override;

 private:
  struct Inner;
  explicit SqliteLog(std::unique_ptr<Inner> inner);
  std::unique_ptr<Inner> inner_;
};

}  // namespace holeshot::log
