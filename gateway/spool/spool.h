// Spool: every envelope that the gateway has captured, on disk in one SQLite file, until central has it.
//
// The promises:
// - append() returns after the fsync. Only then can the uploader see the envelopes, and only then have they a
//   sequence number: a failed append uses none up, so the numbers of a boot have no gap, except where waiting
//   STATUS had to make room for passings.
// - One fsync serves everything that waited for it (group commit): appends of all readers, and
//   acknowledgements.
// - The bound is min(max_bytes, free disk - keep_free). Towards it acknowledged rows go first, oldest first; then
//   new STATUS is not taken; then waiting STATUS goes, oldest first. Nothing else unacknowledged is ever removed:
//   append() says kFull. What central rejects is moved aside and kept, with the reason.
// - A file that the disk has damaged is moved aside, capture goes on in a fresh one, and what can still be read
//   is put back in its old order while this goes on (until it is done the uploader is shown the old rows only).
// - After a failed fsync nobody knows what is on the disk: the error is latched and every later write refused
//   with kClosed until the program starts again. (No room is kFull, and may be tried again for ever.)
//
// Thread-safe. next_batch() and acknowledge() have one caller, the uploader; any number of readers append.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/contract/envelope.h"
#include "gateway/spool/options.h"
#include "gateway/spool/types.h"

namespace holeshot::spool {

class Core;

class Spool {
 public:
  // Makes the file where there is none, brings an older one forward. kConflict where another gateway holds it,
  // kInvalid where it is no spool or a newer one, kMissing/kDenied where it cannot be opened. The clock outlives
  // the spool. With an empty identity it is open for repair: all but append() works.
  [[nodiscard]] static base::Result<std::unique_ptr<Spool>> open(const std::string& path, Identity identity,
                                                                 const base::Clock& clock,
                                                                 SpoolOptions options = {});
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  // Gives each envelope this boot's identity and the next sequence numbers, in order, and returns when they
  // are durable. On failure none of them is: call again with the same ones (kFull, kRetry), or give up
  // (kClosed). Afterwards the envelopes hold what was written; STATUS that room is too short for has seq 0 and
  // is counted in health().shed_status. The marks replace those of the same keys in the same transaction; they
  // may come alone. Nothing at all is refused as kInvalid.
  [[nodiscard]] base::Result<SeqRange> append(std::span<contract::Envelope> envelopes,
                                              std::span<const Mark> marks = {});

  // All marks, by key. One whose checksum is wrong is left out: better none than a wrong one.
  [[nodiscard]] base::Result<std::vector<Mark>> marks();
  // The newest rows of one type that the file still holds, acknowledged ones too, newest first.
  [[nodiscard]] base::Result<std::vector<SpoolRow>> newest(std::size_t limit, std::string_view message_type);

  // The oldest envelopes behind the acknowledged cursor, at most max_events and max_bytes of text (each with
  // one byte for the comma between; one envelope always comes). Empty where nothing is pending. A row whose
  // checksum is wrong is quarantined on the way. The same call gives the same answer until acknowledge(), but
  // for STATUS that had to go.
  [[nodiscard]] base::Result<Batch> next_batch(std::size_t max_events, std::size_t max_bytes);

  // Central has everything up to and including this id, except what it rejected, which moves to the
  // quarantine. Durable when it returns. kInvalid where up_to lies before the cursor or after the last
  // envelope.
  [[nodiscard]] base::Status acknowledge(std::uint64_t up_to, std::span<const Rejected> rejected = {});

  // True when there is a durable envelope with a larger id than `after`, or old ones came back; waits up to
  // `limit` for it.
  bool wait_for_new(std::uint64_t after, std::stop_token stop, std::chrono::microseconds limit);

  [[nodiscard]] std::uint64_t last_id() const;
  [[nodiscard]] base::Result<SpoolStats> stats();
  // A few microseconds, also while the disk hangs: for lamps.
  [[nodiscard]] SpoolHealth health() const;
  // Of every damaged file that this program has dealt with. The same is in <file>.loss.json.
  [[nodiscard]] std::vector<LossReport> loss_reports() const;

  // Quarantined rows go to the end of the queue with their identity, so that central takes each once. An empty
  // list: all of them.
  [[nodiscard]] base::Result<RequeueReport> requeue(std::span<const std::uint64_t> ids = {});
  [[nodiscard]] base::Result<PruneReport> prune(const PruneRequest& request);
  // Looks at every row and at the file's structure; rows whose checksum is wrong go to the quarantine, a
  // file whose structure is damaged is replaced and salvaged. Appends go on meanwhile. `progress` is told how many rows are done.
  [[nodiscard]] base::Result<VerifyReport> verify(const std::function<void(std::uint64_t)>& progress = {});

 private:
  explicit Spool(std::unique_ptr<Core> core);
  const std::unique_ptr<Core> core_;
};

}  // namespace holeshot::spool
