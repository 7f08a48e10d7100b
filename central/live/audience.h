// Audience: how many watch a track by asking again and again. A poll is no connection that could be counted, so each one is a
// sign of life, and whoever gave one in the last half minute watches. Thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "central/live/hyper_log_log.h"

namespace holeshot::live {

class Audience {
 public:
  // `who`: a client's id, or what stands for one. Times are of a monotonic clock.
  void seen(const std::string& track, std::string_view who, std::uint64_t now_us);
  // Of every track that was asked for in the last half minute.
  [[nodiscard]] std::map<std::string, std::uint64_t> counts(std::uint64_t now_us);

 private:
  // The longest poll waits 25 s: with three stretches of 10 s, 20 to 30 s are looked back, and whoever waits the longest is
  // counted by the poll that follows.
  static constexpr std::uint64_t kStretchUs = 10'000'000;
  static constexpr std::size_t kStretches = 3;
  // 12 KiB each. More tracks than an edge serves; what would be one more is not counted.
  static constexpr std::size_t kMaxTracks = 1024;
  struct Sketches {
    std::array<HyperLogLog, kStretches> of;
    std::uint64_t last = 0;  // the stretch that was written to last
  };
  static void turn_to(Sketches& sketches, std::uint64_t stretch);

  std::mutex mutex_;  // guards the map
  std::map<std::string, Sketches> tracks_;
};

}  // namespace holeshot::live
