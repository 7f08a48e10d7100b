// ULIDs: 26 characters, 48 bits of milliseconds and 80 bits of chance, sorted by time of making
// (github.com/ulid/spec).
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <random>
#include <string>
#include <string_view>

#include "common/base/clock.h"

namespace holeshot::contract {

// Crockford base 32 of a time (48 bits) and 80 bits.
[[nodiscard]] std::string ulid_text(std::uint64_t unix_ms, std::uint16_t random_high,
                                    std::uint64_t random_low);
[[nodiscard]] bool is_ulid(std::string_view text);
// A ULID or a UUID in text form: what an event_id may be.
[[nodiscard]] bool is_event_id(std::string_view text);

// Makes ULIDs that rise within this maker even when the wall clock stands still or is set back. Thread-safe.
class UlidMaker {
 public:
  // Seeded from the system's random source. The clock outlives the maker.
  explicit UlidMaker(const base::Clock& clock);
  // For tests: repeatable.
  UlidMaker(const base::Clock& clock, std::uint64_t seed);
  [[nodiscard]] std::string next();

 private:
  const base::Clock& clock_;
  std::mutex mutex_;
  std::mt19937_64 rng_;
  std::uint64_t last_ms_ = 0;
  std::uint16_t high_ = 0;
  std::uint64_t low_ = 0;
};

}  // namespace holeshot::contract
