// The payloads of race events as canonical JSON (docs/race.md). Pure functions over the engine's state; keys
// are written in sorted order by hand.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "central/race/engine_state.h"

namespace holeshot::race {

[[nodiscard]] std::string race_staged_payload(const EngineState& state);
[[nodiscard]] std::string gate_drop_payload(const EngineState& state);
[[nodiscard]] std::string split_time_payload(const EngineState& state, const Standing& standing,
                                             bool corrected);
[[nodiscard]] std::string positions_payload(const EngineState& state);
[[nodiscard]] std::string rider_finished_payload(const EngineState& state, const Standing& standing,
                                                 bool corrected);
[[nodiscard]] std::string race_finished_payload(const EngineState& state, bool corrected);
// `moto_id`: of what was on the track; empty = nothing.
[[nodiscard]] std::string race_reset_payload(std::string_view moto_id);
[[nodiscard]] std::string alert_payload(std::string_view id, const Alert& alert);
[[nodiscard]] std::string alert_cleared_payload(std::string_view id);
[[nodiscard]] std::string intent_result_payload(const Intent& intent, const Refusal& refusal);

// Why a passing counts for nothing: `reason` is stable, `detail` is for people.
struct Flag {
  std::string_view event_type;  // passing_unmatched or passing_flagged
  std::string_view reason;
  std::string_view detail;
};
// `rider_id` and `moto_id` empty where it belongs to none.
[[nodiscard]] std::string flagged_payload(const Flag& flag, const Passing& passing, std::string_view moto_id,
                                          std::string_view rider_id);

[[nodiscard]] std::string state_snapshot_payload(const EngineState& state);

// A stage request as read_stage() reads it, and loops as read_loops() does.
[[nodiscard]] std::string stage_json(const StageRequest& stage);
[[nodiscard]] std::string loops_json(const std::vector<Loop>& loops);

}  // namespace holeshot::race
