#include "gateway/upload/central_clock.h"

namespace holeshot::upload {

namespace {
// The year 2255, and far from where sums of two times could wrap.
constexpr std::uint64_t kLatestTimeUs = 9'000'000'000'000'000;

std::int64_t difference(std::uint64_t a, std::uint64_t b) {
  return static_cast<std::int64_t>(a) - static_cast<std::int64_t>(b);
}
std::uint64_t distance(std::int64_t a, std::int64_t b) {
  return a > b ? static_cast<std::uint64_t>(a - b) : static_cast<std::uint64_t>(b - a);
}
}  // namespace

std::uint64_t CentralClock::aged_error(const Sample& sample, std::uint64_t now_us) const {
  return sample.error_us + (now_us - sample.at_us) / 1'000'000 * kDriftPpm;
}

void CentralClock::learn(std::uint64_t sent_mono_us, std::uint64_t server_time_us) {
  if (server_time_us == 0 || server_time_us > kLatestTimeUs) return;
  const std::uint64_t now = clock_.mono_us();
  const std::uint64_t half_trip = (now - sent_mono_us) / 2;
  const Sample fresh{difference(server_time_us, sent_mono_us + half_trip), half_trip, now};
  const std::scoped_lock lock(mutex_);
  if (!best_) {
    best_ = fresh;
  } else {
    // Both say "central's time is within so much of this". Where that cannot both be, a clock was set meanwhile.
    const std::uint64_t old_error = aged_error(*best_, now);
    const bool contradicts = distance(fresh.base_us, best_->base_us) > old_error + fresh.error_us;
    if (contradicts || fresh.error_us <= old_error) best_ = fresh;
  }
  agreed_at_us_ = now;
  wall_less_mono_us_ = difference(clock_.wall_us(), now);
}

std::optional<std::int64_t> CentralClock::offset_us() const {
  const std::scoped_lock lock(mutex_);
  if (!best_) return std::nullopt;
  const std::uint64_t mono = clock_.mono_us();
  const std::int64_t wall_less_mono = difference(clock_.wall_us(), mono);
  const std::uint64_t allowed = kStepUs + (mono - agreed_at_us_) / 1'000;
  if (distance(wall_less_mono, wall_less_mono_us_) > allowed) return std::nullopt;
  return best_->base_us - wall_less_mono;
}

std::uint64_t CentralClock::now_us() const {
  const std::scoped_lock lock(mutex_);
  if (!best_) return clock_.wall_us();
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(clock_.mono_us()) + best_->base_us);
}

}  // namespace holeshot::upload
