// CentralClock: central's time, learnt from the server_time_us of its answers. The answer with the smallest round trip
// knows best; a better one takes over, and an old one grows worse with age, for clocks drift. It is kept against the
// clock that nobody sets, so setting the laptop's clock changes nothing that is known of central's. Thread-safe.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>

#include "common/base/clock.h"

namespace holeshot::upload {

class CentralClock {
 public:
  // Two quartz clocks drift apart by less than this part of a million.
  static constexpr std::uint64_t kDriftPpm = 100;
  // The wall clock was set where it has run apart from the other by more than this, plus a thousandth of the time (a
  // network clock that is being slewed stays below).
  static constexpr std::uint64_t kStepUs = 500'000;

  // The clock outlives it.
  explicit CentralClock(const base::Clock& clock) : clock_(clock) {}

  // An answer just came to what was sent at `sent_mono_us`; it says `server_time_us`. 0, or a time beyond all reason:
  // nothing is learnt.
  void learn(std::uint64_t sent_mono_us, std::uint64_t server_time_us);

  // Central's clock less this machine's wall clock. nullopt before the first answer, and after the wall clock was set
  // (or the machine slept) until the next: nobody can tell which, and no number is better than a wrong one.
  [[nodiscard]] std::optional<std::int64_t> offset_us() const;
  // Central's time as well as it is known; this machine's where nothing is.
  [[nodiscard]] std::uint64_t now_us() const;

 private:
  struct Sample {
    std::int64_t base_us = 0;    // central's time less our mono clock's
    std::uint64_t error_us = 0;  // half the round trip
    std::uint64_t at_us = 0;     // mono
  };
  [[nodiscard]] std::uint64_t aged_error(const Sample& sample, std::uint64_t now_us) const;

  const base::Clock& clock_;
  mutable std::mutex mutex_;  // guards what follows
  std::optional<Sample> best_;
  // When an answer last agreed with (or became) the best, and how the wall clock stood then.
  std::uint64_t agreed_at_us_ = 0;
  std::int64_t wall_less_mono_us_ = 0;
};

}  // namespace holeshot::upload
