// The limits of a stream as people write them in a setting: "7d,100GB". Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "central/log/streams.h"
#include "common/base/result.h"

namespace holeshot::log {

// 0 is no limit.
struct RetentionLimits {
  std::chrono::seconds max_age{0};
  std::uint64_t max_bytes = 0;
  bool operator==(const RetentionLimits&) const = default;
};

// An age (s, m, h, d), a size (B, KB, MB, GB, TB are powers of 1000; KiB to TiB of 1024), or both with a comma, in either
// order; "forever" is no limit at all. What is not named is not limited. kInvalid otherwise.
[[nodiscard]] base::Result<RetentionLimits> parse_retention(std::string_view text);
// The shortest text that parse_retention() reads as these limits.
[[nodiscard]] std::string retention_text(const RetentionLimits& limits);

// A stream's setting: "retention_raw" for timing_ingest_raw_v1. Empty where a stream's limits are not to be set.
[[nodiscard]] std::string_view retention_setting(std::string_view stream);

// Gives the stream that `setting` belongs to other limits; the number kept per subject stays. REQUIRES: there is one.
void set_retention(std::span<StreamRule> streams, std::string_view setting, const RetentionLimits& limits);

}  // namespace holeshot::log
