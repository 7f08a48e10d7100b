// Backoff: exponential with full jitter (each wait is uniform in [0, ceiling], the ceiling doubles up to a
// cap), so a thousand gateways that lost the same server do not come back in step. It has no end: we never
// give up.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>

namespace holeshot::base {

// One owner, one thread.
class Backoff {
 public:
  using Duration = std::chrono::microseconds;

  // REQUIRES: 0 < first <= cap. The seed makes waits repeatable in tests.
  Backoff(Duration first, Duration cap, std::uint64_t seed)
      : first_(first), cap_(cap), ceiling_(first), rng_(seed) {}

  // The next wait; each call doubles the ceiling.
  Duration next() {
    const Duration ceiling = ceiling_;
    ceiling_ = std::min(cap_, ceiling_ * 2);
    ++failures_;
    return Duration{std::uniform_int_distribution<Duration::rep>(0, ceiling.count())(rng_)};
  }

  // After a success.
  void reset() {
    ceiling_ = first_;
    failures_ = 0;
  }

  [[nodiscard]] std::uint64_t failures() const { return failures_; }

 private:
  Duration first_;
  Duration cap_;
  Duration ceiling_;
  std::uint64_t failures_ = 0;
  std::mt19937_64 rng_;
};

}  // namespace holeshot::base
