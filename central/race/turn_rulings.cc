// What officials decide of a race and its passings.
#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <utility>

#include "central/race/turn.h"

namespace holeshot::race {

namespace {

using Kind = Intent::Kind;

Refusal unknown_rider(const Race& race, std::string_view rider_id) {
  return {"unknown_rider", fmt::format("moto {} has no rider {}", race.moto_id(), rider_id)};
}

Refusal check_rider_change(const Intent& intent, const Race& race) {
  const Rider& given = intent.stage.riders.front();
  if (race.has(given.rider_id)) return {};
  StageRequest request = race.moto.request();
  for (Rider& rider : request.riders) {
    if (rider.rider_id != intent.rider_id) continue;
    const std::uint64_t lane = rider.lane;
    rider = given;
    rider.lane = lane;
  }
  return refusal_of(request, race.rules);
}

Refusal check_transponder(const Intent& intent, const Race& race) {
  if (!intent.transponder_id || !race.moto.meaning_of(*intent.transponder_id, "")) return {};
  return {"duplicate_transponder", fmt::format("{} is the gate's, and no bike's", *intent.transponder_id)};
}

Refusal check_order(const Intent& intent, const Race& race) {
  const std::set<std::string> once(intent.order.begin(), intent.order.end());
  if (once.size() != intent.order.size())
    return {"duplicate_rider", "a rider stands twice in the photo's order"};
  if (intent.order.size() < 2) return {"bad_order", "a photo finish orders two riders or more"};
  for (const std::string& id : intent.order) {
    if (!race.has(id)) return unknown_rider(race, id);
  }
  return {};
}

}  // namespace

// The race that an intent is about: the one it names, the latest run of it, or the only one there is.
Race* Turn::race_meant(const Intent& intent, Refusal& refusal) {
  if (!intent.moto_id.empty()) {
    for (auto* races : {&state_.motos, &state_.past}) {
      for (Race& race : *races) {
        if (race.moto_id() == intent.moto_id && !race.off) return &race;
      }
    }
    refusal = {"unknown_moto", fmt::format("moto {} is not on the track, and not among the latest that were",
                                           intent.moto_id)};
    return nullptr;
  }
  if (state_.motos.empty()) {
    refusal = {"no_moto", "no moto is on the track: say which one with moto_id"};
    return nullptr;
  }
  if (state_.motos.size() > 1) {
    refusal = {"which_moto", "several motos are on the track: say which one with moto_id"};
    return nullptr;
  }
  return &state_.motos.front();
}

Refusal Turn::refusal_of_ruling(const Intent& intent, const Race& race) const {
  if (race.actions.size() >= kMaxActions)
    return {"too_many_actions",
            fmt::format("{} actions on moto {}: undo some first", kMaxActions, race.moto_id())};
  if (!intent.rider_id.empty() && !race.has(intent.rider_id)) return unknown_rider(race, intent.rider_id);
  switch (intent.kind) {
    case Kind::kSetPlace:
      if (*intent.place < 1 || *intent.place > race.moto.riders().size())
        return {"bad_place", fmt::format("places go from 1 to {}", race.moto.riders().size())};
      return {};
    case Kind::kSetTime:
      if (*intent.elapsed_us == 0 || *intent.elapsed_us > race.rules.max_elapsed_us)
        return {"bad_time",
                fmt::format("a time is between 1 and {} microseconds", race.rules.max_elapsed_us)};
      return {};
    case Kind::kPhotoFinish:
      return check_order(intent, race);
    case Kind::kAssignLane:
      if (*intent.lane < 1 || *intent.lane > race.rules.max_lane)
        return {"bad_lane", fmt::format("lanes go from 1 to {}", race.rules.max_lane)};
      return {};
    case Kind::kAssignRider:
      return check_rider_change(intent, race);
    case Kind::kAssignTransponder:
      return check_transponder(intent, race);
    case Kind::kRedFlag:
      if (race.decided.red_flag)
        return {"red_flag", fmt::format("moto {} is stopped already", race.moto_id())};
      return {};
    case Kind::kAllClear:
      if (!race.decided.red_flag)
        return {"no_red_flag", fmt::format("moto {} is not stopped", race.moto_id())};
      return {};
    default:
      return {};
  }
}

Refusal Turn::rule(const Intent& intent) {
  Refusal refusal;
  Race* race = race_meant(intent, refusal);
  if (race == nullptr) return refusal;
  if ((refusal = refusal_of_ruling(intent, *race))) return refusal;
  const bool changes_riders = intent.kind == Kind::kAssignRider || intent.kind == Kind::kAssignLane ||
                              intent.kind == Kind::kAssignTransponder;
  act(*race, intent, changes_riders && race->phase() == Phase::kFinished);
  return {};
}

void Turn::act(Race& race, Intent intent, bool keeps_finished) {
  say_ruling(intent, intent, race, false);
  intent.moto_id = race.moto_id();
  intent.at_seq = state_.passings_seen;
  if (!intent.stage.riders.empty()) intent.stage.riders.resize(1);
  race.actions.push_back({std::move(intent), state_.next_order(), keeps_finished});
  follow();
}

Refusal Turn::gate_by_hand(const Intent& intent) {
  Refusal refusal;
  Race* race = intent.moto_id.empty() ? staged() : race_meant(intent, refusal);
  if (race == nullptr && !refusal) return {"not_staged", "nobody stands on the gate: stage a moto first"};
  if (race == nullptr) return refusal;
  if (race->actions.size() >= kMaxActions) return refusal_of_ruling(intent, *race);
  act(*race, intent, race->phase() == Phase::kFinished);
  return {};
}

Refusal Turn::assign_passing(const Intent& intent) {
  if (state_.pins.size() >= kMaxPins)
    return {"too_many_assignments", fmt::format("{} passings are assigned by hand already", kMaxPins)};
  Refusal refusal;
  Race* target = intent.ignore ? nullptr : race_meant(intent, refusal);
  if (refusal) return refusal;
  if (target != nullptr && !target->has(intent.rider_id)) return unknown_rider(*target, intent.rider_id);
  const Race* from = nullptr;
  bool known = std::ranges::any_of(
      state_.loose, [&](const LoosePassing& kept) { return is_id_of(intent.passing, kept.passing); });
  Pin pin{.intent = intent, .run = target == nullptr ? 0 : target->run};
  for (const auto* races : {&state_.motos, &state_.past}) {
    for (const Race& race : *races) {
      for (std::size_t i = 0; i < race.moto.riders().size() && !race.off; ++i) {
        if (std::ranges::none_of(race.moto.hits(i),
                                 [&](const Hit& h) { return is_id_of(intent.passing, h.passing); }))
          continue;
        known = true;
        from = &race;
      }
    }
  }
  if (!known) return {"unknown_passing", fmt::format("no passing {} is kept", key_of(intent.passing))};
  for (const Race* race : {from, static_cast<const Race*>(target)}) {
    if (race != nullptr && race->phase() == Phase::kFinished)
      pin.keeps_finished.emplace_back(race->moto_id(), race->run);
  }
  pin.intent.moto_id = target == nullptr ? (from == nullptr ? "" : from->moto_id()) : target->moto_id();
  pin.intent.at_seq = state_.passings_seen;
  pin.order = state_.next_order();
  if (target != nullptr || from != nullptr)
    say_ruling(intent, intent, target != nullptr ? *target : *from, false);
  state_.pins.push_back(std::move(pin));
  follow();
  return {};
}

void Turn::say_ruling(const Intent& said, const Intent& by, const Race& race, bool undone) {
  emit(event_type::kRuling, ruling_payload(race, said, by, undone), &race, said.rider_id);
}

}  // namespace holeshot::race
