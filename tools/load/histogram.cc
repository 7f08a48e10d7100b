#include "tools/load/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace holeshot::load {

std::size_t Histogram::bucket_of(std::uint64_t us) {
  constexpr std::uint64_t kExact = std::uint64_t{1} << kExactBits;
  us = std::min(us, (std::uint64_t{1} << kMaxBits) - 1);
  if (us < kExact) return us;
  const auto shift = static_cast<unsigned>(std::bit_width(us)) - kExactBits;
  return kExact + (shift - 1) * kPerOctave + ((us >> shift) - kPerOctave);
}

std::uint64_t Histogram::top_of(std::size_t bucket) {
  constexpr std::size_t kExact = std::size_t{1} << kExactBits;
  if (bucket < kExact) return bucket;
  const std::size_t shift = (bucket - kExact) / kPerOctave + 1;
  const std::uint64_t low = (bucket - kExact) % kPerOctave + kPerOctave;
  return ((low + 1) << shift) - 1;
}

void Histogram::add(std::uint64_t us) {
  ++buckets_[bucket_of(us)];
  ++count_;
  max_ = std::max(max_, us);
}

void Histogram::merge(const Histogram& other) {
  for (std::size_t i = 0; i < kBuckets; ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
}

std::uint64_t Histogram::quantile(double q) const {
  if (count_ == 0) return 0;
  const double share = std::clamp(q, 0.0, 1.0) * static_cast<double>(count_);
  const auto wanted = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(share)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    seen += buckets_[i];
    if (seen >= wanted) return std::min(top_of(i), max_);
  }
  return max_;
}

}  // namespace holeshot::load
