#include <algorithm>
#include <utility>

#include "central/race/turn.h"

namespace holeshot::race {

namespace {
constexpr std::string_view kUnmatched = event_type::kPassingUnmatched;
constexpr std::string_view kFlagged = event_type::kPassingFlagged;

std::optional<std::uint64_t> difference(std::uint64_t from, std::uint64_t to) {
  if (to < from) return std::nullopt;
  return to - from;
}

// The finish order, as far as it is known.
std::vector<Standing> finished_of(const std::vector<Standing>& standings) {
  std::vector<Standing> finished;
  std::ranges::copy_if(standings, std::back_inserter(finished), &Standing::finished);
  return finished;
}
}  // namespace

std::optional<std::uint64_t> elapsed_since(const Gate& gate, const Passing& passing) {
  if (gate.utc_time_us && passing.utc_time_us) return difference(*gate.utc_time_us, *passing.utc_time_us);
  return difference(gate.id.rtc_time_us, passing.rtc_time_us);
}

bool Turn::is_gate(const Passing& passing) const {
  if (!passing.transponder_id) return false;
  if (idle()) return *passing.transponder_id == rules_.gate_transponder;
  return state_.moto.is_gate_transponder(*passing.transponder_id);
}

void Turn::take(const Passing& passing) {
  if (is_gate(passing)) return gate_pulse(passing);
  if (idle()) return flag(kUnmatched, "not_racing", "no moto is on the track", passing);
  const auto rider = state_.moto.rider_of(passing);
  if (!rider) return flag(kUnmatched, "unknown_transponder", "no rider of this moto has it", passing);
  ride(passing, *rider);
}

void Turn::gate_pulse(const Passing& passing) {
  const PassingId id = id_of(passing);
  if (std::ranges::find(state_.gate_pulses, id) != state_.gate_pulses.end()) {
    return flag(kFlagged, "resent", "this gate pulse was here before", passing);
  }
  state_.gate_pulses.push_back(id);
  if (state_.gate_pulses.size() > kMaxGatePulses) state_.gate_pulses.pop_front();
  if (state_.phase == Phase::kRacing) {
    return flag(kFlagged, "second_gate", "a race is running: it keeps its first gate pulse", passing);
  }
  if (state_.phase != Phase::kStaged) {
    return flag(kFlagged, "test_drop", "the gate dropped with nothing staged", passing);
  }
  if (!state_.moto.may_issue_gate(passing.decoder_id)) {
    return flag(kFlagged, "gate_decoder", "this decoder's start input is not the gate of this track",
                passing);
  }
  drop_gate(passing);
}

void Turn::drop_gate(const Passing& passing) {
  state_.phase = Phase::kRacing;
  state_.gate = Gate{.id = id_of(passing),
                     .utc_time_us = passing.utc_time_us,
                     .captured_at_us = passing.captured_at_us,
                     .event_id = contract::derived_id(input_.source, state_.ordinal + 1)};
  emit(event_type::kGateDrop, gate_drop_payload(state_), all_riders());
  // A pulse that was sent again late finds riders who crossed a loop before it came in.
  for (const Passing& early : std::exchange(state_.early, {})) {
    if (elapsed_since(*state_.gate, early)) take(early);
  }
}

void Turn::ride(const Passing& passing, std::size_t rider) {
  const std::string& rider_id = state_.moto.riders()[rider].rider_id;
  if (!state_.moto.has_decoder(passing.decoder_id)) {
    return flag(kUnmatched, "unknown_decoder", "no loop of this track hangs on this decoder", passing,
                rider_id);
  }
  if (state_.phase == Phase::kStaged) {
    if (state_.early.size() >= kMaxEarly) state_.early.erase(state_.early.begin());
    state_.early.push_back(passing);
    return flag(kFlagged, "before_gate", "the gate has not dropped", passing, rider_id);
  }
  const auto elapsed = elapsed_since(*state_.gate, passing);
  if (!elapsed || *elapsed > rules_.max_elapsed_us) {
    return flag(kFlagged, "clock", elapsed ? "too long after the gate" : "before the gate by decoder time",
                passing, rider_id);
  }
  if (state_.phase == Phase::kFinished && !state_.moto.finished(rider)) {
    return flag(kFlagged, "late", "the race was over without this rider's finish", passing, rider_id);
  }
  count(passing, rider, *elapsed);
}

void Turn::count(const Passing& passing, std::size_t rider, std::uint64_t elapsed_us) {
  const std::string& rider_id = state_.moto.riders()[rider].rider_id;
  const auto before = state_.moto.standings();
  const HitOutcome outcome = state_.moto.add_hit(rider, elapsed_us, id_of(passing));
  if (outcome.known) return flag(kFlagged, "resent", "this passing was here before", passing, rider_id);
  if (outcome.verdict == HitVerdict::kDouble) {
    flag(kFlagged, "double", "the rider crossed this loop already", passing, rider_id);
  } else if (outcome.verdict == HitVerdict::kWindow) {
    flag(kFlagged, "window", "no loop of this decoder can be reached at this time", passing, rider_id);
  }
  for (const Hit& hit : outcome.demoted) {
    Passing other = passing;
    other.decoder_id = hit.id.decoder_id;
    other.passing_number = hit.id.passing_number;
    other.rtc_time_us = hit.id.rtc_time_us;
    flag(kFlagged, "double", "an earlier passing of the rider came in later", other, rider_id);
  }
  announce(rider, before, outcome);
}

void Turn::announce(std::size_t rider, const std::vector<Standing>& before, const HitOutcome& outcome) {
  if (outcome.changed_loops.empty()) return;
  for (const auto& [loop, corrected] : outcome.changed_loops) {
    const Standing standing = state_.moto.standing_at(rider, loop);
    emit(event_type::kSplitTime, split_time_payload(state_, standing, corrected),
         {state_.moto.riders()[rider].rider_id});
  }
  const auto now = state_.moto.standings();
  if (now != before) emit(event_type::kPositionsUpdate, positions_payload(state_), all_riders());
  announce_finish(finished_of(before), finished_of(now));
}

// Said anew for everybody whose place or gap moved: a passing that comes in late may lift a rider over
// others.
void Turn::announce_finish(const std::vector<Standing>& before, const std::vector<Standing>& now) {
  if (now == before) return;
  for (const Standing& standing : now) {
    if (std::ranges::find(before, standing) != before.end()) continue;
    const bool corrected = std::ranges::find(before, standing.rider, &Standing::rider) != before.end();
    emit(event_type::kRiderFinished, rider_finished_payload(state_, standing, corrected),
         {state_.moto.riders()[standing.rider].rider_id});
  }
  if (state_.phase == Phase::kFinished) {
    finish_race(*state_.cause, true);
  } else if (now.size() == state_.moto.riders().size()) {
    finish_race(FinishCause::kAllFinished, false);
  }
}

void Turn::finish_race(FinishCause cause, bool corrected) {
  state_.phase = Phase::kFinished;
  state_.cause = cause;
  emit(event_type::kRaceFinished, race_finished_payload(state_, corrected), all_riders());
}

void Turn::flag(std::string_view type, std::string_view reason, std::string_view detail,
                const Passing& passing, std::string_view rider_id) {
  const std::string_view moto_id = idle() ? std::string_view{} : state_.moto.request().moto_id;
  std::vector<std::string> riders;
  if (!rider_id.empty()) riders.emplace_back(rider_id);
  emit(type, flagged_payload({type, reason, detail}, passing, moto_id, rider_id), std::move(riders));
}

std::vector<std::string> Turn::all_riders() const {
  std::vector<std::string> ids;
  for (const Rider& rider : state_.moto.riders()) ids.push_back(rider.rider_id);
  return ids;
}

void Turn::emit(std::string_view type, std::string payload, std::vector<std::string> riders) {
  const StageRequest& request = state_.moto.request();
  const std::uint64_t ordinal = ++state_.ordinal;
  out_.push_back({.event_id = contract::derived_id(input_.source, ordinal),
                  .event_type = std::string{type},
                  .track_id = state_.track,
                  .moto_id = request.moto_id,
                  .event_ref = request.event_ref,
                  .class_id = request.class_id,
                  .riders = std::move(riders),
                  .ts_us = input_.ts_us,
                  .source = input_.source,
                  .ordinal = ordinal,
                  .payload = std::move(payload)});
}

}  // namespace holeshot::race
