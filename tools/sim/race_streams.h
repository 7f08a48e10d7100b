// Streams of random numbers that do not disturb each other: a knob that draws from its own changes nothing for those it
// does not strike.
#pragma once

#include <cstdint>

#include "tools/sim/random.h"

namespace holeshot::sim {

enum class Stream : std::uint64_t {
  kRace = 1,
  kRider,
  kDraw,
  kPause,
  kDouble,
  kGate,
  kStart,
  kChip,
  kWrongLane,
  kLate,
  kWalk,
  kOverlap,
};

// The one of this seed and purpose for the race, or whatever else, with this number.
inline Random stream(std::uint64_t seed, Stream what, std::uint64_t index) {
  Random mixed(seed * 0x9E3779B97F4A7C15ULL + static_cast<std::uint64_t>(what));
  return Random(mixed.next() ^ (index * 0xD1B54A32D192ED03ULL));
}

// Of one rider in one race.
inline Random stream(std::uint64_t seed, Stream what, std::uint64_t race, std::uint32_t transponder) {
  return stream(seed, what, race * 0x100000000ULL + transponder);
}

}  // namespace holeshot::sim
