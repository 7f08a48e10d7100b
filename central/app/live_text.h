// What central adds to payloads on their way to viewers: which slot a moto has, in which numbering, and who signs its ticks.
// The engine's own bytes, which the log keeps, know none of it. Pure functions; no JSON is parsed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "central/actor/race_sink.h"

namespace holeshot::central_app {

struct LiveNames {
  std::uint64_t epoch = 0;
  std::string_view kid;  // empty: ticks are not signed, and it is left out
};

// The payload of the state's snapshot, with epoch, kid and slot at its top and in each of motos[]. Canonical, as it was.
[[nodiscard]] std::string snapshot_text(const actor::TrackState& state, const LiveNames& names);

// A `race_staged` payload with the same for its moto, in `slot`.
[[nodiscard]] std::string staged_text(std::string_view payload, std::uint8_t slot, const LiveNames& names);

}  // namespace holeshot::central_app
