// What the log holds of one track, as its actor and the replay look at it alike.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "central/log/event_log.h"
#include "central/race/input.h"
#include "central/race/race_event.h"
#include "common/base/result.h"
#include "common/contract/ids.h"

namespace holeshot::actor {

// A parsed log event of a track: how the actor and replay read one alike. kInvalid where it can never be read.
[[nodiscard]] base::Result<race::Input> read_input(const contract::TrackId& track, const log::Event& event);
// As the log keeps a race event.
[[nodiscard]] log::NewEvent stored_form(const race::RaceEvent& event);

// Raw and control of a track.
[[nodiscard]] std::vector<std::string> input_subjects(const contract::TrackId& track);

// The offset through which retention may have removed inputs of the track; Offset{} where it removed none.
[[nodiscard]] log::Offset inputs_removed_through(const log::EventLog& log, const contract::TrackId& track);

// Race events of these rules up to this ordinal are in the log, or were until retention removed them.
[[nodiscard]] std::uint64_t stored_through(const log::EventLog& log, const contract::TrackId& track);

// The newest race event of these rules that the log holds.
struct StoredMark {
  std::uint64_t ordinal = 0;  // 0 = none
  log::Offset source;         // of the input that gave it; Offset{} where that is gone
};
[[nodiscard]] base::Result<StoredMark> newest_stored(log::EventLog& log, const contract::TrackId& track);
// This copy of the log holds events of these rules and never held the first: its beginning, and that of the inputs, is
// elsewhere.
[[nodiscard]] base::Result<bool> begins_later(log::EventLog& log, const contract::TrackId& track);

}  // namespace holeshot::actor
