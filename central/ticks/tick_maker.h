// TickMaker: turns what is known of a race, and a time, into the next frame of its track: a keyframe each interval and
// whenever the riders change, else the difference from that keyframe. Integers only, no clock: the same calls give the
// same frames. One per slot of a track; one owner, one thread.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "central/ticks/tick.h"
#include "central/ticks/tick_race.h"

namespace holeshot::ticks {

inline constexpr std::uint64_t kKeyframeIntervalUs = 1'000'000;

struct TickTime {
  std::uint64_t elapsed_us = 0;  // since the gate
  std::uint64_t tick_ts_ms = 0;  // Unix time
};

class TickMaker {
 public:
  explicit TickMaker(std::uint64_t keyframe_interval_us = kKeyframeIntervalUs)
      : keyframe_interval_us_(keyframe_interval_us) {}

  // The next frame. Time since the gate does not fall within a run: an earlier one is taken as the last. No rider is set
  // back while nothing that was known of the ride is taken away. Another moto or run begins anew.
  // REQUIRES: `seq` is above that of the frame before.
  [[nodiscard]] Frame next(const TickRace& race, const TickTime& time, std::uint64_t seq);

  // The next frame is a keyframe: somebody came who has none.
  void want_keyframe() { keyframe_wanted_ = true; }
  // Whether it would be one however little time has passed: another run, or other riders.
  [[nodiscard]] bool needs_keyframe(const TickRace& race) const {
    return !begun_ || keyframe_wanted_ || !same_run(race) || !same_riders(race);
  }

 private:
  struct Shown {
    TickRider rider;
    std::int64_t distance_mm = 0;
  };
  [[nodiscard]] bool same_run(const TickRace& race) const {
    return race.moto_id == moto_id_ && race.run == run_;
  }
  [[nodiscard]] bool same_riders(const TickRace& race) const;
  void begin(const TickRace& race);
  void hold(const TickRace& race, std::vector<Lane>& lanes);

  std::uint64_t keyframe_interval_us_;
  bool begun_ = false;
  bool keyframe_wanted_ = false;
  std::string moto_id_;
  std::uint64_t run_ = 0;
  std::uint64_t index_ = 0;  // of the next tick
  std::uint64_t last_us_ = 0;
  std::uint64_t last_seq_ = 0;
  std::vector<Shown> shown_;  // by lane, of the frame before
  std::uint64_t keyframe_seq_ = 0;
  std::uint64_t keyframe_us_ = 0;
  std::vector<Lane> keyframe_;
};

}  // namespace holeshot::ticks
