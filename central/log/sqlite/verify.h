// Verify: reads a whole log file and says what is wrong with it. For tools; may run while the log is written.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/result.h"

namespace holeshot::log {

struct VerifyReport {
  std::uint64_t runs = 0;
  std::uint64_t events = 0;  // that are there
  std::uint64_t pruned = 0;  // that retention removed
  std::uint64_t sources = 0;
  std::uint64_t problem_count = 0;
  std::vector<std::string> problems;  // the first hundred, in words

  [[nodiscard]] bool ok() const { return problem_count == 0; }
};

// Checks every checksum; that every offset from 1 is an event that is there or one that retention removed, and
// no seq of a source both or twice; that times do not fall; and SQLite's own structure. An Error where the file
// cannot be read at all.
[[nodiscard]] base::Result<VerifyReport> verify_log(const std::string& path);

}  // namespace holeshot::log
