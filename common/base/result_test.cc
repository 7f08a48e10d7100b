#include "common/base/result.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace holeshot::base {
namespace {

Result<int> half(int n) {
  if (n % 2 != 0) return fail(Code::kInvalid, "halve " + std::to_string(n) + ": odd", "give an even number");
  return n / 2;
}
Result<int> quarter(int n) {
  HOLESHOT_ASSIGN(const int once, half(n));
  return half(once);
}
Status must_be_even(int n) {
  HOLESHOT_TRY(half(n));
  return {};
}

TEST(Result, TryAndAssignHandTheErrorUp) {
  EXPECT_EQ(quarter(8).value(), 2);
  EXPECT_EQ(quarter(6).error().message, "halve 3: odd");
  EXPECT_TRUE(must_be_even(2));
  EXPECT_EQ(must_be_even(1).error().text(), "halve 1: odd (give an even number)");
}

TEST(Result, ErrnoIsClassedByWhatTheCallerCanDo) {
  const Status full = fail_errno("write", "/spool", ENOSPC);
  EXPECT_EQ(full.error().code, Code::kFull);
  EXPECT_EQ(full.error().message, "write /spool: No space left on device");
  EXPECT_EQ(Status{fail_errno("open", "x", EACCES)}.error().code, Code::kDenied);
  EXPECT_EQ(Status{fail_errno("open", "x", ENOENT)}.error().code, Code::kMissing);
  EXPECT_EQ(Status{fail_errno("read", "x", EIO)}.error().code, Code::kRetry);
}

}  // namespace
}  // namespace holeshot::base
