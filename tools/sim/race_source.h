// Races on the simulated track: gates drop one after another, or when told, and the decoders report what
// happens. Time on the track runs `speed` times as fast as the host's; it begins at RaceOptions::boot_rtc_us
// and is what the decoders' clocks show until somebody steps them or lets them drift. Instead of races there
// may be a steady load of passings. Pure but for `race_line`.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "tools/sim/box.h"
#include "tools/sim/decoders.h"
#include "tools/sim/race_plan.h"
#include "tools/sim/source.h"

namespace holeshot::sim {

inline constexpr std::uint64_t kStatusIntervalUs = 5'060'000;  // measured on real decoders
inline constexpr std::uint64_t kFirstGateUs = 3'000'000;  // after boot: soon, but behind the first STATUS
inline constexpr std::uint32_t kMaxGroups = 1000;         // beyond it a number is a transponder
inline constexpr double kMaxLoad = 1e6;                   // passings a second

struct RaceOptions {
  PlanOptions plan;
  Profile profile = Profile::kSmart;
  double speed = 1;                         // REQUIRES: > 0
  double interval_s = 45;                   // between gates, of race time
  std::size_t riders = kLanes;              // in a group
  std::uint32_t groups = 1;                 // that race in turn
  std::optional<std::uint64_t> races;       // then no more gates
  bool gate_on_command = false;             // gates drop on command only
  std::uint64_t boot_rtc_us = 0;            // time on the track at the first run()
  bool status = true;                       // false: no STATUS
  std::uint64_t miss_on_wire = 0;           // the first passings that are kept and not sent
  double load_per_s = 0;                    // REQUIRES: 0 to kMaxLoad. Above 0: no gates, but these passings
  std::optional<std::uint64_t> load_total;  // then no more of them
};

// "gate 0" (a group) or "gate 7000001,7000004" (riders in lane order): who is at the gate.
[[nodiscard]] base::Result<std::vector<Rider>> parse_gate(std::string_view line, const RaceOptions& options);

class RaceSource final : public Source {
 public:
  // `race_line` is called with one line of JSON when a race begins.
  RaceSource(const RaceOptions& options, std::unique_ptr<Box> box,
             std::function<void(const std::string&)> race_line);
  // With P3 decoders of the options' profile.
  RaceSource(const RaceOptions& options, std::function<void(const std::string&)> race_line);

  // `line` is called with a line of race_truth.h when a race begins; before the first run().
  void tell_truth(std::function<void(const std::string&)> line) { truth_line_ = std::move(line); }

  std::uint64_t run(std::uint64_t mono_us, const Emit& emit) override;
  std::vector<base::Bytes> answer(const p3::Record& request, std::uint64_t mono_us, DecoderSet who) override;
  std::vector<base::Bytes> complain(std::uint16_t code, DecoderSet who) override {
    return box_->complain(code, who);
  }
  // gate, status, miss-on-wire, load, the probabilities of PlanOptions by their flags' names, and the box's own.
  base::Status command(std::string_view line, std::uint64_t mono_us) override;
  [[nodiscard]] DecoderSet decoders() const override { return box_->decoders(); }
  [[nodiscard]] bool lossless() const override { return false; }
  // With RaceOptions::races or load_total: the last passing has been emitted. STATUS goes on for ever.
  [[nodiscard]] bool finished() const override { return !more() && race_events_ == 0; }

 private:
  enum class What : std::uint8_t { kStatus, kNextGate, kGatePulse, kPassing, kLoad };
  struct Event {
    std::uint64_t due_us = 0;  // time on the track
    std::uint64_t order = 0;   // between events that are due together: the one planned first
    What what = What::kStatus;
    Rider rider;
    Split split;  // of a passing; of a STATUS only the loop, of a gate pulse only the time
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
  // Sends it, unless the next passings are to be missed.
  void say(Issued issued, const Emit& emit);
  void schedule_next_gate(std::uint64_t nominal_us);
  void drop_gate(std::uint64_t true_us, const std::vector<Rider>& riders);
  // The race as the decoders will report it: their clocks, and which of them.
  [[nodiscard]] RacePlan reported(RacePlan race) const;
  // Plans the load's next rider, after `from_us`.
  void next_load(std::uint64_t from_us);
  void load(const Event& event);
  base::Status gate_command(std::string_view line, std::uint64_t true_us);
  base::Status load_command(const Words& words, std::uint64_t true_us);
  // The probability with this name; nullptr for another name.
  [[nodiscard]] double* probability(std::string_view name);
  [[nodiscard]] std::uint64_t true_at(std::uint64_t mono_us) const;
  [[nodiscard]] std::uint64_t mono_at(std::uint64_t true_us) const;
  [[nodiscard]] bool more_races() const { return !options_.races || races_ < *options_.races; }
  [[nodiscard]] bool more_load() const { return !options_.load_total || loaded_ < *options_.load_total; }
  [[nodiscard]] bool more() const { return options_.load_per_s > 0 ? more_load() : more_races(); }

  RaceOptions options_;
  std::function<void(const std::string&)> race_line_;
  std::function<void(const std::string&)> truth_line_;
  std::unique_ptr<Box> box_;
  Random random_;
  std::optional<std::uint64_t> boot_mono_us_;
  std::uint64_t races_ = 0;  // begun
  std::uint64_t order_ = 0;
  std::uint64_t race_events_ = 0;   // planned pulses and passings
  std::uint64_t next_gate_us_ = 0;  // when its turn comes, before the pause of the start cadence
  std::uint64_t loaded_ = 0;        // passings of the load so far
  double load_us_ = 0;              // since boot: when the load's next rider crosses; parts of us add up
  std::uint64_t load_event_ = 0;    // the order of the event that is the load's next rider, 0 for none
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
};

}  // namespace holeshot::sim
