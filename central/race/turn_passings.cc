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
    if (newest.decoder_id == passing.decoder_id && newest.rtc_time_us > passing.rtc_time_us &&
        newest.rtc_time_us - passing.rtc_time_us > race.rules.hold_back_us)
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
  const std::string rider_id = race.moto.riders()[*place.rider].rider_id;
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
  announce(race);
  placed_ = nullptr;
}

void Turn::practise(const Passing& passing) {
  const auto lap = state_.practice.pass(passing, state_.clocks, rules_);
  if (!lap) return;
  std::vector<std::string> riders;
  if (!lap->rider_id.empty()) riders.push_back(lap->rider_id);
  emit(lap->loop.is_finish ? event_type::kPracticeLap : event_type::kPracticeSplit, practice_payload(*lap),
       nullptr, std::move(riders));
}

void Turn::flag(std::string_view type, std::string_view reason, std::string_view detail,
                const Passing& passing, const Race* race, std::string_view rider_id) {
  std::vector<std::string> riders;
  if (!rider_id.empty()) riders.emplace_back(rider_id);
  const Race* of = race != nullptr || state_.motos.empty() ? race : &state_.motos.front();
  emit(type, flagged_payload({type, reason, detail}, passing, of == nullptr ? "" : of->moto_id(), rider_id),
       of, std::move(riders));
}

void Turn::emit(std::string_view type, std::string payload, const Race* race,
                std::vector<std::string> riders) {
  const std::uint64_t ordinal = ++state_.ordinal;
  RaceEvent& event = out_.emplace_back(RaceEvent{.track_id = state_.track});
  event.event_id = contract::derived_id(input_.source, ordinal);
  event.event_type = type;
  if (race != nullptr) {
    event.moto_id = race->request.moto_id;
    event.event_ref = race->request.event_ref;
    event.class_id = race->request.class_id;
  }
  event.riders = std::move(riders);
  event.ts_us = input_.ts_us;
  event.source = input_.source;
  event.ordinal = ordinal;
  event.payload = std::move(payload);
}

void Turn::emit_all(std::string_view type, std::string payload, const Race& race) {
  std::vector<std::string> ids;
  ids.reserve(race.moto.riders().size());
  for (const Rider& rider : race.moto.riders()) ids.push_back(rider.rider_id);
  emit(type, std::move(payload), &race, std::move(ids));
}

}  // namespace holeshot::race
