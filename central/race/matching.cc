#include "central/race/matching.h"

#include <algorithm>
#include <array>

namespace holeshot::race {

namespace {

// What was found so far, from the newest gate on.
struct Search {
  Place best;
  Place guess;
  Place staged;
  Place clock;
  Place no_decoder;
  bool several = false;
};

void note(Place& place, Fate fate, Race& race, std::size_t rider) {
  if (place.race != nullptr) return;
  place.fate = fate;
  place.race = &race;
  place.rider = rider;
}

void look_at(Search& search, Race& race, const Passing& passing, std::uint64_t seq, const ClockBook& book) {
  const auto rider = race.moto.rider_of(passing);
  if (!rider) return;
  if (race.moto.fit(passing.decoder_id, 0) == LoopFit::kNoDecoder)
    return note(search.no_decoder, Fate::kUnknownDecoder, race, *rider);
  if (!race.gate()) {
    // What was seen before it was staged belongs to an earlier race, if to any.
    if (seq > race.staged_seq) note(search.staged, Fate::kBeforeGate, race, *rider);
    return;
  }
  const auto time = race.time_of(passing, book);
  if (!time || time->elapsed_us > race.rules.max_elapsed_us) {
    return note(search.clock, Fate::kClock, race, *rider);
  }
  const LoopFit fit = race.moto.fit(passing.decoder_id, time->elapsed_us);
  Place& place = fit == LoopFit::kFits ? search.best : search.guess;
  if (place.race != nullptr) {
    search.several = search.several || fit == LoopFit::kFits;
    return;
  }
  note(place, Fate::kRide, race, *rider);
  place.time = *time;
}

Place judged(Search& search, const EngineState& state, const Passing& passing) {
  if (search.best.race != nullptr) {
    search.best.reason = "the only race under way that lists the rider";
    if (search.several) {
      search.best.confidence = Confidence::kLikely;
      search.best.reason = "the newest of several gates that list the rider";
    } else if (!passing.transponder_id) {
      search.best.confidence = Confidence::kLikely;
      search.best.reason = "known by the transponder's text alone";
    }
    return search.best;
  }
  if (search.staged.race != nullptr) return search.staged;
  if (search.guess.race != nullptr) {
    search.guess.confidence = Confidence::kGuess;
    search.guess.reason = "no loop is likely at that time; the newest gate that lists the rider";
    return search.guess;
  }
  if (search.clock.race != nullptr) return search.clock;
  if (search.no_decoder.race != nullptr) return search.no_decoder;
  return {.fate = state.motos.empty() ? Fate::kNotRacing : Fate::kUnknownTransponder};
}

Place pinned(EngineState& state, const Pin& pin, const Passing& passing) {
  if (pin.intent.ignore) return {.fate = Fate::kIgnored};
  Race* race = find_race(state, pin.intent.moto_id, pin.run);
  if (race == nullptr) return {.fate = Fate::kUnknownTransponder};
  const auto rider = race->moto.rider_called(pin.intent.rider_id);
  if (!rider) return {.fate = Fate::kUnknownTransponder};
  Place place{
      .race = race, .rider = rider, .confidence = Confidence::kOfficial, .reason = "assigned by an official"};
  const auto time = race->time_of(passing, state.clocks);
  if (race->moto.fit(passing.decoder_id, 0) == LoopFit::kNoDecoder) {
    place.fate = Fate::kUnknownDecoder;
    return place;
  }
  place.fate = !race->gate() ? Fate::kBeforeGate : time ? Fate::kRide : Fate::kClock;
  place.time = time.value_or(Race::Time{});
  return place;
}

}  // namespace

std::string_view to_string(Confidence confidence) {
  constexpr std::array<std::string_view, 4> kNames{"certain", "likely", "guess", "official"};
  return kNames[static_cast<std::size_t>(confidence)];
}

Race* find_race(EngineState& state, std::string_view moto_id, std::uint64_t run) {
  for (auto* races : {&state.motos, &state.past}) {
    for (Race& race : *races) {
      if (race.run == run && race.moto_id() == moto_id && !race.off) return &race;
    }
  }
  return nullptr;
}

Place place_of(EngineState& state, const Passing& passing, std::uint64_t seq) {
  for (auto pin = state.pins.rbegin(); pin != state.pins.rend(); ++pin) {
    if (is_id_of(pin->intent.passing, passing)) return pinned(state, *pin, passing);
  }
  Search search;
  for (Race& race : state.motos) look_at(search, race, passing, seq, state.clocks);
  if (search.best.race == nullptr) {
    Search earlier;
    for (Race& race : state.past) {
      if (!race.off) look_at(earlier, race, passing, seq, state.clocks);
    }
    // A race that is over and off the track gets what fits it; what fits nowhere is not forced upon it.
    if (earlier.best.race != nullptr && search.staged.race == nullptr) search.best = earlier.best;
  }
  return judged(search, state, passing);
}

}  // namespace holeshot::race
