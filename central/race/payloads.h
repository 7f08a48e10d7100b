// The payloads of race events as canonical JSON (docs/race.md). Pure functions over the engine's state; keys are written
// in sorted order by hand.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "central/race/engine_state.h"
#include "central/race/matching.h"

namespace holeshot::race {

// `restaged`: riders, lanes or transponders of a moto that was staged before have changed.
[[nodiscard]] std::string race_staged_payload(const Race& race, bool restaged);
// `corrected`: the gate's time is another than was said, or the race runs again.
[[nodiscard]] std::string gate_drop_payload(const Race& race, bool corrected);
// The three that follow append to a payload that is empty. `line`: at one loop. `place`: how its passing was attributed.
void write_split_time(std::string& out, const Race& race, const Line& line, bool corrected,
                      const Place& place);
// The race keeps the rows for the next time.
void write_positions_update(std::string& out, Race& race, const View& now);
void write_rider_finished(std::string& out, const Race& race, const Line& line, bool corrected);
[[nodiscard]] std::string race_finished_payload(const Race& race, const View& now, bool corrected);
[[nodiscard]] std::string race_rerun_payload(const Race& race, std::string_view reason);
[[nodiscard]] std::string red_flag_payload(const Race& race, std::string_view reason);
[[nodiscard]] std::string all_clear_payload(const Race& race);
[[nodiscard]] std::string proposal_payload(const Race& race, std::string_view rider_id,
                                           std::string_view status, std::string_view why);
// `said`: what was decided; `by`: the intent that decided it, or took it back.
[[nodiscard]] std::string ruling_payload(const Race& race, const Intent& said, const Intent& by, bool undone);
[[nodiscard]] std::string practice_payload(const Practice::Lap& lap);
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

// `seams`: filled with the places of what only the sender knows.
[[nodiscard]] std::string state_snapshot_payload(const EngineState& state, SnapshotSeams* seams = nullptr);

// A stage request as read_stage() reads it, a rider as read_rider() does, and loops as read_loops() does.
[[nodiscard]] std::string stage_json(const StageRequest& stage);
[[nodiscard]] std::string rider_json(const Rider& rider);
[[nodiscard]] std::string loops_json(const std::vector<Loop>& loops);

}  // namespace holeshot::race
