// FailureLog: says a lasting failure at once, then at most every 30 s, and its end once. One thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/base/clock.h"

namespace holeshot::upload {

class FailureLog {
 public:
  // Often enough that a person sees it is still so, seldom enough that a night without network does not fill the journal.
  static constexpr std::uint64_t kEveryUs = 30'000'000;

  // The clock outlives the log.
  explicit FailureLog(const base::Clock& clock) : clock_(clock) {}

  // Whether this one was worth a line.
  bool failed(std::string_view what);
  // Whether there was anything to recover from.
  bool succeeded();
  [[nodiscard]] std::uint64_t failures() const { return failures_; }

 private:
  const base::Clock& clock_;
  std::uint64_t failures_ = 0;
  std::uint64_t since_us_ = 0;
  std::uint64_t said_us_ = 0;
};

}  // namespace holeshot::upload
