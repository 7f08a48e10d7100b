// The simulated track: its four decoders and its riders. Fixed, so that a track can be set up by them.
// Constant data.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/p3/record.h"

namespace holeshot::sim {

struct Loop {
  p3::DecoderId decoder;
  std::string_view name;
};

// In the order in which riders cross them. The gate pulse goes into the hill decoder's AUX input.
inline constexpr std::array<Loop, 4> kLoops{{{p3::DecoderId{0x010C00D0}, "Hill"},      // D0000C01
                                             {p3::DecoderId{0x020C00D0}, "Corner 1"},  // D0000C02
                                             {p3::DecoderId{0x030C00D0}, "Corner 2"},  // D0000C03
                                             {p3::DecoderId{0x040C00D0}, "Finish"}}};  // D0000C04
inline constexpr std::size_t kHill = 0;

// Some of the decoders: bit i stands for kLoops[i].
using DecoderSet = std::uint8_t;
inline constexpr DecoderSet kAllDecoders = 0x0F;
[[nodiscard]] constexpr DecoderSet only(std::size_t decoder) {
  return static_cast<DecoderSet>(1U << decoder);
}
[[nodiscard]] constexpr bool has(DecoderSet set, std::size_t decoder) {
  return (unsigned{set} >> decoder & 1U) != 0;
}

inline constexpr std::size_t kLanes = 8;
inline constexpr std::uint32_t kFirstTransponder = 7'000'001;

struct Rider {
  std::uint32_t transponder = 0;
  std::string label;  // "HS-00001", as printed on the chip
  bool operator==(const Rider&) const = default;
};

// The rider with this chip: its label is "HS-" and the last five digits of its number.
[[nodiscard]] Rider rider_with(std::uint32_t transponder);
// Riders of group `group` (from 0): 7000001 + 8 * group and so on. REQUIRES: count <= kLanes.
[[nodiscard]] std::vector<Rider> group_riders(std::uint32_t group, std::size_t count);

}  // namespace holeshot::sim
