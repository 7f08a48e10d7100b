#include <fmt/core.h>

#include <utility>

#include "central/race/turn.h"

namespace holeshot::race {

// Whoever sent an intent waits for its result, so the result comes last: what it did has happened by then.
void Turn::take(const Intent& intent) {
  const Refusal refusal = perform(intent);
  emit(event_type::kIntentResult, intent_result_payload(intent, refusal), {});
}

Refusal Turn::perform(const Intent& intent) {
  if (!intent.track_id.empty() && intent.track_id != state_.track.str()) {
    return {"wrong_track",
            fmt::format("the intent is for track {}, this is {}", intent.track_id, state_.track.str())};
  }
  switch (intent.kind) {
    case Intent::Kind::kUnknown:
      return {"unknown_intent", fmt::format("this version knows no intent \"{}\"", intent.type)};
    case Intent::Kind::kMalformed:
      return {"malformed", intent.problem};
    case Intent::Kind::kStage:
      return stage(intent);
    case Intent::Kind::kReset:
      return reset();
    case Intent::Kind::kForceFinish:
      return end_race(intent, FinishCause::kForceFinish);
    case Intent::Kind::kRaceTimeout:
      return end_race(intent, FinishCause::kRaceTimeout);
    case Intent::Kind::kAlert:
      return raise_alert(intent);
    case Intent::Kind::kClearAlert:
      return clear_alert(intent);
  }
  return {"unknown_intent", "not an intent"};
}

Refusal Turn::stage(const Intent& intent) {
  if (state_.phase == Phase::kRacing) {
    return {"race_running", fmt::format("moto {} is racing: wait for its end, force its finish, or reset",
                                        state_.moto.request().moto_id)};
  }
  if (auto refusal = refusal_of(intent.stage, rules_)) return refusal;
  state_.phase = Phase::kStaged;
  state_.moto = Moto{intent.stage, rules_};
  state_.gate.reset();
  state_.cause.reset();
  state_.early.clear();
  emit(event_type::kRaceStaged, race_staged_payload(state_), all_riders());
  return {};
}

Refusal Turn::reset() {
  const std::string moto_id = idle() ? std::string{} : state_.moto.request().moto_id;
  emit(event_type::kRaceReset, race_reset_payload(moto_id), all_riders());
  state_.phase = Phase::kIdle;
  state_.moto = Moto{};
  state_.gate.reset();
  state_.cause.reset();
  state_.early.clear();
  return {};
}

Refusal Turn::end_race(const Intent& intent, FinishCause cause) {
  if (state_.phase != Phase::kRacing) {
    return {"not_racing", fmt::format("nothing is racing (phase {})", to_string(state_.phase))};
  }
  const std::string& moto_id = state_.moto.request().moto_id;
  if (!intent.moto_id.empty() && intent.moto_id != moto_id) {
    return {"wrong_moto", fmt::format("moto {} is racing, not {}", moto_id, intent.moto_id)};
  }
  if (!intent.gate_event_id.empty() && intent.gate_event_id != state_.gate->event_id) {
    return {"wrong_run", fmt::format("another run of moto {} is racing now", moto_id)};
  }
  finish_race(cause, false);
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
  emit(event_type::kAlert, alert_payload(intent.alert_id, alert), {});
  return {};
}

Refusal Turn::clear_alert(const Intent& intent) {
  if (state_.alerts.erase(intent.alert_id) == 0) {
    return {"unknown_alert", fmt::format("no alert \"{}\" is up", intent.alert_id)};
  }
  emit(event_type::kAlertCleared, alert_cleared_payload(intent.alert_id), {});
  return {};
}

}  // namespace holeshot::race
