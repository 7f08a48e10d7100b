// ClockWatch: one decoder's clock against this machine's. From GET_TIME it knows the offset (the best of the recent
// answers, by round trip), the drift, and a clock that was set; from passings alone only the last, coarsely. Pure; one
// thread at a time.
//
// Judged by the clock that only runs on, so that setting this machine's clock looks like nothing. A machine that slept
// stopped that one clock; then the wall clock, which went on, is the witness, and no step is made of it.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "gateway/driver/driver.h"

namespace holeshot::driver::p3 {

class ClockWatch {
 public:
  static constexpr std::size_t kRecent = 20;       // answers: ten minutes
  static constexpr double kUnknownDrift = 300e-6;  // what an old oscillator may do in the cold, and our own
  static constexpr double kKnownDrift = 50e-6;     // how far drift may change
  static constexpr double kStepFloorUs = 5'000;    // clocks of whole milliseconds, and their reading
  static constexpr double kDriftSureUs = 20e-6;    // a drift is said once it is known to 20 ppm
  static constexpr double kApartUs = 500'000;      // wall and other clock: one was set, or the machine slept
  static constexpr double kFutureUs = 1'000'000;   // a passing cannot be later than now
  static constexpr double kDwellUs =
      60'000'000;  // nor, but for a rider resting on the loop, this much earlier
  static constexpr double kPassingJumpUs = 10'000'000;  // without GET_TIME
  static constexpr std::uint64_t kBucketUs = 300'000'000;
  static constexpr std::size_t kBuckets = 13;  // an hour, for drift

  // Set this often, each time within kCalmUs of the last: not a clock that was set but one that runs at another pace (a
  // simulator in fast time). Nothing is said of it until it agrees with itself again.
  static constexpr unsigned kMaxStreak = 3;
  static constexpr double kCalmUs = 10'000'000;

  // An answer to GET_TIME. True where the decoder's clock was set since the one before.
  bool sample(Moment sent, Moment received, std::uint64_t rtc_us);
  // A passing that came as it happened. True where it proves that the decoder's clock was set.
  bool passing(Moment received, std::uint64_t rtc_us);

  // The decoder's clock less our wall clock; empty before the first sample, and between a doubt and the next sample.
  [[nodiscard]] std::optional<std::int64_t> offset_us(Moment now) const;
  // Parts per million that the decoder's clock gains.
  [[nodiscard]] std::optional<std::int64_t> drift_ppm() const;
  [[nodiscard]] std::uint64_t steps() const { return steps_; }
  // A passing looked odd, or our own clocks run apart: a sample would tell. False again after asking.
  bool take_doubt();

 private:
  struct Sample {
    double at = 0;      // monotonic
    double offset = 0;  // decoder less monotonic
    double unsure = 0;  // half the round trip
  };
  struct Guess {
    double offset = 0;
    double unsure = 0;
    double age = 0;
  };
  [[nodiscard]] std::optional<double> drift() const;
  [[nodiscard]] std::optional<Guess> guess(double at) const;
  [[nodiscard]] bool clocks_apart(Moment now) const;
  bool step(double at);
  void agrees(double at);
  bool passing_alone(double lead, double at);
  void keep(const Sample& sample);
  void forget();

  std::deque<Sample> recent_;
  std::deque<Sample> hour_;  // the best of each five minutes
  double wall_less_mono_ = 0;
  bool doubt_ = false;
  std::uint64_t steps_ = 0;
  unsigned streak_ = 0;
  double last_step_at_ = 0;
  // Passings alone: the least late one, and one that came much later than that.
  std::optional<double> least_late_;
  double least_late_at_ = 0;
  std::optional<double> far_behind_;
};

}  // namespace holeshot::driver::p3
