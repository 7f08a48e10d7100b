// Histogram: durations in microseconds, in fixed buckets that are at most 1.6 % wide, as HdrHistogram does it: below 128 us
// exact, above that 64 buckets for each power of two. Adding costs a few instructions and no memory; two of them merge
// without loss. One owner, no lock.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace holeshot::load {

class Histogram {
 public:
  // Longer than 2^40 us (12 days) counts as that long; max() is exact all the same.
  void add(std::uint64_t us);
  void merge(const Histogram& other);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::uint64_t max() const { return max_; }
  // The least duration that a share `q` (0 to 1) of all is not longer than, to a bucket's width, and never above max(). 0
  // where nothing was added.
  [[nodiscard]] std::uint64_t quantile(double q) const;

 private:
  static constexpr unsigned kExactBits = 7;
  static constexpr unsigned kMaxBits = 40;
  static constexpr std::size_t kPerOctave = std::size_t{1} << (kExactBits - 1);
  static constexpr std::size_t kBuckets = (kMaxBits - kExactBits) * kPerOctave + 2 * kPerOctave;
  static std::size_t bucket_of(std::uint64_t us);
  static std::uint64_t top_of(std::size_t bucket);

  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace holeshot::load
