#include <algorithm>
#include <utility>

#include "central/race/turn.h"

namespace holeshot::race {

namespace {
constexpr std::string_view kUnmatched = event_type::kPassingUnmatched;
constexpr std::string_view kFlagged = event_type::kPassingFlagged;

// What a decoder has seen since, as far as a race knows: the newest passing of it.
bool is_out_of_order(const Race& race, const Passing& passing) {
  for (std::size_t rider = 0; rider < race.moto.riders().size(); ++rider) {
    const auto& hits = race.moto.hits(rider);
    if (hits.empty()) continue;
    const Passing& newest = hits.back().passing;
    if (newest.rtc_time_us > passing.rtc_time_us &&
        newest.rtc_time_us - passing.rtc_time_us > race.rules.hold_back_us &&
        newest.decoder_id == passing.decoder_id)
      return true;
  }
  return false;
}
}  // namespace

void Turn::take(const Passing& passing) {
  if (const auto meaning = meaning_of(passing)) return gate_pulse(passing, *meaning);
  const std::uint64_t seq = ++state_.passings_seen;
  Place place = place_of(state_, passing, seq);
  if (place.fate == Fate::kRide) {
    if (place.confidence == Confidence::kCertain && is_out_of_order(*place.race, passing)) {
      place.confidence = Confidence::kLikely;
      place.reason = "came in out of order, later than the hold-back";
    }
    return count(passing, seq, place);
  }
  const bool special = passing.transponder_id && *passing.transponder_id >= rules_.special_first &&
                       *passing.transponder_id <= rules_.special_last && !place.rider;
  if (special)
    return flag(kFlagged, "special_input", "an input that is not wired to anything on this track", passing);
  if (!keep_loose(passing, seq)) {
    return flag(kFlagged, "resent", "this passing was here before", passing, place.race,
                place.rider ? std::string_view{place.race->moto.riders()[*place.rider].rider_id} : "");
  }
  say_loose(passing, place);
  if (place.fate == Fate::kBeforeGate) start_from_hill();
  if (state_.practice.on) practise(passing);
}

void Turn::say_loose(const Passing& passing, const Place& place) {
  const std::string_view rider_id =
      place.rider ? std::string_view{place.race->moto.riders()[*place.rider].rider_id} : std::string_view{};
  switch (place.fate) {
    case Fate::kRide:
      return;
    case Fate::kIgnored:
      return flag(kFlagged, "ignored", "an official said that it counts for nobody", passing);
    case Fate::kBeforeGate:
      return flag(kFlagged, "before_gate", "the gate has not dropped", passing, place.race, rider_id);
    case Fate::kClock: {
      const auto time = place.race->time_of(passing, state_.clocks);
      return flag(kFlagged, "clock", time ? "too long after the gate" : "before the gate by decoder time",
                  passing, place.race, rider_id);
    }
    case Fate::kUnknownDecoder:
      return flag(kUnmatched, "unknown_decoder", "no loop of this track hangs on this decoder", passing,
                  place.race, rider_id);
    case Fate::kUnknownTransponder:
      return flag(kUnmatched, "unknown_transponder", "no rider on the track has it", passing,
                  state_.motos.empty() ? nullptr : &state_.motos.front());
    case Fate::kNotRacing:
      return flag(kUnmatched, "not_racing", "no moto is on the track", passing);
  }
}

// False where the same passing is kept already.
bool Turn::keep_loose(const Passing& passing, std::uint64_t seq) {
  const PassingId id = id_of(passing);
  for (const LoosePassing& kept : state_.loose) {
    if (is_id_of(id, kept.passing)) return false;
  }
  if (state_.loose.size() >= kMaxLoose) state_.loose.erase(state_.loose.begin());
  state_.loose.push_back({passing, seq});
  return true;
}

void Turn::count(const Passing& passing, std::uint64_t seq, const Place& place) {
  Race& race = *place.race;
  const std::string_view rider_id = race.moto.riders()[*place.rider].rider_id;
  const HitOutcome outcome = race.add(*place.rider, place.time, passing, seq, state_.clocks);
  if (outcome.known)
    return flag(kFlagged, "resent", "this passing was here before", passing, &race, rider_id);
  if (outcome.verdict == HitVerdict::kDouble) {
    flag(kFlagged, "double", "the rider crossed this loop already", passing, &race, rider_id);
  } else if (outcome.verdict == HitVerdict::kWindow) {
    flag(kFlagged, "window", "no loop of this decoder can be reached at this time", passing, &race, rider_id);
  } else if (outcome.verdict == HitVerdict::kLate) {
    flag(kFlagged, "late", "the race was over without this rider's finish", passing, &race, rider_id);
  }
  for (const Passing& other : outcome.demoted) {
    flag(kFlagged, "double", "an earlier passing of the rider came in later", other, &race, rider_id);
  }
  if (outcome.verdict != HitVerdict::kCrossing && outcome.demoted.empty()) return;
  placed_ = &place;
  settle_estimate(race);
  announce(race, place.rider);
  placed_ = nullptr;
}

void Turn::practise(const Passing& passing) {
  const auto lap = state_.practice.pass(passing, state_.clocks, rules_);
  if (!lap) return;
  emit(lap->loop.is_finish ? event_type::kPracticeLap : event_type::kPracticeSplit, practice_payload(*lap),
       nullptr, lap->rider_id);
}

void Turn::flag(std::string_view type, std::string_view reason, std::string_view detail,
                const Passing& passing, const Race* race, std::string_view rider_id) {
  const Race* of = race != nullptr || state_.motos.empty() ? race : &state_.motos.front();
  emit(type, flagged_payload({type, reason, detail}, passing, of == nullptr ? "" : of->moto_id(), rider_id),
       of, rider_id);
}

RaceEvent& Turn::add_event(std::string_view type, const Race* race) {
  static const StageRequest kNone;
  const StageRequest& of = race == nullptr ? kNone : race->request;
  RaceEvent& event = out_.add();
  event.ordinal = ++state_.ordinal;
  contract::write_derived_id(input_.source, event.ordinal, event.event_id);
  event.event_type = type;
  event.track_id = state_.track;
  event.moto_id = of.moto_id;
  event.event_ref = of.event_ref;
  event.class_id = of.class_id;
  event.ts_us = input_.ts_us;
  event.source = input_.source;
  return event;
}

std::string& Turn::say_of(std::string_view type, const Race& race, std::size_t rider) {
  RaceEvent& event = add_event(type, &race);
  event.riders.resize(1);
  event.riders.front() = race.moto.riders()[rider].rider_id;
  event.payload.clear();
  return event.payload;
}

std::string& Turn::say_to_all(std::string_view type, const Race& race) {
  RaceEvent& event = add_event(type, &race);
  const auto& riders = race.moto.riders();
  event.riders.resize(riders.size());
  for (std::size_t i = 0; i < riders.size(); ++i) event.riders[i] = riders[i].rider_id;
  event.payload.clear();
  return event.payload;
}

void Turn::emit(std::string_view type, std::string payload, const Race* race, std::string_view rider_id) {
  RaceEvent& event = add_event(type, race);
  event.riders.clear();
  if (!rider_id.empty()) event.riders.emplace_back(rider_id);
  event.payload = std::move(payload);
}

void Turn::emit_all(std::string_view type, std::string payload, const Race& race) {
  say_to_all(type, race) = std::move(payload);
}

}  // namespace holeshot::race
