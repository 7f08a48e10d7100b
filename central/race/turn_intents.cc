#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "central/race/turn.h"

namespace holeshot::race {

using Kind = Intent::Kind;

// Whoever sent an intent waits for its result, so the result comes last: what it did has happened by then.
void Turn::take(const Intent& intent) {
  const Refusal refusal = perform(intent);
  emit(event_type::kIntentResult, intent_result_payload(intent, refusal),
       state_.motos.empty() ? nullptr : &state_.motos.front(), {});
}

Refusal Turn::perform(const Intent& intent) {
  if (!intent.track_id.empty() && intent.track_id != state_.track.str()) {
    return {"wrong_track",
            fmt::format("the intent is for track {}, this is {}", intent.track_id, state_.track.str())};
  }
  switch (intent.kind) {
    case Kind::kUnknown:
      return {"unknown_intent", fmt::format("this version knows no intent \"{}\"", intent.type)};
    case Kind::kMalformed:
      return {"malformed", intent.problem};
    case Kind::kStage:
      return stage(intent);
    case Kind::kReset:
      return reset(intent);
    case Kind::kForceFinish:
    case Kind::kRaceTimeout:
      return end_race(intent);
    case Kind::kAlert:
      return raise_alert(intent);
    case Kind::kClearAlert:
      return clear_alert(intent);
    case Kind::kRerun:
      return rerun(intent);
    case Kind::kAssignPassing:
      return assign_passing(intent);
    case Kind::kGate:
      return gate_by_hand(intent);
    case Kind::kPractice:
      return practice(intent);
    case Kind::kUndo:
      return undo(intent);
    default:
      return rule(intent);
  }
}

Refusal Turn::end_race(const Intent& intent) {
  std::vector<Race*> racing;
  for (Race& race : state_.motos) {
    if (race.phase() == Phase::kRacing) racing.push_back(&race);
  }
  if (racing.empty()) {
    return {"not_racing", fmt::format("nothing is racing (phase {})", to_string(state_.phase()))};
  }
  if (!intent.moto_id.empty()) {
    const std::string racing_id = racing.front()->moto_id();
    std::erase_if(racing, [&](const Race* race) { return race->moto_id() != intent.moto_id; });
    if (racing.empty())
      return {"wrong_moto", fmt::format("moto {} is racing, not {}", racing_id, intent.moto_id)};
  }
  if (racing.size() > 1)
    return {"which_moto", fmt::format("{} motos are racing: say which one with moto_id", racing.size())};
  Race& race = *racing.front();
  if (!intent.gate_event_id.empty() && intent.gate_event_id != race.gate_event_id) {
    return {"wrong_run", fmt::format("another run of moto {} is racing now", race.moto_id())};
  }
  if (intent.kind == Kind::kRaceTimeout && race.decided.red_flag)
    return {"red_flag", fmt::format("moto {} is stopped: its time does not run", race.moto_id())};
  if (auto refusal = refusal_of_ruling(intent, race)) return refusal;
  act(race, intent, false);
  return {};
}

}  // namespace holeshot::race
