#include "common/p3/crc.h"

#include <algorithm>
#include <array>

#include "common/base/check.h"

namespace holeshot::p3 {

namespace {

constexpr std::uint16_t kPolynomial = 0x1021;
constexpr std::size_t kSlice = 8;
using Table = std::array<std::uint16_t, 256>;

constexpr std::uint16_t times_x(std::uint16_t value) {
  const auto shifted = static_cast<std::uint16_t>(value << 1);
  return (value & 0x8000) != 0 ? static_cast<std::uint16_t>(shifted ^ kPolynomial) : shifted;
}

// kTables[k][i] = i * x^(16 + 8k) modulo the polynomial: what byte i does to the register when k more bytes
// follow the two that need no reduction. kTables[0] is the textbook table.
constexpr std::array<Table, kSlice> make_tables() {
  std::array<Table, kSlice> tables{};
  for (std::size_t i = 0; i < 256; ++i) {
    auto value = static_cast<std::uint16_t>(i);
    for (int bit = 0; bit < 8; ++bit) value = times_x(value);
    for (std::size_t k = 0; k < kSlice; ++k) {
      for (int bit = 0; bit < 8; ++bit) value = times_x(value);
      tables[k][i] = value;
    }
  }
  return tables;
}
constexpr std::array<Table, kSlice> kTables = make_tables();

// Eight bytes at once: the division is linear, so each byte's share is looked up on its own.
std::uint16_t step8(std::uint16_t reg, const std::uint8_t* b) {
  const int tail = b[6] << 8 | b[7];
  return static_cast<std::uint16_t>(kTables[7][reg >> 8] ^ kTables[6][reg & 0xFF] ^ kTables[5][b[0]] ^
                                    kTables[4][b[1]] ^ kTables[3][b[2]] ^ kTables[2][b[3]] ^
                                    kTables[1][b[4]] ^ kTables[0][b[5]] ^ tail);
}

}  // namespace

std::uint16_t crc16(base::ByteView bytes, std::uint16_t reg) {
  const std::uint8_t* p = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= kSlice; left -= kSlice, p += kSlice) reg = step8(reg, p);
  for (; left > 0; --left, ++p) {
    reg = static_cast<std::uint16_t>(kTables[0][reg >> 8] ^ static_cast<std::uint16_t>(reg << 8) ^ *p);
  }
  return reg;
}

std::uint16_t frame_crc(base::ByteView frame) {
  HOLESHOT_CHECK(frame.size() >= kSlice, "a frame holds its CRC field");
  std::array<std::uint8_t, kSlice> head{};
  std::copy_n(frame.begin(), kSlice, head.begin());
  head[kCrcOffset] = 0;
  head[kCrcOffset + 1] = 0;
  return crc16(frame.subspan(kSlice), step8(kCrcStart, head.data()));
}

}  // namespace holeshot::p3
