// Undo: an action is taken out, and everything follows anew from what is left. So it can be any of the latest, not only
// the last; only what stands on the track goes back step by step.
#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "central/race/turn.h"

namespace holeshot::race {

namespace {

Refusal nothing(std::string_view event_id) {
  if (event_id.empty()) return {"nothing_to_undo", "nothing was done that can be undone"};
  return {"nothing_to_undo",
          fmt::format("{} is no action that can be undone, or it is undone already", event_id)};
}

enum class Kept : std::uint8_t { kRace, kPins, kTrack, kNotices };

// Where an action stands.
struct Found {
  std::uint64_t order = 0;  // 0: not found
  Kept in = Kept::kRace;
  std::size_t index = 0;
  Race* race = nullptr;  // for kRace
};

// The action that is meant, and how many there are after it.
Found find_action(EngineState& state, std::string_view event_id, std::size_t& later) {
  Found found;
  std::vector<std::uint64_t> orders;
  const auto look = [&](const Intent& intent, const Found& at) {
    orders.push_back(at.order);
    const bool meant = event_id.empty() ? at.order > found.order : intent.event_id == event_id;
    if (meant) found = at;
  };
  for (auto* races : {&state.motos, &state.past}) {
    for (Race& race : *races) {
      for (std::size_t i = 0; i < race.actions.size() && !race.off; ++i)
        look(race.actions[i].intent, {.order = race.actions[i].order, .index = i, .race = &race});
    }
  }
  for (std::size_t i = 0; i < state.pins.size(); ++i)
    look(state.pins[i].intent, {.order = state.pins[i].order, .in = Kept::kPins, .index = i});
  for (std::size_t i = 0; i < state.track_actions.size(); ++i)
    look(state.track_actions[i].intent,
         {.order = state.track_actions[i].order, .in = Kept::kTrack, .index = i});
  for (std::size_t i = 0; i < state.notice_actions.size(); ++i)
    look(state.notice_actions[i].intent,
         {.order = state.notice_actions[i].order, .in = Kept::kNotices, .index = i});
  later = static_cast<std::size_t>(
      std::ranges::count_if(orders, [&](std::uint64_t order) { return order > found.order; }));
  return found;
}

}  // namespace

Refusal Turn::undo(const Intent& intent) {
  std::size_t later = 0;
  const Found found = find_action(state_, intent.undoes, later);
  if (found.order == 0) return nothing(intent.undoes);
  if (later >= rules_.undo_depth)
    return {"too_long_ago", fmt::format("only the last {} actions can be undone", rules_.undo_depth)};
  switch (found.in) {
    case Kept::kRace:
      return undo_ruling(intent, *found.race, found.index);
    case Kept::kPins:
      return undo_pin(intent, found.index);
    case Kept::kTrack:
      return undo_track_action(intent, found.index);
    case Kept::kNotices:
      return undo_notice(found.index);
  }
  return {};
}

Refusal Turn::undo_ruling(const Intent& intent, Race& race, std::size_t action) {
  const Intent said = race.actions[action].intent;
  const bool was_staged_by_it = said.kind == Intent::Kind::kGate && !race.pulse;
  const bool other_staged = staged() != nullptr && staged() != &race;
  if (was_staged_by_it && (other_staged || &state_.motos.front() != &race))
    return {"undo_conflict",
            fmt::format("moto {} cannot go back to the gate: another moto came after it", race.moto_id())};
  race.actions.erase(race.actions.begin() + static_cast<std::ptrdiff_t>(action));
  say_ruling(said, intent, race, true);
  follow();
  return {};
}

Refusal Turn::undo_pin(const Intent& intent, std::size_t pin) {
  const Intent said = state_.pins[pin].intent;
  state_.pins.erase(state_.pins.begin() + static_cast<std::ptrdiff_t>(pin));
  for (const auto* races : {&state_.motos, &state_.past}) {
    const auto race = std::ranges::find(*races, said.moto_id, &Race::moto_id);
    if (race == races->end()) continue;
    say_ruling(said, intent, *race, true);
    break;
  }
  follow();
  return {};
}

// What was put on the track goes off it, and what made room for it comes back.
Refusal Turn::undo_track_action(const Intent& intent, std::size_t action) {
  const TrackAction undone = state_.track_actions[action];
  if (action + 1 != state_.track_actions.size())
    return {"undo_conflict", "something was put on the track or taken off it since: undo that first"};
  if (!undone.moto_id.empty()) {
    if (state_.motos.empty() || state_.motos.front().moto_id() != undone.moto_id)
      return {"undo_conflict",
              fmt::format("moto {} is not the last that was staged any more", undone.moto_id)};
    if (state_.motos.front().gate())
      return {"undo_conflict",
              fmt::format("moto {} has left the gate: reset it, or run it again", undone.moto_id)};
    emit_all(event_type::kRaceReset, race_reset_payload(undone.moto_id), state_.motos.front());
    state_.motos.pop_front();
  }
  state_.track_actions.erase(state_.track_actions.begin() + static_cast<std::ptrdiff_t>(action));
  for (Race* race : bring_back(undone.intent.event_id)) {
    const bool over = race->told.phase == Phase::kFinished;
    if (over && undone.intent.kind == Intent::Kind::kStage) continue;
    say_ruling(undone.intent, intent, *race, true);
    say_from_the_start(*race);
  }
  follow();
  return {};
}

// What an action took off the track stands on it again; a race that it only had raced again counts where it is.
std::vector<Race*> Turn::bring_back(const std::string& event_id) {
  std::vector<Race*> back;
  for (auto at = state_.past.begin(); at != state_.past.end();) {
    const auto next = std::next(at);
    const bool raced_again = at->rerun_by == event_id;
    const bool retired = at->retired_by == event_id;
    if (raced_again || retired) {
      back.push_back(&*at);
      at->off = false;
    }
    if (raced_again) at->rerun_by.clear();
    if (retired) {
      at->retired_by.clear();
      state_.motos.splice(state_.motos.begin(), state_.past, at);
    }
    at = next;
  }
  state_.motos.sort([](const Race& a, const Race& b) { return a.staged_no > b.staged_no; });
  return back;
}

// Readers were told that it is gone.
void Turn::say_from_the_start(Race& race) {
  emit_all(event_type::kRaceStaged, race_staged_payload(race, false), race);
  race.told.gate.reset();
  race.told.lines.clear();
  std::ranges::fill(race.told.marks, std::nullopt);
  race.told.phase = Phase::kStaged;
  race.said_finished = false;
  race.told.red_flag = false;
}

}  // namespace holeshot::race
