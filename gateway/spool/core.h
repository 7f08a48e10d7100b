// Core: what Spool does behind its interface. Group commit over the one Writer, what happens when the disk is
// full, fails or damages the file, and the threads for checkpoints and salvage. Not for other rooms.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/worker.h"
#include "gateway/spool/damaged_file.h"
#include "gateway/spool/disk_room.h"
#include "gateway/spool/rate_meter.h"
#include "gateway/spool/schema.h"
#include "gateway/spool/writer.h"

namespace holeshot::spool {

// One caller's part of a group commit. All that is set is done, in the order of the fields.
struct Op {
  std::optional<std::uint64_t> damage;  // the file of this turn was found damaged
  base::Error damage_cause;
  std::span<contract::Envelope> envelopes;
  std::span<const Mark> marks;
  std::optional<std::uint64_t> up_to;
  std::span<const Rejected> rejected;
  std::function<base::Status(Writer&)> change;
  std::uint64_t first_id = 0;     // of what was appended
  std::uint64_t salvaged_to = 0;  // rows up to here may be shown while the rest is put back

  base::Status result;
  bool done = false;
  std::condition_variable turn;
};

class Core {
 public:
  [[nodiscard]] static base::Result<std::unique_ptr<Core>> open(const std::string& path, Identity identity,
                                                                const base::Clock& clock,
                                                                SpoolOptions options);
  ~Core();
  // Durable when it returns.
  [[nodiscard]] base::Status submit(Op& op);
  // Runs `work(Database&)` on the reading connection. A damaged file is replaced, and the work done again.
  template <class Work>
  auto read(Work work) -> decltype(work(std::declval<Database&>()));
  // kCorrupt is dealt with here, too: the caller tries again.
  [[nodiscard]] base::Status report_damage(std::uint64_t turn, const base::Error& cause);

  // The present file is known to be damaged, though no read has stumbled over it.
  [[nodiscard]] base::Status replace_damaged(std::string cause);

  struct Window {  // what the uploader may see
    std::uint64_t after = 0;
    std::uint64_t up_to = 0;
    std::uint64_t last_id = 0;
    bool whole = true;  // no id in it is missing
  };
  [[nodiscard]] Window window() const;
  bool wait_for_new(std::uint64_t after, std::stop_token stop, std::chrono::microseconds limit);
  [[nodiscard]] SpoolHealth health() const;
  [[nodiscard]] std::vector<LossReport> loss_reports() const;
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] bool may_append() const { return !identity_.boot.empty(); }

 private:
  enum class Appends : std::uint8_t { kTake, kRefuse };
  Core(std::string path, Identity identity, const base::Clock& clock, SpoolOptions options);
  base::Status start();
  base::Status start_after_damage(const base::Error& cause);
  base::Status open_readers();
  base::Status commit(std::span<Op* const> group);
  base::Status write(std::span<Op* const> group, Appends appends);
  base::Status write_one(Op& op, Appends appends);
  base::Status make_relief(std::span<Op* const> group);
  base::Status recover(const base::Error& cause);
  base::Status replace_file(const base::Error& cause, const Continuation& go_on, DamagedFile damaged);
  std::vector<Op*> take_group();
  void finish(std::span<Op* const> group, const base::Status& status, const Op& own);
  void publish(std::span<Op* const> group, bool committed);
  void checkpoint_loop(std::stop_token stop);
  void salvage_loop(std::stop_token stop);
  // nullopt: stopped, and to be taken up again by the next start.
  std::optional<LossReport> salvage(const DamagedFile& damaged, const std::stop_token& stop);
  base::Status put_back(std::vector<RawRow>& rows, const DamagedFile& damaged, LossReport& report,
                        const std::stop_token& stop);

  const std::string path_;
  const Identity identity_;
  const base::Clock& clock_;
  const SpoolOptions options_;
  base::UniqueFd lock_;
  const std::uint64_t checkpoint_pages_;

  // Used by the front of the queue alone, without the mutex.
  std::unique_ptr<Writer> writer_;
  Reserve reserve_;
  std::uint64_t reserve_due_us_ = 0;
  std::uint64_t next_restart_;
  int recoveries_ = 0;

  mutable std::mutex mutex_;  // guards what follows
  std::optional<base::Error> latched_;
  std::optional<base::Error> full_;
  std::condition_variable_any new_rows_;
  std::condition_variable_any checkpoint_due_;
  std::condition_variable_any salvage_due_;
  std::uint64_t wal_pages_ = 0;
  std::deque<Op*> queue_;
  Writer::Figures figures_;
  bool reserve_present_ = false;
  std::uint64_t shed_before_ = 0;  // by writers of earlier turns
  std::uint64_t last_commit_us_ = 0;
  std::uint64_t turn_ = 0;  // which file: rises when a damaged one is replaced
  std::uint64_t revealed_ = 0;
  RateMeter rate_;
  std::deque<DamagedFile> damaged_;
  std::uint64_t salvaged_to_ = 0;
  std::vector<LossReport> reports_;

  std::mutex reader_mutex_;  // guards reader_
  Database reader_;
  std::mutex checkpoint_mutex_;  // guards checkpoints_
  Database checkpoints_;

  base::Worker checkpointer_;
  base::Worker salvager_;  // last: stops first
};

template <class Work>
auto Core::read(Work work) -> decltype(work(std::declval<Database&>())) {
  for (bool again = false;; again = true) {
    std::uint64_t turn = 0;
    {
      const std::scoped_lock lock(mutex_);
      turn = turn_;
    }
    auto result = [&] {
      const std::scoped_lock lock(reader_mutex_);
      return work(reader_);
    }();
    if (result || again || result.error().code != base::Code::kCorrupt) return result;
    if (auto repaired = report_damage(turn, result.error()); !repaired)
      return std::unexpected(repaired.error());
  }
}

}  // namespace holeshot::spool
