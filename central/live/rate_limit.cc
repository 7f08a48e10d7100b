#include "central/live/rate_limit.h"

#include <algorithm>
#include <utility>

namespace holeshot::live {

namespace {

constexpr std::uint64_t kSecondUs = 1'000'000;

std::uint64_t take_one(const RateRule& rule, std::uint64_t& back_us, std::uint64_t now_us) {
  if (rule.interval_us == 0) return 0;
  const std::uint64_t next = std::max(back_us, now_us) + rule.interval_us;
  const std::uint64_t limit = now_us + rule.interval_us * std::max<std::uint64_t>(rule.burst, 1);
  if (next > limit) return next - limit;
  back_us = next;
  return 0;
}

}  // namespace

RateRule RateRule::per_second(std::uint64_t per_s, std::uint64_t burst) {
  if (per_s == 0) return {};
  return {std::max<std::uint64_t>(kSecondUs / per_s, 1), std::max<std::uint64_t>(burst, 1)};
}

std::uint64_t RateLimit::take(std::uint64_t now_us) { return take_one(rule_, back_us_, now_us); }

std::uint64_t KeyedRateLimit::take(std::string_view key, std::uint64_t now_us) {
  if (rule_.interval_us == 0) return 0;
  turn_over(now_us);
  const std::string name{key};
  auto found = young_.find(name);
  if (found == young_.end()) {
    const auto old = old_.find(name);
    if (old == old_.end() && young_.size() >= max_keys_) return 0;
    const std::uint64_t back_us = old == old_.end() ? 0 : old->second;
    if (old != old_.end()) old_.erase(old);
    found = young_.emplace(name, back_us).first;
  }
  return take_one(rule_, found->second, now_us);
}

void KeyedRateLimit::turn_over(std::uint64_t now_us) {
  // Long enough for everything that a key can have used to be given back.
  const std::uint64_t turn = rule_.interval_us * (std::max<std::uint64_t>(rule_.burst, 1) + 1);
  if (now_us - turn_us_ < turn) return;
  old_ = now_us - turn_us_ < 2 * turn ? std::exchange(young_, {}) : Keys{};
  young_.clear();
  turn_us_ = now_us;
}

}  // namespace holeshot::live
