#include "central/log/sqlite/seq_ranges.h"

#include <algorithm>
#include <iterator>

namespace holeshot::log {

void SeqRanges::add(std::uint64_t first, std::uint64_t last) {
  auto it = ranges_.upper_bound(first);
  if (it != ranges_.begin()) {
    const auto before = std::prev(it);
    if (before->second >= first - 1) {  // touches or overlaps: grow it
      before->second = std::max(before->second, last);
      it = before;
    } else {
      it = ranges_.emplace_hint(it, first, last);
    }
  } else {
    it = ranges_.emplace_hint(it, first, last);
  }
  for (auto next = std::next(it); next != ranges_.end() && next->first - 1 <= it->second;) {
    it->second = std::max(it->second, next->second);
    next = ranges_.erase(next);
  }
}

void SeqRanges::add(const SeqRanges& other) {
  for (const auto& [first, last] : other.ranges_) add(first, last);
}

bool SeqRanges::contains(std::uint64_t seq) const {
  const auto it = ranges_.upper_bound(seq);
  return it != ranges_.begin() && std::prev(it)->second >= seq;
}

std::pair<std::uint64_t, std::uint64_t> SeqRanges::around(std::uint64_t seq) const {
  return *std::prev(ranges_.upper_bound(seq));
}

std::uint64_t SeqRanges::total() const {
  std::uint64_t total = 0;
  for (const auto& [first, last] : ranges_) total += last - first + 1;
  return total;
}

std::uint64_t SeqRanges::high_water() const {
  return !ranges_.empty() && ranges_.begin()->first == 1 ? ranges_.begin()->second : 0;
}

}  // namespace holeshot::log
