// TickSource: makes the ticks of every racing moto of every track, on one thread, and watches how the loops keep up.
//
// A moto has ticks from its gate to its end, and a last one that shows everybody's end; where that is put right later,
// another. While nobody watches a track only its keyframes are made, so whoever joins finds one that is at most an interval
// old. A red flag stops the riders: keyframes go on.
//
// The time since the gate. MotoOnTrack::gate_us is the gate's moment by central's wall clock. It is put onto the monotonic
// clock once, when the gate is seen first or is put right, and runs there; so a wall clock that is set moves nobody, and a
// race that a restart found running is shown where it is. It is never less than the latest split that is known: a
// crossing that was told has happened.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "central/app/broadcaster.h"
#include "central/live/pressure.h"
#include "central/ticks/tick_maker.h"
#include "common/base/clock.h"
#include "common/base/worker.h"

namespace holeshot::central_app {

struct TickPace {
  unsigned hz = 20;                                                 // 1 to 100
  std::uint64_t keyframe_interval_us = ticks::kKeyframeIntervalUs;  // at least a tick
};

// tick() from one thread at a time; running() from any.
class TickSource {
 public:
  // All outlive this.
  TickSource(Broadcaster& broadcaster, live::Hub& hub, const base::Clock& clock, TickPace pace,
             base::Metrics& metrics);
  // Begins the thread that calls tick(). At most once.
  void start();

  // Makes what is due now, once for each moto however late it is called: ticks that were slept through are left out, never
  // made up for in a burst. Gives the monotonic time of the next.
  std::uint64_t tick();

  [[nodiscard]] bool running() const { return worker_.running(); }

 private:
  // One run of one moto, by track and slot.
  struct Run {
    explicit Run(std::uint64_t keyframe_interval_us) : maker(keyframe_interval_us) {}
    ticks::TickMaker maker;
    std::string moto_id;
    std::uint64_t number = 0;
    std::int64_t gate_us = 0;
    std::int64_t gate_mono_us = 0;
    std::uint64_t elapsed_us = 0;        // of the last tick
    std::uint64_t next_keyframe_us = 0;  // monotonic
    std::shared_ptr<const ticks::TickRace> end_shown;
    std::uint64_t round = 0;  // when it was looked at last
  };
  Run& run_of(const std::string& track, const actor::MotoOnTrack& moto);
  std::optional<ticks::Frame> make(Run& run, const actor::MotoOnTrack& moto, std::uint64_t seq, bool watched);
  [[nodiscard]] std::uint64_t elapsed(const Run& run, const actor::MotoOnTrack& moto) const;
  void mind_the_pressure();
  void work(const std::stop_token& stop);

  Broadcaster& broadcaster_;
  live::Hub& hub_;
  const base::Clock& clock_;
  const TickPace pace_;
  base::Counter skipped_;
  base::Gauge sampling_;
  live::Pressure pressure_;
  std::map<std::pair<std::string, std::uint8_t>, Run> runs_;
  // The call of tick() at hand: all motos of a round have one moment.
  std::uint64_t round_ = 0;
  std::uint64_t now_us_ = 0;  // monotonic
  std::uint64_t wall_us_ = 0;
  std::uint64_t due_us_ = 0;  // monotonic, of the next tick; 0 before the first
  base::Worker worker_;       // last: stops first
};

}  // namespace holeshot::central_app
