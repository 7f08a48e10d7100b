// SeenRing: the newest passings of one decoder that we hold, to know one that was sent again. A passing is the same
// only where its number, its RTC and everything else that the decoder said of it are. Pure; one thread at a time.
//
// 24 bytes a passing: of what was said only a 64-bit hash is kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "common/p3/record.h"

namespace holeshot::driver::p3 {

struct SeenPassing {
  std::uint32_t number = 0;
  std::uint64_t rtc_us = 0;
  std::uint64_t body = 0;  // body_hash()
  bool operator==(const SeenPassing&) const = default;
};

// Over all fields in wire order but REQUEST_ID: an answer may carry that of the RESEND, which is no part of a passing.
[[nodiscard]] std::uint64_t body_hash(const holeshot::p3::Record& record);

class SeenRing {
 public:
  // A long day at one timing point, twice.
  static constexpr std::size_t kCapacity = 20'000;

  // REQUIRES: 0 < capacity < 65,535.
  explicit SeenRing(std::size_t capacity = kCapacity) : capacity_(capacity) {}
  // The oldest makes room.
  void add(const SeenPassing& passing);
  [[nodiscard]] bool holds(const SeenPassing& passing) const;
  [[nodiscard]] std::size_t size() const { return ring_.size(); }

 private:
  using Index = std::uint16_t;
  static constexpr Index kNone = std::numeric_limits<Index>::max();
  struct Entry {
    std::uint64_t rtc_us = 0;
    std::uint64_t body = 0;
    std::uint32_t number = 0;
    Index older = kNone;  // in the same bucket
  };
  [[nodiscard]] static std::size_t bucket(std::uint32_t number) { return number % kBuckets; }
  void forget(Index oldest);

  static constexpr std::size_t kBuckets = 16'384;
  std::size_t capacity_;
  std::size_t next_ = 0;
  std::vector<Entry> ring_;
  std::vector<Index> newest_;  // by bucket
};

}  // namespace holeshot::driver::p3
