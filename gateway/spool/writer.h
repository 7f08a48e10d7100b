// Writer: the one connection that changes the spool's file. Transactions over it are made by Core, one at a
// time. Not for other rooms. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/contract/envelope.h"
#include "gateway/spool/disk_room.h"
#include "gateway/spool/options.h"
#include "gateway/spool/page_scan.h"
#include "gateway/spool/schema.h"
#include "gateway/spool/sqlite.h"
#include "gateway/spool/types.h"

namespace holeshot::spool {

// Where a fresh file goes on after a damaged one was moved aside. Ids up to last_id are left to what is put
// back.
struct Continuation {
  std::uint64_t last_id = 0;
  std::uint64_t last_seq = 0;  // of this boot
  std::uint64_t cursor = 0;
  std::uint64_t acked = 0;
  std::vector<Mark> marks;
};

class Writer {
 public:
  // Opens or makes the file. REQUIRES: the spool's lock is held; the clock outlives the writer.
  [[nodiscard]] static base::Result<std::unique_ptr<Writer>> open(
      const std::string& path, Identity identity, SpoolOptions options, const base::Clock& clock,
      const std::optional<Continuation>& after_damage = {});
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // A transaction: begin, any number of changes, commit. After a failure of any of them: abort(), which puts
  // file and numbers back to the last commit.
  [[nodiscard]] base::Status begin();
  // Looks whether these have room, and makes room in the order of sacrifice. False: the passings among them
  // have none, and nothing of these may be appended. Where only STATUS has none, the next append() leaves it
  // out.
  [[nodiscard]] base::Result<bool> admit(std::span<const contract::Envelope> envelopes);
  // Stamps identity and sequence number on each envelope, in order, and writes them; STATUS that admit() found
  // no room for gets the number 0.
  [[nodiscard]] base::Status append(std::span<contract::Envelope> envelopes);
  [[nodiscard]] base::Status mark(const Mark& mark);
  // REQUIRES: cursor() <= up_to <= last_id(); the rejected lie between the cursor and up_to.
  [[nodiscard]] base::Status acknowledge(std::uint64_t up_to, std::span<const Rejected> rejected);
  // Rows found damaged anywhere go to the quarantine.
  [[nodiscard]] base::Status set_aside(std::span<const Rejected> rows);
  // Back to the end of the queue, with their identity.
  [[nodiscard]] base::Status requeue(std::uint64_t id, RequeueReport& report);
  // At most one step of rows. True: there are more.
  [[nodiscard]] base::Result<bool> prune(const PruneRequest& request, PruneReport& report);
  // A row of a damaged file: at its old place where it is below first_live_id and not yet passed by the cursor,
  // else at the end. True: at its old place.
  [[nodiscard]] base::Result<bool> put_back(const RawRow& row, const contract::Envelope& envelope,
                                            std::uint64_t first_live_id);
  // Notes how far the rows of a damaged file have been put back.
  [[nodiscard]] base::Status note(const std::string& key, std::uint64_t value);
  [[nodiscard]] base::Result<std::optional<std::uint64_t>> noted(const std::string& key);
  // Durable when it returns.
  [[nodiscard]] base::Status commit();
  void abort();
  // After a commit: brings figures() up to date.
  void update_figures();

  // As of the last commit.
  struct Figures {
    std::uint64_t last_id = 0;
    std::uint64_t cursor = 0;
    std::uint64_t pending = 0;
    std::uint64_t quarantined = 0;
    std::uint64_t shed = 0;  // STATUS since the program started
    std::uint64_t oldest_pending_us = 0;
    std::uint64_t wal_pages = 0;
    FileUse use;
  };
  [[nodiscard]] const Figures& figures() const { return figures_; }
  [[nodiscard]] Continuation continuation() const;
  // Copies the write-ahead log back and cuts it. Waits a moment for readers; false: not
  // long enough. Between transactions only.
  [[nodiscard]] base::Result<bool> restart_log() { return db_.checkpoint(CheckpointMode::kTruncate); }
  [[nodiscard]] const Room& room() const { return room_; }
  // The file has been moved: closing must not touch the log that lies at its old place.
  void leave_alone() { db_.leave_log_alone(); }

  // Of the row that the next append begins with.
  [[nodiscard]] std::uint64_t next_id() const { return working_.last_id + 1; }

 private:
  struct State {
    std::uint64_t last_id = 0;
    std::uint64_t last_seq = 0;
    std::uint64_t boot_row = 0;  // 0: this boot has not written yet
    std::uint64_t pruned_to = 0;
    std::uint64_t shed_to = 0;  // no STATUS waits up to here
    std::uint64_t shed = 0;
    std::uint64_t quarantined = 0;
    Counters counters;
  };
  Writer(Identity identity, SpoolOptions options, const base::Clock& clock, std::string path);
  base::Status load();
  base::Status prepare();
  base::Status go_on_after(const Continuation& damage);
  base::Status measure();
  base::Status insert_boot(const std::string& boot, const std::string& track, const std::string& client,
                           std::uint64_t first_id, std::uint64_t last_seq, std::uint64_t& row);
  base::Status open_boot();
  base::Status close_boot();
  base::Status give_foreign_id(std::uint64_t& id);
  base::Result<std::uint64_t> boot_of(const contract::Envelope& envelope);
  base::Result<std::uint64_t> rows_between(std::uint64_t after, std::uint64_t up_to);
  base::Status insert(contract::Envelope& envelope);
  base::Status insert_row(std::uint64_t id, std::uint64_t boot, const RawRow& row);
  base::Status keep_rejected(const RawRow& row, std::uint64_t boot);
  base::Result<bool> quarantine(const Rejected& rejected);
  base::Result<std::uint64_t> prune_acknowledged(std::uint64_t limit);
  base::Result<bool> shed_some();

  const Identity identity_;
  const SpoolOptions options_;
  const base::Clock& clock_;
  const std::string path_;
  std::uint64_t wal_pages_ = 0;
  Database db_;
  Statement insert_, mark_, quarantine_, remove_, prune_, pages_, free_pages_, counters_, oldest_;
  State committed_, working_;
  Figures figures_;
  Room room_;
  std::uint64_t page_size_ = 4096;
  bool leave_out_status_ = false;
  bool moved_cursor_ = true;
  std::map<std::string, std::string> marks_, new_marks_;
  std::map<std::string, std::uint64_t> boots_;  // of rows that were put back
  std::string body_;                            // reused
#ifdef HOLESHOT_SABOTAGE_NO_FSYNC
  std::uint64_t last_commit_us_ = 0;
  bool open_ = false;
#endif
};

}  // namespace holeshot::spool
