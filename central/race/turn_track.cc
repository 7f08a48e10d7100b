// What stands on the track: staged, reset, raced again.
#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "central/race/turn.h"

namespace holeshot::race {

Refusal Turn::stage(const Intent& intent) {
  Rules rules = rules_;
  if (auto refusal = rules_for(intent.stage, rules)) return refusal;
  if (auto refusal = refusal_of(intent.stage, rules)) return refusal;
  if (auto refusal = no_room_for(intent.stage.moto_id)) return refusal;
  std::uint64_t run = 1;
  for (const auto* races : {&state_.motos, &state_.past}) {
    for (const Race& race : *races) {
      if (race.moto_id() == intent.stage.moto_id && race.gate()) run = std::max(run, race.run + 1);
    }
  }
  return put_on(intent, Race{intent.stage, rules, run});
}

// Why this moto cannot be put on the gate now.
Refusal Turn::no_room_for(std::string_view moto_id) const {
  std::size_t racing = 0;
  for (const Race& race : state_.motos) {
    if (race.phase() != Phase::kRacing) continue;
    ++racing;
    if (race.moto_id() == moto_id) {
      return {"race_running",
              fmt::format("moto {} is racing: wait for its end, force its finish, or reset", moto_id)};
    }
  }
  if (racing + 1 > kMaxMotos)
    return {"track_full", fmt::format("{} motos are racing: end one first", racing)};
  return {};
}

// One gate: whoever stood on it, or has finished, makes room. Races under way go on beside it.
Refusal Turn::put_on(const Intent& intent, Race race) {
  for (auto at = state_.motos.begin(); at != state_.motos.end();) {
    const auto next = std::next(at);
    if (at->phase() != Phase::kRacing) retire(at, intent.event_id, at->phase() == Phase::kStaged);
    at = next;
  }
  note_track_action(intent, race.moto_id());
  race.staged_no = state_.track_actions.back().order;
  race.staged_seq = state_.passings_seen;
  state_.motos.push_front(std::move(race));
  const Race& on = state_.motos.front();
  emit_all(event_type::kRaceStaged, race_staged_payload(on, false), on);
  return {};
}

void Turn::retire(std::list<Race>::iterator race, const std::string& by, bool off) {
  race->retired_by = by;
  race->off = off;
  state_.past.splice(state_.past.begin(), state_.motos, race);
  while (state_.past.size() > kMaxPast) {
    const Race& gone = state_.past.back();
    std::erase_if(state_.pins, [&](const Pin& pin) {
      return !pin.intent.ignore && pin.intent.moto_id == gone.moto_id() && pin.run == gone.run;
    });
    state_.past.pop_back();
  }
}

void Turn::note_track_action(const Intent& intent, std::string moto_id) {
  // What a snapshot keeps of it, and whom it named: a stage intent carries a whole moto.
  Intent head{
      .kind = intent.kind, .type = intent.type, .event_id = intent.event_id, .rider_id = intent.rider_id};
  state_.track_actions.push_back({std::move(head), state_.next_order(), std::move(moto_id)});
  // Twice as many as can be undone: whoever takes the last ones back finds those before them again.
  if (state_.track_actions.size() > 2 * rules_.undo_depth) state_.track_actions.pop_front();
}

Refusal Turn::reset(const Intent& intent) {
  const bool one = !intent.moto_id.empty();
  const auto meant = [&](const Race& race) { return !one || race.moto_id() == intent.moto_id; };
  if (one && std::ranges::none_of(state_.motos, meant))
    return {"wrong_moto", fmt::format("moto {} is not on the track", intent.moto_id)};
  note_track_action(intent, {});
  if (state_.motos.empty()) emit(event_type::kRaceReset, race_reset_payload(""), nullptr, {});
  for (auto at = state_.motos.begin(); at != state_.motos.end();) {
    const auto next = std::next(at);
    if (meant(*at)) {
      emit_all(event_type::kRaceReset, race_reset_payload(at->moto_id()), *at);
      retire(at, intent.event_id, true);
    }
    at = next;
  }
  return {};
}

Refusal Turn::rerun(const Intent& intent) {
  Refusal refusal;
  Race* race = race_meant(intent, refusal);
  if (race == nullptr) return refusal;
  if (!race->gate())
    return {"not_raced", fmt::format("moto {} has not raced yet: nothing to run again", race->moto_id())};
  std::size_t others = 0;
  for (const Race& other : state_.motos)
    others += &other != race && other.phase() == Phase::kRacing ? 1U : 0U;
  if (others + 1 > kMaxMotos)
    return {"track_full", fmt::format("{} motos are racing: end one first", others)};
  StageRequest request = race->request;
  request.riders = race->decided.riders;
  Race again{std::move(request), race->rules, race->run + 1};
  say_ruling(intent, intent, *race, false);
  emit_all(event_type::kRaceRerun, race_rerun_payload(again, intent.reason), again);
  // The old attempt is kept, and takes nothing more.
  race->off = true;
  race->rerun_by = intent.event_id;
  for (auto at = state_.motos.begin(); at != state_.motos.end(); ++at) {
    if (&*at != race) continue;
    race->retired_by = intent.event_id;
    state_.past.splice(state_.past.begin(), state_.motos, at);
    break;
  }
  return put_on(intent, std::move(again));
}

}  // namespace holeshot::race
