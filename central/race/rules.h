// The numbers that the rules of a race use. All in one value, so that a rule book stays data.
#pragma once

#include <cstddef>
#include <cstdint>

namespace holeshot::race {

// Value type. The defaults are those of a club's race day.
struct Rules {
  // What a decoder's external start input is reported as; the gate is wired into it.
  std::uint64_t gate_transponder = 9992;
  // A BMX gate has eight lanes.
  std::uint64_t max_lane = 8;
  std::size_t max_riders = 8;
  // One wheel over one loop is read more than once within some tens of milliseconds; no rider needs less than
  // this from one loop to another loop of the same decoder.
  std::uint64_t hold_off_us = 500'000;
  // The slowest novices need 75 s. What is further from the gate than this has nothing to do with it.
  std::uint64_t max_elapsed_us = 600'000'000;
  // After this long a race is over for whoever is still on the track. Host time, counted by RaceTimeouts.
  std::uint64_t race_timeout_us = 90'000'000;
};

// Bounds that keep an engine's memory bounded whatever comes in.
inline constexpr std::size_t kMaxLoops = 32;         // ten are many
inline constexpr std::size_t kMaxHitsPerRider = 64;  // kept of one rider beside the crossings that count
inline constexpr std::size_t kMaxEarly = 64;         // passings kept that came before their gate pulse
inline constexpr std::size_t kMaxGatePulses = 64;    // remembered, to know one that is sent again
inline constexpr std::size_t kMaxAlerts = 32;        // raised at once
inline constexpr std::size_t kMaxAlertBytes = 1000;  // of text: it has to fit a board

}  // namespace holeshot::race
