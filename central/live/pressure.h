// Pressure: how many deltas in a hundred the machine can still hand to those who left the rate to it. Fed with how late the
// loops hand over; goes down at once when that is too late, and up again only after a calm time, which grows where going
// up has proven too early. Pure, hand-clocked; one owner, one thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace holeshot::live {

struct PressureLimits {
  // Of the 100 ms within which 99 % of all frames must be with their viewers, the part that a sweep may take.
  std::uint64_t late_us = 80'000;
  // Half of the ticks cost half a sweep: back at all of them, it is still clearly below `late_us`.
  std::uint64_t calm_us = 25'000;
  // A sweep that was late once (a burst of newcomers) is no reason; four ticks in a row, 200 ms, are.
  unsigned late_samples = 4;
  std::uint64_t calm_for_us = 5'000'000;
  std::uint64_t longest_calm_us = 80'000'000;
};

class Pressure {
 public:
  static constexpr std::array<unsigned, 5> kPercents{100, 50, 20, 10, 5};

  explicit Pressure(PressureLimits limits = {}) : limits_(limits), wait_us_(limits.calm_for_us) {}

  // `lag_us`: the longest that a sweep of any loop has taken, from publishing to its last viewer. `now_us`: monotonic.
  // REQUIRES: called at an even pace.
  void feed(std::uint64_t now_us, std::uint64_t lag_us) {
    late_ = lag_us > limits_.late_us ? late_ + 1 : 0;
    if (lag_us > limits_.calm_us || level_ == 0) calm_since_us_ = now_us;
    if (late_ >= limits_.late_samples) {
      sink(now_us);
    } else if (now_us - calm_since_us_ >= wait_us_) {
      --level_;
      rose_us_ = now_us;
      calm_since_us_ = now_us;
    }
  }

  // Of kPercents.
  [[nodiscard]] unsigned percent() const { return kPercents[level_]; }

 private:
  void sink(std::uint64_t now_us) {
    late_ = 0;
    calm_since_us_ = now_us;
    if (level_ + 1 == kPercents.size()) return;
    // Too early up: the next calm has to be longer. Long after, a new rush is another matter.
    const bool fell_back = rose_us_ != 0 && now_us - rose_us_ < 2 * wait_us_;
    wait_us_ = fell_back ? std::min(2 * wait_us_, limits_.longest_calm_us) : limits_.calm_for_us;
    ++level_;
  }

  PressureLimits limits_;
  std::size_t level_ = 0;
  unsigned late_ = 0;  // samples in a row
  std::uint64_t calm_since_us_ = 0;
  std::uint64_t rose_us_ = 0;  // 0: never
  std::uint64_t wait_us_;
};

}  // namespace holeshot::live
