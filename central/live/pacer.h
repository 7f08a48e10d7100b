// Pacer: whether ticks leave at once or wait for the next one. What lowers the cost of a delivery most is to make
// fewer writes, and what it costs is time: so it gathers only while its loop is busy. Pure: time is given, in
// microseconds of a clock that never runs backwards. One owner.
#pragma once

#include <cstdint>

namespace holeshot::live {

class Pacer {
 public:
  // Gathers while more than `above` (0 to 1) of the time goes into writing, for `hold_us` at most; 0: never.
  Pacer(std::uint64_t hold_us, double above) : hold_us_(hold_us), above_(above) {}

  // The loop wrote from `begin_us` to `end_us`. REQUIRES: calls in the order of time.
  void wrote(std::uint64_t begin_us, std::uint64_t end_us);
  // Time has come to `now_us`; an idle loop is seen to be idle.
  void look(std::uint64_t now_us);

  [[nodiscard]] bool gathering() const { return gathering_; }
  [[nodiscard]] std::uint64_t hold_us() const { return hold_us_; }

 private:
  // Some ticks long, so that one late sweep is not taken for load.
  static constexpr std::uint64_t kWindowUs = 250'000;
  // Gathering halves the work: what is left of it must be clearly less than that before it ends, or it would begin
  // again at once.
  static constexpr double kRelease = 0.35;

  std::uint64_t hold_us_;
  double above_;
  std::uint64_t window_start_us_ = 0;
  std::uint64_t busy_us_ = 0;
  bool gathering_ = false;
};

}  // namespace holeshot::live
