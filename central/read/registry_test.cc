#include "central/read/registry.h"

#include <gtest/gtest.h>

namespace holeshot::read {
namespace {

TEST(Fold, LowersAsciiAndTheLettersOfEuropeAndKeepsTheRest) {
  EXPECT_EQ(fold("Van DIJK 42"), "van dijk 42");
  EXPECT_EQ(fold("ÉVA ÖZGÜR ŁUKASZ ŽIŽKA Ÿ×ß"), "éva özgür łukasz žižka Ÿ×ß");
  EXPECT_EQ(fold("Ĺ Ŋ Ĳ"), "ĺ ŋ ĳ");
  EXPECT_EQ(fold("日本"), "日本");
}

TEST(Fold, IsTotalOverBrokenText) {
  EXPECT_EQ(fold("\xC3"), "\xC3");
  EXPECT_EQ(fold(std::string_view{"A\0B", 3}), (std::string_view{"a\0b", 3}));
  for (int a = 0; a < 256; ++a) {
    const std::string text{static_cast<char>(a), static_cast<char>(0xC4)};
    EXPECT_EQ(fold(text).size(), text.size());
  }
}

TEST(IsoTime, HasMicrosecondsAndUtc) {
  EXPECT_EQ(iso_time(0), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(iso_time(1'709'164'800'000'001), "2024-02-29T00:00:00.000001Z");
}

}  // namespace
}  // namespace holeshot::read
