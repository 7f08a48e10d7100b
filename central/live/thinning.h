// Thinning: which deltas of ticks a viewer is not sent though its socket would take them. Pure and the same for the same
// viewer and tick, so that who comes back, or watches from two places, sees the same ones. Only deltas are ever thinned:
// keyframes, events, results, flags and notices always go out.
#pragma once

#include <cstdint>
#include <string_view>

namespace holeshot::live {

// Of a text, for sampled_in(). FNV-1a.
[[nodiscard]] constexpr std::uint64_t sample_seed(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

// hash(viewer and track, tick) % 100 < percent. `seed`: of viewer and track. `moment`: of the tick, the same for all motos
// on the track, whose ticks then come or stay away together. Different viewers leave out different ticks, so what a loop
// has to write is spread over all of them. The mixing is that of splitmix64.
[[nodiscard]] constexpr bool sampled_in(std::uint64_t seed, std::uint64_t moment, unsigned percent) {
  std::uint64_t z = seed + (moment + 1) * 0x9e3779b97f4a7c15U;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return (z ^ (z >> 31U)) % 100 < percent;
}

// Whether the tick of this index is among `wanted_hz` evenly spread ones of `tick_hz` a second.
[[nodiscard]] constexpr bool due_at_rate(std::uint64_t tick_index, unsigned wanted_hz, unsigned tick_hz) {
  if (tick_hz == 0 || wanted_hz >= tick_hz) return true;
  return (tick_index + 1) * wanted_hz / tick_hz != tick_index * wanted_hz / tick_hz;
}

}  // namespace holeshot::live
