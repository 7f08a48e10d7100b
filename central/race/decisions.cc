// What actions come to. Every step is total: one that finds its rider gone changes nothing, so any of them can be taken
// back whatever came after it.
#include <algorithm>
#include <utility>

#include "central/race/race.h"

namespace holeshot::race {

namespace {

using Kind = Intent::Kind;

Rider* rider_in(Decisions& d, std::string_view rider_id) {
  const auto found = std::ranges::find(d.riders, rider_id, &Rider::rider_id);
  return found == d.riders.end() ? nullptr : &*found;
}

Ruling& ruling_in(Decisions& d, const std::string& rider_id) {
  const auto found = std::ranges::find(d.rulings, rider_id, &Ruling::rider_id);
  if (found != d.rulings.end()) return *found;
  return d.rulings.emplace_back(Ruling{.rider_id = rider_id});
}

void rule(Decisions& d, const Intent& intent, Status status) {
  Ruling& ruling = ruling_in(d, intent.rider_id);
  ruling.status = status;
  ruling.place.reset();
}

// A place given by hand goes to the end of the list, so that of two who were given the same the last one has it.
void place(Decisions& d, const Intent& intent) {
  Ruling ruling = ruling_in(d, intent.rider_id);
  ruling.status.reset();
  ruling.place = intent.place;
  std::erase_if(d.rulings, [&](const Ruling& other) { return other.rider_id == intent.rider_id; });
  d.rulings.push_back(std::move(ruling));
}

void time(Decisions& d, const Intent& intent) {
  Ruling& ruling = ruling_in(d, intent.rider_id);
  ruling.status.reset();
  ruling.elapsed_us = intent.elapsed_us;
}

// Who takes another's place gets the lane; who is in the moto already changes lanes with the other.
void assign_rider(Decisions& d, const Intent& intent) {
  Rider* old = rider_in(d, intent.rider_id);
  if (old == nullptr || intent.stage.riders.empty()) return;
  const Rider& given = intent.stage.riders.front();
  if (Rider* other = rider_in(d, given.rider_id); other != nullptr) {
    std::swap(old->lane, other->lane);
    return;
  }
  const std::uint64_t lane = old->lane;
  *old = given;
  old->lane = lane;
}

void assign_lane(Decisions& d, const Intent& intent) {
  Rider* rider = rider_in(d, intent.rider_id);
  if (rider == nullptr) return;
  const auto holder = std::ranges::find(d.riders, *intent.lane, &Rider::lane);
  if (holder != d.riders.end()) holder->lane = rider->lane;
  rider->lane = *intent.lane;
}

void take_away(Rider& rider, const Intent& intent) {
  if (intent.transponder_id) {
    if (rider.transponder_id == intent.transponder_id) rider.transponder_id.reset();
    std::erase(rider.transponder_ids, *intent.transponder_id);
  }
  if (!intent.transponder_string.empty() && rider.transponder_string == intent.transponder_string)
    rider.transponder_string.clear();
}

void assign_transponder(Decisions& d, const Intent& intent) {
  Rider* rider = rider_in(d, intent.rider_id);
  if (rider == nullptr) return;
  for (Rider& other : d.riders) take_away(other, intent);
  if (intent.replaces) {
    rider->transponder_id.reset();
    rider->transponder_ids.clear();
    rider->transponder_string.clear();
  }
  if (!intent.transponder_string.empty()) rider->transponder_string = intent.transponder_string;
  if (!intent.transponder_id) return;
  if (!rider->transponder_id) {
    rider->transponder_id = intent.transponder_id;
  } else if (rider->transponder_ids.size() < kMaxTransponders) {
    rider->transponder_ids.push_back(*intent.transponder_id);
  }
}

void end(Decisions& d, FinishCause cause, std::uint64_t seq) {
  if (d.ended) return;
  d.ended = cause;
  d.ended_seq = seq;
}

Gate gate_by_hand(const Intent& intent) {
  const std::uint64_t at = intent.time_us.value_or(intent.ts_us);
  return {.id = {.rtc_time_us = at}, .captured_at_us = at, .origin = GateOrigin::kHand};
}

void apply(Decisions& d, const Action& action) {
  const Intent& intent = action.intent;
  switch (intent.kind) {
    case Kind::kDns:
      rule(d, intent, Status::kDns);
      break;
    case Kind::kDnf:
      rule(d, intent, Status::kDnf);
      break;
    case Kind::kDsq:
      rule(d, intent, Status::kDsq);
      break;
    case Kind::kRel:
      rule(d, intent, Status::kRel);
      break;
    case Kind::kSetPlace:
      place(d, intent);
      break;
    case Kind::kSetTime:
      time(d, intent);
      break;
    case Kind::kPhotoFinish:
      d.photo = intent.order;
      break;
    case Kind::kAssignRider:
      assign_rider(d, intent);
      break;
    case Kind::kAssignLane:
      assign_lane(d, intent);
      break;
    case Kind::kAssignTransponder:
      assign_transponder(d, intent);
      break;
    case Kind::kForceFinish:
      end(d, FinishCause::kForceFinish, intent.at_seq);
      break;
    case Kind::kRaceTimeout:
      end(d, FinishCause::kRaceTimeout, intent.at_seq);
      break;
    case Kind::kRedFlag:
      d.red_flag = true;
      break;
    case Kind::kAllClear:
      d.red_flag = false;
      break;
    case Kind::kGate:
      d.gate = gate_by_hand(intent);
      break;
    default:
      break;  // a passing's assignment stands in EngineState::pins
  }
  if (action.keeps_finished) end(d, FinishCause::kAllFinished, intent.at_seq);
}

}  // namespace

const Ruling* Decisions::ruling_of(std::string_view rider_id) const {
  const auto found = std::ranges::find(rulings, rider_id, &Ruling::rider_id);
  return found == rulings.end() ? nullptr : &*found;
}

Decisions decide(const StageRequest& request, const std::vector<Action>& actions) {
  Decisions d{.riders = request.riders};
  for (const Action& action : actions) apply(d, action);
  std::ranges::sort(d.riders, {}, &Rider::lane);
  return d;
}

}  // namespace holeshot::race
