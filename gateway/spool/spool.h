// Spool: every envelope that the gateway has captured, on disk in one SQLite file, until central has it.
//
// The promises:
// - append() returns after the fsync. Only then can the uploader see the envelopes, and only then have they a
//   sequence number: a failed append uses none up, so the numbers of a boot have no gap.
// - One fsync serves everything that waited for it (group commit): appends of all readers, and
//   acknowledgements.
// - Nothing unacknowledged is ever removed. What central rejects is moved aside and kept, with the reason.
// - After a failed fsync nobody knows what is on the disk: the error is latched and every later write refused
//   with kClosed until the program starts again. (No room is kFull, and may be tried again for ever.)
//
// Thread-safe. next_batch() and acknowledge() have one caller, the uploader; any number of readers append.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/base/worker.h"
#include "common/contract/envelope.h"
#include "gateway/spool/types.h"

namespace holeshot::spool {

class Database;
class Writer;

struct SpoolOptions {
  // How many acknowledged envelopes stay for inspection: an evening's racing.
  std::uint64_t keep_acknowledged = 10'000;
};

class Spool {
 public:
  // Makes the file where there is none. kConflict where another gateway holds it, kInvalid where it is no
  // spool or a newer one, kMissing/kDenied where it cannot be opened. The clock outlives the spool.
  [[nodiscard]] static base::Result<std::unique_ptr<Spool>> open(const std::string& path, Identity identity,
                                                                 const base::Clock& clock,
                                                                 SpoolOptions options = {});
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  // Gives each envelope this boot's identity and the next sequence numbers, in order, and returns when they
  // are durable. On failure none of them is: call again with the same ones (kFull, kRetry), or give up
  // (kClosed, kCorrupt). Afterwards the envelopes hold what was written. Nothing at all is refused as
  // kInvalid. The marks replace those of the same keys in the same transaction; they may come alone.
  [[nodiscard]] base::Result<SeqRange> append(std::span<contract::Envelope> envelopes,
                                              std::span<const Mark> marks = {});

  // All marks, by key. One whose checksum is wrong is left out: better none than a wrong one.
  [[nodiscard]] base::Result<std::vector<Mark>> marks();
  // The newest rows of one type that the file still holds, acknowledged ones too, newest first.
  [[nodiscard]] base::Result<std::vector<SpoolRow>> newest(std::size_t limit, std::string_view message_type);

  // The oldest envelopes behind the acknowledged cursor, at most max_events and max_bytes of text (each with
  // one byte for the comma between; one envelope always comes). Empty where nothing is pending. A row whose
  // checksum is wrong is quarantined on the way. The same call gives the same answer until acknowledge().
  [[nodiscard]] base::Result<Batch> next_batch(std::size_t max_events, std::size_t max_bytes);

  // Central has everything up to and including this id, except what it rejected, which moves to the
  // quarantine. Durable when it returns. kInvalid where up_to lies before the cursor or after the last
  // envelope.
  [[nodiscard]] base::Status acknowledge(std::uint64_t up_to, std::span<const Rejected> rejected = {});

  // True when there is a durable envelope with a larger id than `after`; waits up to `limit` for it.
  bool wait_for_new(std::uint64_t after, std::stop_token stop, std::chrono::microseconds limit);

  [[nodiscard]] std::uint64_t last_id() const;
  [[nodiscard]] base::Result<SpoolStats> stats();

 private:
  // One caller's part of a group commit.
  struct Op {
    std::span<contract::Envelope> envelopes;
    std::span<const Mark> marks;
    std::optional<std::uint64_t> up_to;
    std::span<const Rejected> rejected;
    base::Status result;
    bool done = false;
    std::condition_variable turn;
  };
  Spool(std::string path, std::unique_ptr<Writer> writer, std::unique_ptr<Database> reader,
        std::unique_ptr<Database> checkpoints);
  [[nodiscard]] base::Status submit(Op& op);
  [[nodiscard]] std::vector<Op*> take_group();
  [[nodiscard]] base::Status commit(const std::vector<Op*>& group);
  void finish(const std::vector<Op*>& group, const base::Status& status, const Op& own);
  void checkpoint_loop(std::stop_token stop);

  const std::string path_;

  // Used by the front of the queue alone, without the mutex.
  std::unique_ptr<Writer> writer_;

  mutable std::mutex mutex_;  // guards what follows
  std::optional<base::Error> latched_;
  std::condition_variable_any new_rows_;
  std::condition_variable_any checkpoint_due_;
  std::uint64_t wal_pages_ = 0;
  std::deque<Op*> queue_;
  std::uint64_t last_id_ = 0;
  std::uint64_t cursor_ = 0;

  std::mutex reader_mutex_;  // guards reader_
  std::unique_ptr<Database> reader_;

  std::unique_ptr<Database> checkpoints_;  // the checkpointer's own
  base::Worker checkpointer_;              // last: stops first
};

}  // namespace holeshot::spool
