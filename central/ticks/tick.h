// Tick: where every rider of one moto is at one moment, and the frames by which viewers are told (docs/contract.md,
// section 4). Plain data; distances are whole millimetres from the gate, speeds millimetres per second.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holeshot::ticks {

// More riders than any gate has lanes.
inline constexpr std::size_t kMostLanes = 32;

// Its number in binary is its place here; both are on the wire and live for ever.
enum class LaneStatus : std::uint8_t { kRacing, kFin, kDnf, kDns, kDsq, kRel };
inline constexpr std::size_t kLaneStatuses = 6;
// RACING, FIN, DNF, DNS, DSQ, REL.
[[nodiscard]] std::string_view to_string(LaneStatus status);
[[nodiscard]] std::optional<LaneStatus> lane_status_from(std::string_view name);
// nullopt: no status has that number.
[[nodiscard]] std::optional<LaneStatus> lane_status_from(std::uint8_t code);

// In a delta, distance and speed are differences from the keyframe.
struct Lane {
  std::uint8_t lane = 0;
  std::uint8_t rank = 0;  // 0: the rider has no place
  LaneStatus status = LaneStatus::kRacing;
  std::int64_t distance_mm = 0;
  std::int64_t speed_mm_s = 0;
  bool operator==(const Lane&) const = default;
};

struct Frame {
  std::uint64_t seq = 0;
  std::uint64_t base_seq = 0;  // the keyframe that it builds on; of a keyframe its own seq
  bool keyframe = false;
  std::uint8_t slot = 0;         // which moto on track
  std::string moto_id;           // binary does not carry it
  std::uint64_t tick_index = 0;  // +1 per tick of a run, from 0; binary carries its lower 16 bits
  std::uint64_t tick_ts_ms = 0;  // Unix time
  std::uint64_t elapsed_us = 0;  // since the gate; binary does not carry it
  std::vector<Lane> lanes;       // ascending; all of a keyframe, of a delta those that differ from it
  bool operator==(const Frame&) const = default;
};

}  // namespace holeshot::ticks
