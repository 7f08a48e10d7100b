// ClockBook: what is known of the clocks of a track's decoders against each other. Two decoders count on their own
// clocks; times of two are subtracted only where UTC, a reading (GET_TIME) or a shared gate pulse says how they stand.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "central/race/input.h"
#include "central/race/rules.h"

namespace holeshot::race {

enum class ClockState : std::uint8_t {
  kSame,            // one decoder's clock, or UTC on both sides
  kKnown,           // the offset is known and taken out
  kAssumed,         // nothing is known: taken to agree
  kUnsynchronised,  // nothing is known, and the rules forbid to assume
};
[[nodiscard]] std::string_view to_string(ClockState state);
[[nodiscard]] std::optional<ClockState> clock_state_from(std::string_view name);

// How a decoder's clock stands to that of a gate: time since the gate = its RTC - the gate's RTC + shift.
struct ClockAnswer {
  std::string decoder_id;
  ClockState state = ClockState::kSame;
  std::int64_t shift_us = 0;
  bool operator==(const ClockAnswer&) const = default;
};

// One owner, one thread. Copies. Bounded.
class ClockBook {
 public:
  static constexpr std::size_t kMaxClocks = 64;
  static constexpr std::size_t kReadings = 4;
  // Readings further apart than this are those of a clock that was set, or does not run as ours does.
  static constexpr std::int64_t kSteadyUs = 50'000;

  struct Clock {
    std::string decoder_id;
    std::string host;
    std::vector<std::int64_t> offsets;  // RTC - gateway time; the latest kReadings, newest last
    bool operator==(const Clock&) const = default;
  };
  // Both saw one pulse.
  struct Link {
    std::string one;
    std::string other;
    std::int64_t difference_us = 0;  // RTC of one - RTC of other
    bool operator==(const Link&) const = default;
  };

  void read(const ClockReading& reading);
  void same_moment(const PassingId& one, const PassingId& other);
  // `gate_decoder` empty: the gate's time is the gateway's, as a hand gave it.
  [[nodiscard]] ClockAnswer between(std::string_view gate_decoder, const Passing& passing,
                                    const Rules& rules) const;

  [[nodiscard]] const std::vector<Clock>& clocks() const { return clocks_; }
  [[nodiscard]] const std::vector<Link>& links() const { return links_; }
  void restore(std::vector<Clock> clocks, std::vector<Link> links);
  bool operator==(const ClockBook&) const = default;

 private:
  [[nodiscard]] const Clock* steady(std::string_view decoder_id) const;
  [[nodiscard]] std::optional<std::int64_t> difference(std::string_view one, std::string_view other) const;

  std::vector<Clock> clocks_;
  std::vector<Link> links_;
};

}  // namespace holeshot::race
