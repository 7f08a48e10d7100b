#include "common/base/bytes.h"

#include <gtest/gtest.h>

namespace holeshot::base {
namespace {

TEST(Bytes, HexGoesThereAndBack) {
  const Bytes bytes{0x00, 0x8E, 0xFF, 0x1a};
  EXPECT_EQ(to_hex(bytes), "008eff1a");
  EXPECT_EQ(to_hex_upper(bytes), "008EFF1A");
  EXPECT_EQ(from_hex("008EfF1a"), bytes);
}

TEST(Bytes, HexOfOddLengthOrForeignCharactersIsRefused) {
  EXPECT_FALSE(from_hex("8"));
  EXPECT_FALSE(from_hex("8g"));
  EXPECT_FALSE(from_hex(" 8e"));
  EXPECT_EQ(from_hex(""), Bytes{});
}

TEST(Bytes, NumbersAreLittleEndianOfAnyLengthUpToEight) {
  EXPECT_EQ(load_le(Bytes{}), 0U);
  EXPECT_EQ(load_le(Bytes{0x07, 0x27}), 0x2707U);
  EXPECT_EQ(load_le(Bytes{1, 2, 3, 4, 5, 6, 7, 8}), 0x0807060504030201U);
  Bytes out;
  append_le(out, 0x2707, 2);
  EXPECT_EQ(out, (Bytes{0x07, 0x27}));
}

}  // namespace
}  // namespace holeshot::base
