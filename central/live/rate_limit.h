// Rate limits that need no timer and eight bytes a key: of each key only the time is kept at which all that it used will have
// been given back (the "generic cell rate algorithm"). Times are microseconds of a monotonic clock. Pure; one owner, no lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace holeshot::live {

struct RateRule {
  std::uint64_t interval_us = 0;  // one every so often, in the long run; 0: no limit
  std::uint64_t burst = 1;        // so many at once after a pause

  // `per_s` 0: no limit.
  [[nodiscard]] static RateRule per_second(std::uint64_t per_s, std::uint64_t burst);
};

// One limit for everybody.
class RateLimit {
 public:
  explicit RateLimit(RateRule rule) : rule_(rule) {}
  // Takes one: 0, or the microseconds until there is one, and then nothing was taken.
  std::uint64_t take(std::uint64_t now_us);

 private:
  RateRule rule_;
  std::uint64_t back_us_ = 0;  // when all is given back
};

// One limit for each key. Memory is bounded by `max_keys` twice: while so many keys are held, one more is let pass uncounted,
// so whoever makes keys up needs another limit above this one.
class KeyedRateLimit {
 public:
  KeyedRateLimit(RateRule rule, std::size_t max_keys) : rule_(rule), max_keys_(max_keys) {}
  std::uint64_t take(std::string_view key, std::uint64_t now_us);
  [[nodiscard]] std::size_t keys() const { return young_.size() + old_.size(); }

 private:
  using Keys = std::unordered_map<std::string, std::uint64_t>;
  void turn_over(std::uint64_t now_us);

  RateRule rule_;
  std::size_t max_keys_;
  Keys young_;  // used since the last turn
  Keys
      old_;  // used in the turn before; what was not used for a whole turn has all given back and is forgotten
  std::uint64_t turn_us_ = 0;
};

}  // namespace holeshot::live
