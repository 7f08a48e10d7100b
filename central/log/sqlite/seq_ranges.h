// SeqRanges: which sequence numbers of one source are in the log, as closed ranges. A source that sends
// 1, 2, 3, ... costs one range however long it runs; a hole costs one more until it is filled.
//
// Value type, no locks: its owner guards it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>

namespace holeshot::log {

class SeqRanges {
 public:
  // Ranges that overlap or touch become one. REQUIRES: 1 <= first <= last.
  void add(std::uint64_t first, std::uint64_t last);
  void add(const SeqRanges& other);

  [[nodiscard]] bool contains(std::uint64_t seq) const;
  // The range that holds it. REQUIRES: contains(seq).
  [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> around(std::uint64_t seq) const;
  // How many seqs are in.
  [[nodiscard]] std::uint64_t total() const;

  // Highest n so that 1..n are all in; 0 where 1 is not.
  [[nodiscard]] std::uint64_t high_water() const;

  // 1 for a source without holes.
  [[nodiscard]] std::size_t size() const { return ranges_.size(); }
  // first -> last, in order.
  [[nodiscard]] const std::map<std::uint64_t, std::uint64_t>& ranges() const { return ranges_; }

 private:
  std::map<std::uint64_t, std::uint64_t> ranges_;  // first -> last; disjoint, not touching
};

}  // namespace holeshot::log
