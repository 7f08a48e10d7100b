// EngineState: all that a race engine remembers. Plain data: RaceEngine owns it, Turn changes it, payloads
// and the snapshot codec read it.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "central/race/moto.h"
#include "common/contract/ids.h"

namespace holeshot::race {

enum class Phase : std::uint8_t { kIdle, kStaged, kRacing, kFinished };
[[nodiscard]] std::string_view to_string(Phase phase);
[[nodiscard]] std::optional<Phase> phase_from(std::string_view name);

// Why a race is over.
enum class FinishCause : std::uint8_t { kAllFinished, kForceFinish, kRaceTimeout };
[[nodiscard]] std::string_view to_string(FinishCause cause);
[[nodiscard]] std::optional<FinishCause> finish_cause_from(std::string_view name);

struct Alert {
  std::string level;
  std::string text;
  bool operator==(const Alert&) const = default;
};

struct EngineState {
  contract::TrackId track;
  std::uint64_t last_applied = 0;  // position of the last input
  std::uint64_t ordinal = 0;       // of the last event
  Phase phase = Phase::kIdle;
  Moto moto;                            // unless idle
  std::optional<Gate> gate;             // when racing or finished
  std::optional<FinishCause> cause;     // when finished
  std::map<std::string, Alert> alerts;  // by id
  std::deque<PassingId> gate_pulses;    // the latest kMaxGatePulses, oldest first
  std::vector<Passing> early;           // while staged: the moto's riders, in case their gate pulse is late
};

}  // namespace holeshot::race
