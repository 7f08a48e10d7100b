#include "central/race/engine.h"

#include <algorithm>
#include <utility>

#include "central/race/payloads.h"
#include "central/race/turn.h"

namespace holeshot::race {

const Moto& EngineState::moto() const {
  static const Moto kNone;
  return motos.empty() ? kNone : motos.front().moto;
}

std::uint64_t EngineState::next_order() const {
  std::uint64_t last = 0;
  const auto see = [&](std::uint64_t order) { last = std::max(last, order); };
  for (const auto* races : {&motos, &past}) {
    for (const Race& race : *races) {
      see(race.staged_no);
      for (const Action& action : race.actions) see(action.order);
    }
  }
  for (const Pin& pin : pins) see(pin.order);
  for (const TrackAction& action : track_actions) see(action.order);
  for (const NoticeAction& action : notice_actions) see(action.order);
  return last + 1;
}

RaceEngine::RaceEngine(contract::TrackId track, Rules rules) : rules_(rules) {
  state_.track = std::move(track);
}

bool RaceEngine::apply(std::uint64_t position, const Input& input, EventList& out) {
  if (position <= state_.last_applied) return false;
  state_.last_applied = position;
  Turn turn(state_, rules_, input, out);
  if (const auto* passing = std::get_if<Passing>(&input.what)) {
    turn.take(*passing);
  } else if (const auto* intent = std::get_if<Intent>(&input.what)) {
    turn.take(*intent);
  } else if (const auto* reading = std::get_if<ClockReading>(&input.what)) {
    turn.take(*reading);
  }
  return true;
}

std::string RaceEngine::state_payload(SnapshotSeams* seams) const {
  return state_snapshot_payload(state_, seams);
}

}  // namespace holeshot::race
