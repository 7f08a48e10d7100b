// What the tests of this room share: frames as values, and a seeded source of random numbers. Tests only.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "common/base/bytes.h"
#include "common/p3/frame.h"
#include "common/p3/record.h"

namespace holeshot::p3::testing {

inline base::Bytes hex(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c != ' ') digits += c;
  }
  return base::from_hex(digits).value();
}

inline base::Bytes operator+(base::Bytes left, const base::Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

struct Caught {
  base::Bytes raw;
  base::Bytes bytes;
  bool operator==(const Caught&) const = default;
};

// What a framer made of some bytes.
struct Outcome {
  std::vector<Caught> frames;
  FramerStats stats;
  std::size_t held = 0;
  bool operator==(const Outcome&) const = default;

  [[nodiscard]] bool accounts_for_every_byte() const {
    return stats.bytes_in == stats.frame_bytes + stats.skipped_bytes() + held;
  }
};

// Feeds `bytes` cut at `cuts` (rising positions).
inline Outcome frame_in_pieces(base::ByteView bytes, const std::vector<std::size_t>& cuts,
                               FramerOptions options = {}) {
  Framer framer(options);
  Outcome outcome;
  const auto sink = [&](const Frame& frame) {
    outcome.frames.push_back(
        {{frame.raw.begin(), frame.raw.end()}, {frame.bytes.begin(), frame.bytes.end()}});
  };
  std::size_t from = 0;
  for (const std::size_t cut : cuts) {
    framer.feed(bytes.subspan(from, cut - from), sink);
    from = cut;
  }
  framer.feed(bytes.subspan(from), sink);
  outcome.stats = framer.stats();
  outcome.held = framer.held();
  return outcome;
}

inline Outcome frame_at_once(base::ByteView bytes, FramerOptions options = {}) {
  return frame_in_pieces(bytes, {}, options);
}

// The one frame in `wire` as a record.
inline Record record_in(base::ByteView wire, FramerOptions options = {}) {
  Record record;
  Framer framer(options);
  framer.feed(wire, [&](const Frame& frame) { record.assign(frame); });
  return record;
}

// SplitMix64: small, and the same on every machine.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15ULL;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(next() % limit); }
  bool chance(unsigned percent) { return below(100) < percent; }
  std::uint8_t byte() { return static_cast<std::uint8_t>(next()); }
  base::Bytes bytes(std::size_t size) {
    base::Bytes out(size);
    for (auto& b : out) b = byte();
    return out;
  }

 private:
  std::uint64_t state_;
};

inline std::vector<std::size_t> random_cuts(Random& random, std::size_t size) {
  std::vector<std::size_t> cuts;
  for (std::size_t at = 0; at < size; at += 1 + random.below(40)) cuts.push_back(at);
  return cuts;
}

}  // namespace holeshot::p3::testing
