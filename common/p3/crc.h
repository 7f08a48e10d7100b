// The CRC of P3 (and of the AMBrc ASCII protocol): polynomial 1021h, start FFFFh, the data byte enters at the
// bottom of the register. It is plain long division, not CRC-16/CCITT-FALSE: "123456789" gives A69D. Pure
// functions.
#pragma once

#include <cstdint>

#include "common/base/bytes.h"

namespace holeshot::p3 {

inline constexpr std::uint16_t kCrcStart = 0xFFFF;

// `reg` after `bytes`. Feeding in pieces gives the same as feeding at once.
[[nodiscard]] std::uint16_t crc16(base::ByteView bytes, std::uint16_t reg = kCrcStart);

// Where the CRC stands in an unescaped frame, little-endian.
inline constexpr std::size_t kCrcOffset = 4;

// The CRC of a whole unescaped frame, SOR to EOR: what should stand in its CRC field, whatever stands there
// now. REQUIRES: frame.size() >= 8.
[[nodiscard]] std::uint16_t frame_crc(base::ByteView frame);

}  // namespace holeshot::p3
