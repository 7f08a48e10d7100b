// Builds one wire frame: FrameBuilder(tor::kStatus).u16(status_tag::kNoise, 53).decoder(id).finish().
//
// This is what a decoder says: for simulators and tests. What may be sent to a decoder is in requests.h, and
// nothing else may. RESET and CLEAR_PASSING cannot be built at all: one destroys the decoder's history, and
// of the other nobody has said what it destroys. Value type; one thread at a time.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/base/bytes.h"
#include "common/p3/record.h"

namespace holeshot::p3 {

inline constexpr std::uint8_t kRecordVersion = 0x02;   // in every frame a decoder sends
inline constexpr std::uint8_t kRequestVersion = 0x00;  // what Orbits sends

class FrameBuilder {
 public:
  // REQUIRES: `tor` is neither RESET nor CLEAR_PASSING.
  explicit FrameBuilder(std::uint16_t tor, std::uint8_t version = kRecordVersion, std::uint16_t flags = 0);

  // A number in `size` bytes, little-endian. REQUIRES: size <= 8 and the value fits.
  FrameBuilder& number(std::uint8_t tag, std::uint64_t value, std::size_t size);
  FrameBuilder& u8(std::uint8_t tag, std::uint8_t value) { return number(tag, value, 1); }
  FrameBuilder& u16(std::uint8_t tag, std::uint16_t value) { return number(tag, value, 2); }
  FrameBuilder& u32(std::uint8_t tag, std::uint32_t value) { return number(tag, value, 4); }
  FrameBuilder& u64(std::uint8_t tag, std::uint64_t value) { return number(tag, value, 8); }
  // REQUIRES: at most 255 bytes.
  FrameBuilder& bytes(std::uint8_t tag, base::ByteView value);
  FrameBuilder& text(std::uint8_t tag, std::string_view value) { return bytes(tag, base::as_bytes(value)); }
  // A field of length 0: a request's "send me this".
  FrameBuilder& ask(std::uint8_t tag) { return bytes(tag, {}); }
  FrameBuilder& decoder(DecoderId id);

  // The wire bytes: LENGTH and CRC filled in, 8D, 8E and 8F escaped. REQUIRES: at most 65,535 bytes
  // unescaped.
  [[nodiscard]] base::Bytes finish() const;

 private:
  base::Bytes frame_;  // unescaped, without the EOR
};

}  // namespace holeshot::p3
