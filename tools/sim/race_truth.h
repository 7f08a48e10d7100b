// What really happened in a race, for whoever wants to hold results against it: recomputed from this, not from what the
// decoders said. Pure.
#pragma once

#include <string>

#include "tools/sim/race_plan.h"

namespace holeshot::sim {

// One line of JSON:
// {"race":1,"gate_us":..,"pulses":1,"riders":[{"transponder_id":7000001,"transponder_string":"HS-00001","lane":3,
//  "sheet_lane":3,"status":"FIN","position":1,"elapsed_us":38123456,"dead_chip":false,
//  "crossings":[{"decoder_id":"D0000C01","us":..,"reports":1}]}],
//  "walkers":[{"transponder_id":..,"decoder_id":"..","us":..,"of_this_race":true}]}
//
// riders: finishers by place, then who stopped (DNF), then who did not start (DNS), the two by lane. position and
// elapsed_us are null but for FIN; equal times share no place, the lower lane has the better one, as the engine has it.
// lane: where the rider really stood; sheet_lane: where the sheet had him, null for a late entry. pulses: 0 lost, 2
// doubled. reports: how often the decoder says this crossing, 0 to 2. Times are true time as the sheet's race has them,
// in the steps of the decoders' clocks; a clock that is stepped or drifts shows others.
[[nodiscard]] std::string truth_of(const RacePlan& plan);

}  // namespace holeshot::sim
