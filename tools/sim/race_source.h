// Races on the simulated track: gates drop one after another, or when told, and the decoders report what
// happens. The decoders' clock (RTC) runs `speed` times as fast as the host's; all times of races are RTC.
// Pure but for `race_line`.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "tools/sim/decoders.h"
#include "tools/sim/race_plan.h"
#include "tools/sim/source.h"

namespace holeshot::sim {

inline constexpr std::uint64_t kStatusIntervalUs = 5'060'000;  // measured on real decoders
inline constexpr std::uint64_t kFirstGateUs = 3'000'000;  // after boot: soon, but behind the first STATUS
inline constexpr std::uint32_t kMaxGroups = 1000;         // beyond it a number is a transponder

struct RaceOptions {
  PlanOptions plan;
  Profile profile = Profile::kSmart;
  double speed = 1;                    // REQUIRES: > 0
  double interval_s = 45;              // between gates, of race time
  std::size_t riders = kLanes;         // in a group
  std::uint32_t groups = 1;            // that race in turn
  std::optional<std::uint64_t> races;  // then no more gates
  bool gate_on_command = false;        // gates drop on command only
  std::uint64_t boot_rtc_us = 0;       // what the decoders' clock shows at the first run()
};

// "gate 0" (a group) or "gate 7000001,7000004" (riders in lane order): who is at the gate.
[[nodiscard]] base::Result<std::vector<Rider>> parse_gate(std::string_view line, const RaceOptions& options);

class RaceSource final : public Source {
 public:
  // `race_line` is called with one line of JSON when a race begins.
  RaceSource(const RaceOptions& options, std::function<void(const std::string&)> race_line);

  std::uint64_t run(std::uint64_t mono_us, const Emit& emit) override;
  std::vector<base::Bytes> answer(const p3::Record& request, std::uint64_t mono_us) override;
  std::vector<base::Bytes> complain(std::uint16_t code) override { return {Decoders::error(code)}; }
  void command(std::string_view line, std::uint64_t mono_us) override;
  [[nodiscard]] bool lossless() const override { return false; }
  // With RaceOptions::races: the last passing of the last race has been emitted. STATUS goes on for ever.
  [[nodiscard]] bool finished() const override { return !more_races() && race_events_ == 0; }

 private:
  enum class What : std::uint8_t { kStatus, kNextGate, kGatePulse, kPassing };
  struct Event {
    std::uint64_t due_us = 0;  // RTC
    std::uint64_t order = 0;   // between events that are due together: the one planned first
    What what = What::kStatus;
    Rider rider;
    Split split;  // of a passing; of a STATUS only the loop, of a gate pulse only the RTC
    bool operator>(const Event& other) const {
      return due_us != other.due_us ? due_us > other.due_us : order > other.order;
    }
  };

  [[nodiscard]] static bool of_a_race(What what) {
    return what == What::kGatePulse || what == What::kPassing;
  }
  void boot(std::uint64_t mono_us);
  void plan(Event event);
  void happen(const Event& event, const Emit& emit);
  void schedule_next_gate(std::uint64_t nominal_us);
  void drop_gate(std::uint64_t rtc_us, const std::vector<Rider>& riders);
  [[nodiscard]] std::uint64_t rtc_at(std::uint64_t mono_us) const;
  [[nodiscard]] std::uint64_t mono_at(std::uint64_t rtc_us) const;
  [[nodiscard]] bool more_races() const { return !options_.races || races_ < *options_.races; }

  RaceOptions options_;
  std::function<void(const std::string&)> race_line_;
  Decoders decoders_;
  std::optional<std::uint64_t> boot_mono_us_;
  std::uint64_t races_ = 0;  // begun
  std::uint64_t order_ = 0;
  std::uint64_t race_events_ = 0;   // planned pulses and passings
  std::uint64_t next_gate_us_ = 0;  // when its turn comes, before the pause of the start cadence
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
};

}  // namespace holeshot::sim
