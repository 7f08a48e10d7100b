#include "common/p3/crc.h"

#include <gtest/gtest.h>

#include "common/p3/testing.h"

namespace holeshot::p3 {
namespace {

using testing::hex;

// The definition of docs/p3.md, one bit at a time and without a table.
std::uint16_t slow_crc(base::ByteView bytes) {
  std::uint32_t reg = kCrcStart;
  for (const std::uint8_t byte : bytes) {
    for (int bit = 7; bit >= 0; --bit) {
      reg = reg << 1 | (byte >> bit & 1U);
      if ((reg & 0x10000U) != 0) reg ^= 0x11021U;
    }
  }
  return static_cast<std::uint16_t>(reg);
}

TEST(P3Crc, GivesThePublishedVectors) {
  EXPECT_EQ(crc16(base::as_bytes("123456789")), 0xA69D);
  EXPECT_EQ(crc16({}), 0xFFFF);
  EXPECT_EQ(crc16(hex("00")), 0xE1F0);
}

TEST(P3Crc, EqualsLongDivisionForEveryLength) {
  testing::Random random(1);
  for (std::size_t size = 0; size < 200; ++size) {
    const auto bytes = random.bytes(size);
    EXPECT_EQ(crc16(bytes), slow_crc(bytes)) << size;
  }
}

TEST(P3Crc, InPiecesIsTheSameAsAtOnce) {
  testing::Random random(2);
  const auto bytes = random.bytes(61);
  const base::ByteView view{bytes};
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    EXPECT_EQ(crc16(view.subspan(cut), crc16(view.first(cut))), crc16(bytes)) << cut;
  }
}

TEST(P3Crc, OfAFrameIgnoresWhatStandsInTheCrcField) {
  const auto empty_status = hex("8E 02 0B 00 8E FC 00 00 02 00 8F");
  EXPECT_EQ(frame_crc(empty_status), 0xFC8E);
  EXPECT_EQ(frame_crc(hex("8E 02 0B 00 12 34 00 00 02 00 8F")), 0xFC8E);
}

}  // namespace
}  // namespace holeshot::p3
