#include "common/base/strong.h"

#include <gtest/gtest.h>

#include <type_traits>

namespace holeshot::base {
namespace {

using Name = StrongToken<struct NameTag>;
using Metres = StrongInt<int, struct MetresTag>;
using Seconds = StrongInt<int, struct SecondsTag>;

static_assert(!std::is_convertible_v<int, Metres> && !std::is_convertible_v<Metres, int>);
static_assert(!std::is_constructible_v<Metres, Seconds>);

TEST(StrongToken, TakesOnlyWhatFitsASubject) {
  EXPECT_EQ(Name::parse("Zolder_2-A", "track").value().str(), "Zolder_2-A");
  EXPECT_TRUE(Name::parse(std::string(64, 'a'), "track"));
  for (const std::string& bad : {std::string{}, std::string{"a.b"}, std::string{"a b"}, std::string{"*"},
                                 std::string{"é"}, std::string(65, 'a'), std::string("a\0b", 3)}) {
    const auto refused = Name::parse(bad, "track");
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().code, Code::kInvalid);
  }
}

}  // namespace
}  // namespace holeshot::base
