// Writer: the one connection that changes the spool's file. Transactions over it are made by Spool, one at a
// time. Not for other rooms. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "common/base/clock.h"
#include "common/base/fd.h"
#include "common/base/result.h"
#include "common/contract/envelope.h"
#include "gateway/spool/schema.h"
#include "gateway/spool/sqlite.h"
#include "gateway/spool/types.h"

namespace holeshot::spool {

class Writer {
 public:
  // Takes the lock, opens or makes the file. The clock outlives the writer.
  [[nodiscard]] static base::Result<std::unique_ptr<Writer>> open(const std::string& path, Identity identity,
                                                                  std::uint64_t keep_acknowledged,
                                                                  const base::Clock& clock);
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // A transaction: begin, any number of changes, commit. After a failure of any of them: abort(), which puts
  // file and numbers back to the last commit.
  [[nodiscard]] base::Status begin();
  // Stamps identity and sequence number on each envelope, in order, and writes them.
  [[nodiscard]] base::Status append(std::span<contract::Envelope> envelopes);
  [[nodiscard]] base::Status mark(const Mark& mark);
  // REQUIRES: cursor() <= up_to <= last_id(); the rejected lie between the cursor and up_to.
  [[nodiscard]] base::Status acknowledge(std::uint64_t up_to, std::span<const Rejected> rejected);
  // Durable when it returns.
  [[nodiscard]] base::Status commit();
  void abort();

  // As of the last commit.
  [[nodiscard]] std::uint64_t last_id() const { return committed_.last_id; }
  [[nodiscard]] std::uint64_t cursor() const { return committed_.counters.cursor; }
  // Ids behind the cursor that no row has.
  [[nodiscard]] std::uint64_t missing() const { return committed_.counters.missing; }
  // Copies the write-ahead log back and lets it start again. Waits for readers. Between transactions only.
  [[nodiscard]] base::Status restart_log() { return db_.checkpoint(CheckpointMode::kRestart); }
  // Length of the write-ahead log at the last commit.
  [[nodiscard]] std::uint64_t wal_pages() const { return wal_pages_; }

 private:
  struct State {
    std::uint64_t last_id = 0;
    std::uint64_t last_seq = 0;
    std::uint64_t boot_row = 0;  // 0: this boot has not written yet
    std::uint64_t pruned_to = 0;
    Counters counters;
  };
  Writer(Identity identity, std::uint64_t keep, const base::Clock& clock);
  base::Status load();
  base::Status prepare();
  base::Status open_boot();
  base::Status close_boot();
  base::Result<std::uint64_t> rows_between(std::uint64_t after, std::uint64_t up_to);
  base::Status insert(contract::Envelope& envelope);
  base::Status quarantine(const Rejected& rejected);
  base::Status prune();

  const Identity identity_;
  const std::uint64_t keep_;
  const base::Clock& clock_;
  base::UniqueFd lock_;
  std::uint64_t wal_pages_ = 0;
  Database db_;
  Statement insert_;
  Statement mark_;
  Statement quarantine_;
  Statement remove_;
  Statement prune_;
  State committed_;
  State working_;
  std::string body_;  // reused
#ifdef HOLESHOT_SABOTAGE_NO_FSYNC
  std::uint64_t last_commit_us_ = 0;
  bool open_ = false;
#endif
};

}  // namespace holeshot::spool
