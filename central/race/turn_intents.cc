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

Refusal Turn::practice(const Intent& intent) {
  if (!intent.on) {
    state_.practice.stop();
    return {};
  }
  StageRequest request{.track = intent.stage.track, .riders = intent.stage.riders};
  if (request.track.loops.empty()) {
    const auto* races = state_.motos.empty() ? &state_.past : &state_.motos;
    if (races->empty())
      return {"no_track", "no track is known yet: give a track_config, or stage a moto once"};
    request.track = races->front().request.track;
  }
  if (auto refusal = refusal_of_track(request)) return refusal;
  state_.practice.start(std::move(request), rules_);
  return {};
}

Refusal Turn::raise_alert(const Intent& intent) {
  if (intent.alert_text.size() > kMaxAlertBytes || intent.alert_id.size() > kMaxAlertBytes ||
      intent.alert_level.size() > kMaxAlertBytes) {
    return {"alert_too_long", fmt::format("an alert has at most {} bytes", kMaxAlertBytes)};
  }
  if (state_.alerts.size() >= kMaxAlerts && !state_.alerts.contains(intent.alert_id)) {
    return {"too_many_alerts", fmt::format("{} alerts are up: clear one first", kMaxAlerts)};
  }
  const Alert alert{.level = intent.alert_level, .text = intent.alert_text};
  state_.alerts[intent.alert_id] = alert;
  emit(event_type::kAlert, alert_payload(intent.alert_id, alert),
       state_.motos.empty() ? nullptr : &state_.motos.front(), {});
  return {};
}

Refusal Turn::clear_alert(const Intent& intent) {
  if (state_.alerts.erase(intent.alert_id) == 0) {
    return {"unknown_alert", fmt::format("no alert \"{}\" is up", intent.alert_id)};
  }
  emit(event_type::kAlertCleared, alert_cleared_payload(intent.alert_id),
       state_.motos.empty() ? nullptr : &state_.motos.front(), {});
  return {};
}

}  // namespace holeshot::race
