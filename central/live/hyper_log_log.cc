#include "central/live/hyper_log_log.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace holeshot::live {

std::uint64_t HyperLogLog::hash_of(std::string_view id) {
  // FNV-1a takes the bytes in; the finalizer of splitmix64 spreads them, since registers are chosen by the top bits.
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char c : id) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001B3ULL;
  hash = (hash ^ (hash >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  hash = (hash ^ (hash >> 27U)) * 0x94D049BB133111EBULL;
  return hash ^ (hash >> 31U);
}

void HyperLogLog::add_hash(std::uint64_t hash) {
  constexpr unsigned kRestBits = 64 - kIndexBits;
  const std::uint64_t rest = hash << kIndexBits;
  const auto rank =
      static_cast<std::uint8_t>(std::min(static_cast<unsigned>(std::countl_zero(rest)), kRestBits) + 1);
  std::uint8_t& held = registers_[hash >> kRestBits];
  held = std::max(held, rank);
}

void HyperLogLog::merge(const HyperLogLog& other) {
  std::ranges::transform(registers_, other.registers_, registers_.begin(),
                         [](std::uint8_t a, std::uint8_t b) { return std::max(a, b); });
}

std::uint64_t HyperLogLog::estimate() const {
  constexpr double kCount = 1U << kIndexBits;
  constexpr double kAlpha = 0.7213 / (1.0 + 1.079 / kCount);  // the paper's, for 128 registers and more
  constexpr double kSmall = 2.5 * kCount;  // below, empty registers tell more than full ones
  double sum = 0;
  for (const std::uint8_t rank : registers_) sum += std::ldexp(1.0, -static_cast<int>(rank));
  const double raw = kAlpha * kCount * kCount / sum;
  const auto empty = std::ranges::count(registers_, std::uint8_t{0});
  const bool small = raw <= kSmall && empty > 0;
  return static_cast<std::uint64_t>(
      std::llround(small ? kCount * std::log(kCount / static_cast<double>(empty)) : raw));
}

}  // namespace holeshot::live
