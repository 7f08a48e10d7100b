// RunClock: wall times for a decoder that only counts seconds since it was switched on.
//
// The first passing of a run ties the decoder's zero to this computer's wall clock; every further time of that run is
// zero plus the decoder's own count, so intervals within a run are the decoder's, to the millisecond. Nothing moves
// the tie within a run: not drift, not the network's delays, not the wall clock being set (a moto may be on the track;
// offset() tells how far the two are apart since). It outlives a lost line and a restart of the gateway.
//
// A new run, and with it a new tie, is where the decoder was switched off:
// - its count went back by more than kOutOfOrderUs, or a little together with its numbers; or
// - after a gap in our listening it counts less than the gap was long, and not what it would have counted on.
// Value type; one thread at a time.
#pragma once

#include <cstdint>
#include <optional>

#include "gateway/driver/driver.h"

namespace holeshot::driver::ambrc {

class RunClock {
 public:
  // Passings of riders close together may come in other than time order.
  static constexpr std::uint64_t kOutOfOrderUs = 10'000'000;
  // How far count and clock may be apart after a gap: delays, and a thousandth of its length for bad crystals.
  static constexpr std::uint64_t kToleranceUs = 5'000'000;

  struct Placed {
    std::uint64_t rtc_time_us = 0;
    bool new_run = false;  // tied anew, though there was a tie
  };

  // As it was before this start.
  void restore(std::uint64_t zero_us, std::uint64_t last_since_us);
  // The line opened: what comes next comes after a gap.
  void after_gap() { gap_ = true; }
  // A passing `since_us` after the start of its run, read at `now`.
  [[nodiscard]] Placed place(std::uint64_t since_us, bool number_went_back, Moment now);
  // Our times less the wall clock, for what is placed now; nullopt before the first.
  [[nodiscard]] std::optional<std::int64_t> offset(Moment now) const;

  [[nodiscard]] std::uint64_t zero_us() const { return zero_us_; }
  [[nodiscard]] std::uint64_t last_since_us() const { return last_since_us_; }

 private:
  [[nodiscard]] bool restarted(std::uint64_t since_us, bool number_went_back, Moment now) const;
  [[nodiscard]] std::uint64_t gap_since_last(Moment now) const;
  void tie(std::uint64_t since_us, Moment now);

  bool tied_ = false;
  bool gap_ = false;
  std::uint64_t zero_us_ = 0;
  std::uint64_t last_since_us_ = 0;
  std::optional<std::uint64_t> last_mono_us_;  // empty: before this start
  std::int64_t first_offset_us_ = 0;
  std::optional<std::int64_t> first_apart_us_;  // wall less monotonic clock, when first_offset_us_ was taken
};

}  // namespace holeshot::driver::ambrc
