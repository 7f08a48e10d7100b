// Race: one run of one moto on the track: what happened (passings, the gate's pulse), what officials decided (actions),
// and what follows from both. What follows is always worked out from the two anew, so taking an action back leaves no
// trace of it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "central/race/clocks.h"
#include "central/race/input.h"
#include "central/race/line.h"
#include "central/race/moto.h"
#include "central/race/race_texts.h"
#include "central/race/rules.h"

namespace holeshot::race {

enum class Phase : std::uint8_t { kIdle, kStaged, kRacing, kFinished };
[[nodiscard]] std::string_view to_string(Phase phase);

// Why a race is over.
enum class FinishCause : std::uint8_t { kAllFinished, kForceFinish, kRaceTimeout };
[[nodiscard]] std::string_view to_string(FinishCause cause);

// Where a gate's time comes from; all but the pulse are estimates.
enum class GateOrigin : std::uint8_t { kPulse, kHill, kBeacon, kHand };
[[nodiscard]] std::string_view to_string(GateOrigin origin);
[[nodiscard]] std::optional<GateOrigin> gate_origin_from(std::string_view name);

// When the gate dropped. By hand: no decoder, and the gateway's time in place of an RTC.
struct Gate {
  PassingId id;
  std::optional<std::uint64_t> utc_time_us;
  std::uint64_t captured_at_us = 0;
  GateOrigin origin = GateOrigin::kPulse;
  [[nodiscard]] bool estimated() const { return origin != GateOrigin::kPulse; }
  bool operator==(const Gate&) const = default;
};

// Something that an official did to this race, as the intent that said it.
struct Action {
  Intent intent;
  std::uint64_t order = 0;      // among all actions of the track
  bool keeps_finished = false;  // the race was over: taking a finish away does not run it again
};

struct Ruling {
  std::string rider_id;
  std::optional<Status> status;  // kDns, kDnf, kDsq or kRel
  std::optional<std::uint64_t> place;
  std::optional<std::uint64_t> elapsed_us;
};

// What the actions come to: the last word on each thing counts.
struct Decisions {
  std::vector<Rider> riders;  // as they are now, by lane
  std::vector<Ruling> rulings;
  std::vector<std::string> photo;  // rider ids, first over the line first
  std::optional<FinishCause> ended;
  std::uint64_t ended_seq = 0;  // passings seen by then
  bool red_flag = false;
  std::optional<Gate> gate;

  [[nodiscard]] const Ruling* ruling_of(std::string_view rider_id) const;
};
[[nodiscard]] Decisions decide(const StageRequest& request, const std::vector<Action>& actions);

// What was said of a race last: what is said next is the difference to it.
struct View {
  Phase phase = Phase::kStaged;
  std::optional<Gate> gate;
  std::vector<Rider> riders;
  Marks marks;
  std::vector<Line> lines;  // every rider once, best first
  bool red_flag = false;
};

// One owner, one thread. Copies.
struct Race {
  Race() = default;
  // REQUIRES: refusal_of() and rules_for() found nothing.
  Race(StageRequest request, const Rules& rules, std::uint64_t run);

  StageRequest request;  // as it was staged
  Rules rules;
  std::uint64_t run = 1;         // attempt
  std::uint64_t staged_no = 0;   // motos take the gate in this order: that of the action
  std::uint64_t staged_seq = 0;  // passings seen by then
  std::vector<Action> actions;
  std::optional<Gate> pulse;        // as it came in, or was estimated
  std::vector<ClockAnswer> clocks;  // as they stood when each decoder gave this race its first hit
  std::string gate_event_id;        // of the first gate_drop of this run
  bool said_finished = false;
  bool off = false;        // reset, or raced again: takes no passings
  std::string retired_by;  // the intent that took it off the track; empty: it stands on it
  std::string rerun_by;    // the intent that had it raced again

  // Follows from the above.
  Decisions decided;
  Moto moto;
  RaceTexts texts;              // of the moto
  bool riders_changed = false;  // since told
  View told;

  [[nodiscard]] const std::string& moto_id() const { return request.moto_id; }
  [[nodiscard]] const std::optional<Gate>& gate() const { return decided.gate ? decided.gate : pulse; }
  [[nodiscard]] Phase phase() const;
  [[nodiscard]] FinishCause cause() const { return decided.ended.value_or(FinishCause::kAllFinished); }
  [[nodiscard]] bool has(std::string_view rider_id) const { return moto.rider_called(rider_id).has_value(); }

  // Puts the riders as they are now into a moto without hits.
  void seat_decided();

  // Finished, or out of it by an official's word.
  [[nodiscard]] bool settled(std::size_t rider) const;
  [[nodiscard]] std::size_t finished_count() const;

  // Since the gate; nullopt: before it, or there is none.
  struct Time {
    std::uint64_t elapsed_us = 0;
    ClockState clock = ClockState::kSame;
  };
  [[nodiscard]] std::optional<Time> time_of(const Passing& passing, const ClockBook& book) const;
  // Whether a passing can be after the gate whose times are not later than these (Moto::latest()); false is certain.
  [[nodiscard]] bool may_follow(const Passing& latest, const ClockBook& book) const;
  // Adds the hit. The first of a decoder fixes how its clock is read in this race.
  HitOutcome add(std::size_t rider, const Time& time, const Passing& passing, std::uint64_t seq,
                 const ClockBook& book);
  // Forgets the clocks of decoders that gave this race nothing.
  void prune_clocks();

  // Every rider once, best first: finished, under way by the furthest loop, DNF, DNS, then REL and DSQ.
  void lines(std::vector<Line>& out) const;
  [[nodiscard]] std::vector<Line> lines() const;
  // The place among those who crossed this loop, and the gap to the fastest of them. REQUIRES: the rider did.
  [[nodiscard]] Line line_at(std::size_t rider, std::size_t loop) const;
  // `out` keeps its riders: they change rarely, and whoever changes them says so.
  void view(View& out) const;
  // The same without the marks, which moto has.
  void standing(View& out) const;

 private:
  struct Shift {
    ClockState state = ClockState::kSame;
    std::int64_t shift_us = 0;
  };
  [[nodiscard]] Shift clock_of(const Passing& passing, const ClockBook& book) const;
  [[nodiscard]] Line line_of(std::size_t rider, bool over,
                             std::array<std::uint64_t, kMaxLoops>& fastest) const;
  void lines(std::vector<Line>& out, Phase now) const;
};

}  // namespace holeshot::race
