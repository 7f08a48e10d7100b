// Checkpoint: a track's engine and decoder board after some input, kept in the log (docs/workers.md). A start goes on
// from the newest one instead of from the beginning, and retention may remove the inputs before it.
//
// It names its place twice: the offset, which holds in the log that it was made in, and the key of the last input, by
// which it is found in any other copy.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "central/log/event_log.h"
#include "central/race/decoder_board.h"
#include "central/race/engine.h"
#include "common/base/result.h"
#include "common/contract/ids.h"

namespace holeshot::actor {

// A log event's key.
struct InputKey {
  std::string subject;
  contract::ClientId client;
  contract::BootId boot;
  std::uint64_t seq = 0;
};

struct Checkpoint {
  race::RaceEngine engine;
  race::DecoderBoard board;
  std::uint64_t applied = 0;  // inputs up to here, the unreadable ones too: the checkpoint's own seq
  InputKey input;             // the last one
  log::Offset cursor;         // its place in the log at hand
};

// As the log keeps it, on the track's checkpoint subject with the engine's client and version.
[[nodiscard]] log::NewEvent stored_form(const Checkpoint& checkpoint, const std::string& log_id);

// Reads one back and finds its place in `log`. kCorrupt where it is damaged, kInvalid where other rules made it,
// kMissing where this log does not hold its last input; else what reading the log says.
[[nodiscard]] base::Result<Checkpoint> restore_checkpoint(log::EventLog& log, const contract::TrackId& track,
                                                          const log::Event& event);

struct CheckpointSearch {
  std::optional<Checkpoint> found;
  std::uint64_t highest_seq = 0;  // of all that these rules made, also of those that cannot be used
  std::uint64_t passed_over = 0;  // could not be used; each is said in the program's log
};
[[nodiscard]] base::Result<CheckpointSearch> newest_checkpoint(log::EventLog& log,
                                                               const contract::TrackId& track);
// The oldest that stands at or behind `removed`: everything after it is still there.
[[nodiscard]] base::Result<CheckpointSearch> oldest_checkpoint(log::EventLog& log,
                                                               const contract::TrackId& track,
                                                               log::Offset removed);

// The newest that stands at or behind `removed` and not behind `through`.
[[nodiscard]] base::Result<CheckpointSearch> checkpoint_between(log::EventLog& log,
                                                                const contract::TrackId& track,
                                                                log::Offset removed, log::Offset through);
// Every usable one, oldest first.
[[nodiscard]] base::Result<std::vector<Checkpoint>> usable_checkpoints(log::EventLog& log,
                                                                       const contract::TrackId& track);

}  // namespace holeshot::actor
