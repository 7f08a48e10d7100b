#include "central/log/jetstream/progress.h"

#include <utility>

namespace holeshot::log {

Progress::Progress(std::size_t streams) : states_(streams) {
  const base::Error starting{base::Code::kRetry, "log: JetStream is not connected yet",
                             "wait; it starts by itself"};
  for (State& state : states_) state.trouble = starting;
}

void Progress::set_ready(std::size_t stream) {
  const std::scoped_lock lock(mutex_);
  states_[stream].trouble.reset();
  changed_.notify_all();
}

void Progress::set_trouble(std::size_t stream, base::Error why) {
  const std::scoped_lock lock(mutex_);
  states_[stream].trouble = std::move(why);
  changed_.notify_all();
}

void Progress::set_applied(std::size_t stream, std::uint64_t seq) {
  const std::scoped_lock lock(mutex_);
  states_[stream].applied = seq;
  changed_.notify_all();
}

void Progress::set_replica_trouble(std::optional<base::Error> why) {
  const std::scoped_lock lock(mutex_);
  replica_trouble_ = std::move(why);
  changed_.notify_all();
}

base::Status Progress::status_of(const State& state) const {
  if (replica_trouble_) return std::unexpected(*replica_trouble_);
  if (state.trouble) return std::unexpected(*state.trouble);
  return {};
}

base::Status Progress::wait_ready(std::size_t stream, Deadline deadline) {
  std::unique_lock lock(mutex_);
  const State& state = states_[stream];
  changed_.wait_until(lock, deadline, [&] {
    const auto status = status_of(state);
    return status || status.error().code != base::Code::kRetry;
  });
  return status_of(state);
}

bool Progress::wait_applied(std::size_t stream, std::uint64_t seq, Deadline deadline) {
  std::unique_lock lock(mutex_);
  return changed_.wait_until(lock, deadline, [&] { return states_[stream].applied >= seq; });
}

bool Progress::wait_applied(std::size_t stream, std::uint64_t seq, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  return changed_.wait(lock, std::move(stop), [&] { return states_[stream].applied >= seq; });
}

std::uint64_t Progress::applied(std::size_t stream) const {
  const std::scoped_lock lock(mutex_);
  return states_[stream].applied;
}

base::Status Progress::status() const {
  const std::scoped_lock lock(mutex_);
  for (const State& state : states_) HOLESHOT_TRY(status_of(state));
  return {};
}

}  // namespace holeshot::log
