#include "common/base/backoff.h"

#include <gtest/gtest.h>

namespace holeshot::base {
namespace {
using std::chrono::milliseconds;

TEST(Backoff, DoublesItsCeilingUpToTheCapAndNeverEnds) {
  Backoff backoff(milliseconds{500}, milliseconds{30'000}, 1);
  auto ceiling = milliseconds{500};
  for (int i = 0; i < 1000; ++i) {
    EXPECT_LE(backoff.next(), ceiling);
    ceiling = std::min(milliseconds{30'000}, ceiling * 2);
  }
  EXPECT_EQ(backoff.failures(), 1000U);
}

TEST(Backoff, UsesTheWholeRange) {
  Backoff backoff(milliseconds{1000}, milliseconds{1000}, 7);
  int low = 0;
  for (int i = 0; i < 1000; ++i) low += backoff.next() < milliseconds{500} ? 1 : 0;
  EXPECT_NEAR(low, 500, 80);
}

TEST(Backoff, StartsAgainAfterSuccess) {
  Backoff backoff(milliseconds{1}, milliseconds{30'000}, 3);
  for (int i = 0; i < 20; ++i) backoff.next();
  backoff.reset();
  EXPECT_LE(backoff.next(), milliseconds{1});
}

}  // namespace
}  // namespace holeshot::base
