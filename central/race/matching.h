// Whose a passing is: the newest gate whose window fits its loop and whose moto lists the rider. Judged by decoder time
// and by what is staged alone, never by the order of arrival.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "central/race/engine_state.h"

namespace holeshot::race {

enum class Fate : std::uint8_t {
  kRide,                // a rider's passing in a race
  kIgnored,             // an official said so
  kBeforeGate,          // of a moto that stands on the gate
  kClock,               // of a rider on the track, at no time of a race
  kUnknownDecoder,      // of a rider, at a decoder without a loop
  kUnknownTransponder,  // of nobody
  kNotRacing,           // and nothing is on the track
};

enum class Confidence : std::uint8_t {
  kCertain,   // one race lists the rider, and the time fits
  kLikely,    // the newest of several that fit; or known by its text alone; or out of order
  kGuess,     // nothing fits well
  kOfficial,  // an official said so
};
[[nodiscard]] std::string_view to_string(Confidence confidence);

// Valid until motos come or go.
struct Place {
  Fate fate = Fate::kNotRacing;
  Race* race = nullptr;              // where it belongs to one
  std::optional<std::size_t> rider;  // of that race's moto
  Race::Time time;                   // for a ride
  Confidence confidence = Confidence::kCertain;
  std::string_view reason;  // for people
};

// `seq`: in the order in which the engine saw passings.
[[nodiscard]] Place place_of(EngineState& state, const Passing& passing, std::uint64_t seq);

[[nodiscard]] Race* find_race(EngineState& state, std::string_view moto_id, std::uint64_t run);

}  // namespace holeshot::race
