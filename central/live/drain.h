// Drain: how a server that restarts lets its viewers go, so that they do not all come back in one moment: when each
// one's connection ends, and over how long they are told to spread. Pure: time is given, in microseconds.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace holeshot::live {

// One loop's part in it.
struct Drain {
  // A second is enough for a thousand handshakes and their snapshots on the smallest machine.
  static constexpr std::uint64_t kUsPerViewer = 1000;
  // As many as go at once: to spread these would help nobody.
  static constexpr std::size_t kAtOnce = 64;
  static constexpr std::uint64_t kLeastJitterMs = 2'000;
  static constexpr std::uint64_t kMostJitterMs = 60'000;

  std::uint64_t begin_us = 0;
  std::uint64_t length_us = 0;
  std::size_t viewers = 0;  // of this loop, when it began

  // `all`: viewers of all loops; `most_us`: what the setting allows.
  static Drain begin(std::uint64_t now_us, std::size_t viewers, std::uint64_t all, std::uint64_t most_us) {
    return {now_us, std::min(all * kUsPerViewer, most_us), viewers};
  }
  // What viewers are told to spread their return over.
  static std::uint64_t jitter_ms(std::uint64_t all) {
    return std::clamp(all * kUsPerViewer / 1000, kLeastJitterMs, kMostJitterMs);
  }
  // How many must have been let go by now.
  [[nodiscard]] std::size_t due(std::uint64_t now_us) const {
    const std::uint64_t passed = now_us - begin_us;
    if (passed >= length_us || viewers <= kAtOnce) return viewers;
    return std::max<std::size_t>(kAtOnce, static_cast<std::size_t>(viewers * passed / length_us));
  }
};

}  // namespace holeshot::live
