// Progress: how far each stream is followed, and whether it may be written to. The followers and the applier tell it;
// appends wait on it.
//
// Thread-safe.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>
#include <vector>

#include "central/log/jetstream/tickets.h"
#include "common/base/result.h"

namespace holeshot::log {

class Progress {
 public:
  explicit Progress(std::size_t streams);

  // All that the stream holds is in the replica, and the other way round.
  void set_ready(std::size_t stream);
  void set_trouble(std::size_t stream, base::Error why);
  // Every message up to this one is in the replica, synced.
  void set_applied(std::size_t stream, std::uint64_t seq);
  // The replica takes nothing; nullopt: it does again.
  void set_replica_trouble(std::optional<base::Error> why);

  // Success once ready. Otherwise the trouble: at the deadline, or at once where waiting mends nothing (refused,
  // broken, full).
  [[nodiscard]] base::Status wait_ready(std::size_t stream, Deadline deadline);
  [[nodiscard]] bool wait_applied(std::size_t stream, std::uint64_t seq, Deadline deadline);
  // Without a deadline. False when `stop` asks.
  [[nodiscard]] bool wait_applied(std::size_t stream, std::uint64_t seq, std::stop_token stop);

  [[nodiscard]] std::uint64_t applied(std::size_t stream) const;
  // Success where every stream is ready; otherwise the first trouble.
  [[nodiscard]] base::Status status() const;

 private:
  struct State {
    std::uint64_t applied = 0;
    std::optional<base::Error> trouble;  // nullopt: ready
  };
  [[nodiscard]] base::Status status_of(const State& state) const;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<State> states_;                   // guarded by mutex_
  std::optional<base::Error> replica_trouble_;  // guarded by mutex_
};

}  // namespace holeshot::log
