#include "gateway/driver/ambrc/run_clock.h"

#include <algorithm>

namespace holeshot::driver::ambrc {

namespace {
std::int64_t apart(Moment now) { return static_cast<std::int64_t>(now.wall_us - now.mono_us); }
std::uint64_t distance(std::uint64_t a, std::uint64_t b) { return a > b ? a - b : b - a; }
}  // namespace

void RunClock::restore(std::uint64_t zero_us, std::uint64_t last_since_us) {
  tied_ = true;
  gap_ = true;
  zero_us_ = zero_us;
  last_since_us_ = last_since_us;
}

RunClock::Placed RunClock::place(std::uint64_t since_us, bool number_went_back, Moment now) {
  const bool new_run = tied_ && restarted(since_us, number_went_back, now);
  if (!tied_ || new_run) {
    tie(since_us, now);
  } else {
    last_since_us_ = std::max(last_since_us_, since_us);
  }
  gap_ = false;
  last_mono_us_ = now.mono_us;
  const std::uint64_t rtc_us = zero_us_ + since_us;
  if (!first_apart_us_) {
    first_apart_us_ = apart(now);
    first_offset_us_ = static_cast<std::int64_t>(rtc_us - now.wall_us);
  }
  return {.rtc_time_us = rtc_us, .new_run = new_run};
}

bool RunClock::restarted(std::uint64_t since_us, bool number_went_back, Moment now) const {
  const std::uint64_t gap_us = gap_since_last(now);
  const std::uint64_t tolerance_us = kToleranceUs + gap_us / 1'000;
  // A run that is older than the gap went on through it: late bytes, or a wall clock that was set.
  const bool may_be_younger = since_us <= gap_us + tolerance_us;
  if (since_us < last_since_us_) {
    return last_since_us_ - since_us > kOutOfOrderUs || (number_went_back && may_be_younger);
  }
  return gap_ && may_be_younger && distance(since_us - last_since_us_, gap_us) > tolerance_us;
}

std::uint64_t RunClock::gap_since_last(Moment now) const {
  if (last_mono_us_) return now.mono_us - std::min(now.mono_us, *last_mono_us_);
  return now.wall_us - std::min(now.wall_us, zero_us_ + last_since_us_);
}

void RunClock::tie(std::uint64_t since_us, Moment now) {
  tied_ = true;
  // A clock that was never set (1970) could be smaller than the count.
  zero_us_ = now.wall_us - std::min(now.wall_us, since_us);
  last_since_us_ = since_us;
  first_apart_us_.reset();
}

std::optional<std::int64_t> RunClock::offset(Moment now) const {
  if (!first_apart_us_) return {};
  return first_offset_us_ + (*first_apart_us_ - apart(now));
}

}  // namespace holeshot::driver::ambrc
