// A decoder's own clock: true time, and how far from it somebody set it and how fast it drifts away. Value
// type; pure. Times are microseconds since 1970.
#pragma once

#include <cmath>
#include <cstdint>

namespace holeshot::sim {

class Rtc {
 public:
  // Right at first. It shows whole multiples of `resolution_us`.
  explicit Rtc(std::uint64_t resolution_us = 1) : resolution_us_(resolution_us) {}

  // What it shows at `true_us`; never below 0.
  [[nodiscard]] std::uint64_t at(std::uint64_t true_us) const {
    const std::int64_t shown = static_cast<std::int64_t>(true_us) + offset_us_ + drifted(true_us);
    const auto us = static_cast<std::uint64_t>(shown < 0 ? 0 : shown);
    return us - us % resolution_us_;
  }
  // Somebody sets it.
  void step(std::int64_t us) { offset_us_ += us; }
  // From `true_us` on it gains this many microseconds a second; what it has gained so far stays.
  void drift(double ppm, std::uint64_t true_us) {
    offset_us_ += drifted(true_us);
    since_us_ = true_us;
    ppm_ = ppm;
  }

 private:
  [[nodiscard]] std::int64_t drifted(std::uint64_t true_us) const {
    if (ppm_ == 0) return 0;
    const auto elapsed = static_cast<std::int64_t>(true_us) - static_cast<std::int64_t>(since_us_);
    return std::llround(static_cast<double>(elapsed) * ppm_ * 1e-6);
  }

  std::uint64_t resolution_us_;
  std::int64_t offset_us_ = 0;
  double ppm_ = 0;
  std::uint64_t since_us_ = 0;
};

}  // namespace holeshot::sim
