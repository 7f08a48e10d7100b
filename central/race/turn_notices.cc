// Alerts on the boards, and practice: what stands beside the races. Each action keeps what stood before it, so it can be
// taken back in any order.
#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "central/race/turn.h"

namespace holeshot::race {

using Kind = Intent::Kind;

// Before the action is done. REQUIRES: it will be.
void Turn::note_notice(const Intent& intent) {
  NoticeAction action{.intent = {.kind = intent.kind,
                                 .type = intent.type,
                                 .event_id = intent.event_id,
                                 .alert_id = intent.alert_id},
                      .order = state_.next_order()};
  if (intent.kind == Kind::kPractice) {
    action.practice = state_.practice;
  } else if (const auto up = state_.alerts.find(intent.alert_id); up != state_.alerts.end()) {
    action.alert = up->second;
  }
  state_.notice_actions.push_back(std::move(action));
  // Twice as many as can be undone: whoever takes the last ones back finds those before them again.
  if (state_.notice_actions.size() > 2 * rules_.undo_depth)
    state_.notice_actions.pop_front();
}

Refusal Turn::practice(const Intent& intent) {
  if (!intent.on) {
    note_notice(intent);
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
  note_notice(intent);
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
  note_notice(intent);
  state_.alerts[intent.alert_id] = {.level = intent.alert_level, .text = intent.alert_text};
  say_alert(intent.alert_id);
  return {};
}

Refusal Turn::clear_alert(const Intent& intent) {
  if (!state_.alerts.contains(intent.alert_id)) {
    return {"unknown_alert", fmt::format("no alert \"{}\" is up", intent.alert_id)};
  }
  note_notice(intent);
  state_.alerts.erase(intent.alert_id);
  say_alert(intent.alert_id);
  return {};
}

void Turn::say_alert(const std::string& id) {
  const Race* race = state_.motos.empty() ? nullptr : &state_.motos.front();
  if (const auto up = state_.alerts.find(id); up != state_.alerts.end()) {
    emit(event_type::kAlert, alert_payload(id, up->second), race, {});
  } else {
    emit(event_type::kAlertCleared, alert_cleared_payload(id), race, {});
  }
}

// What stood before it stands again; where something was done to the same thing since, that stays, and goes back to what
// stood before this one.
Refusal Turn::undo_notice(std::size_t action) {
  const auto at = state_.notice_actions.begin() + static_cast<std::ptrdiff_t>(action);
  const auto next = std::find_if(at + 1, state_.notice_actions.end(),
                                 [&](const NoticeAction& later) { return later.is_about_the_same_as(*at); });
  const bool last = next == state_.notice_actions.end();
  const std::string id = at->intent.alert_id;
  if (last && at->alert && !state_.alerts.contains(id) && state_.alerts.size() >= kMaxAlerts)
    return {"too_many_alerts", fmt::format("{} alerts are up: clear one first", kMaxAlerts)};
  NoticeAction undone = std::move(*at);
  if (!last) {
    next->alert = std::move(undone.alert);
    next->practice = std::move(undone.practice);
  }
  state_.notice_actions.erase(at);
  if (!last) return {};
  if (undone.practice) {
    static_cast<PracticeSetup&>(state_.practice) = std::move(*undone.practice);
    return {};
  }
  if (undone.alert) {
    state_.alerts[id] = std::move(*undone.alert);
  } else {
    state_.alerts.erase(id);
  }
  say_alert(id);
  return {};
}

}  // namespace holeshot::race
