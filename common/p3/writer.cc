#include "common/p3/writer.h"

#include "common/base/check.h"
#include "common/p3/crc.h"
#include "common/p3/frame.h"
#include "common/p3/tags.h"

namespace holeshot::p3 {

namespace {

void put_u16(base::Bytes& frame, std::size_t at, std::uint16_t value) {
  frame[at] = static_cast<std::uint8_t>(value);
  frame[at + 1] = static_cast<std::uint8_t>(value >> 8);
}

// REQUIRES: a whole unescaped frame.
base::Bytes escaped(base::ByteView frame) {
  base::Bytes wire;
  wire.reserve(frame.size() + 8);
  wire.push_back(kSor);
  for (const std::uint8_t byte : frame.subspan(1, frame.size() - 2)) {
    const bool escape = byte >= kEscape && byte <= kEor;
    if (escape) wire.push_back(kEscape);
    wire.push_back(escape ? static_cast<std::uint8_t>(byte + kEscapeOffset) : byte);
  }
  wire.push_back(kEor);
  return wire;
}

}  // namespace

FrameBuilder::FrameBuilder(std::uint16_t tor, std::uint8_t version, std::uint16_t flags)
    : frame_(kHeaderSize, std::uint8_t{0}) {
  HOLESHOT_CHECK(tor != tor::kClearPassing, "CLEAR_PASSING destroys a decoder's history: it is never built");
  HOLESHOT_CHECK(tor != tor::kReset, "RESET is never built");
  frame_[0] = kSor;
  frame_[1] = version;
  put_u16(frame_, 6, flags);
  put_u16(frame_, 8, tor);
}

FrameBuilder& FrameBuilder::number(std::uint8_t tag, std::uint64_t value, std::size_t size) {
  HOLESHOT_CHECK(size <= 8 && (size == 8 || value >> (8 * size) == 0), "the number fits its field");
  frame_.push_back(tag);
  frame_.push_back(static_cast<std::uint8_t>(size));
  base::append_le(frame_, value, size);
  return *this;
}

FrameBuilder& FrameBuilder::bytes(std::uint8_t tag, base::ByteView value) {
  HOLESHOT_CHECK(value.size() <= 0xFF, "a field has at most 255 bytes");
  frame_.push_back(tag);
  frame_.push_back(static_cast<std::uint8_t>(value.size()));
  frame_.insert(frame_.end(), value.begin(), value.end());
  return *this;
}

FrameBuilder& FrameBuilder::decoder(DecoderId id) { return u32(tag::kDecoderId, id.value()); }

base::Bytes FrameBuilder::finish() const {
  base::Bytes frame = frame_;
  frame.push_back(kEor);
  HOLESHOT_CHECK(frame.size() <= 0xFFFF, "LENGTH has 16 bits");
  put_u16(frame, 2, static_cast<std::uint16_t>(frame.size()));
  put_u16(frame, kCrcOffset, frame_crc(frame));
  return escaped(frame);
}

}  // namespace holeshot::p3
