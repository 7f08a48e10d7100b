#include "gateway/driver/p3/seen_ring.h"

#include "common/p3/tags.h"

namespace holeshot::driver::p3 {

namespace {

// FNV-1a.
constexpr std::uint64_t kHashStart = 0xCBF2'9CE4'8422'2325ULL;
constexpr std::uint64_t kHashPrime = 0x0000'0100'0000'01B3ULL;

void mix(std::uint64_t& hash, base::ByteView bytes) {
  for (const std::uint8_t byte : bytes) hash = (hash ^ byte) * kHashPrime;
}

}  // namespace

std::uint64_t body_hash(const holeshot::p3::Record& record) {
  std::uint64_t hash = kHashStart;
  for (const holeshot::p3::Field& field : record.fields()) {
    if (field.tag == holeshot::p3::tag::kRequestId) continue;
    const std::uint8_t head[] = {field.tag, static_cast<std::uint8_t>(field.value.size())};
    mix(hash, head);
    mix(hash, field.value);
  }
  return hash;
}

void SeenRing::add(const SeenPassing& passing) {
  if (newest_.empty()) newest_.assign(kBuckets, kNone);
  if (next_ == capacity_) next_ = 0;
  if (ring_.size() < capacity_) {
    ring_.emplace_back();
  } else {
    forget(static_cast<Index>(next_));
  }
  Index& newest = newest_[bucket(passing.number)];
  ring_[next_] = {.rtc_us = passing.rtc_us, .body = passing.body, .number = passing.number, .older = newest};
  newest = static_cast<Index>(next_++);
}

// The oldest of all is the last of its bucket.
void SeenRing::forget(Index oldest) {
  Index* link = &newest_[bucket(ring_[oldest].number)];
  while (*link != oldest) link = &ring_[*link].older;
  *link = kNone;
}

bool SeenRing::holds(const SeenPassing& passing) const {
  if (newest_.empty()) return false;
  for (Index at = newest_[bucket(passing.number)]; at != kNone; at = ring_[at].older) {
    const Entry& entry = ring_[at];
    if (entry.number == passing.number && entry.rtc_us == passing.rtc_us && entry.body == passing.body)
      return true;
  }
  return false;
}

}  // namespace holeshot::driver::p3
