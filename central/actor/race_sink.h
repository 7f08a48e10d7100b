// What a track tells the world: the seam between the engines and whatever shows them (the live hub, in the app).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "central/race/engine_state.h"
#include "central/race/race_event.h"
#include "central/ticks/tick_race.h"
#include "common/contract/ids.h"

namespace holeshot::actor {

// A moto on the track, as its viewers and its ticks need it.
struct MotoOnTrack {
  std::string moto_id;
  std::string event_ref;
  std::string class_id;
  std::uint8_t slot = 0;  // below race::kMaxMotos; its own as long as it is on the track
  race::Phase phase = race::Phase::kStaged;
  bool stopped = false;      // by a red flag
  std::int64_t gate_us = 0;  // when its gate dropped by central's wall clock, as well as it is known
  std::shared_ptr<const ticks::TickRace> race;  // null before the gate
};

// A track's race as it stands after one input. Immutable once made, shared across threads.
struct TrackState {
  contract::TrackId track;
  std::string phase;               // idle, staged, racing, finished
  std::string moto_id;             // empty when idle
  std::string event_ref;           // the race day; empty when idle
  std::uint64_t ts_us = 0;         // of the input
  std::uint64_t position = 0;      // log offset of the input
  std::string snapshot;            // payload of state_snapshot
  race::SnapshotSeams seams;       // of it
  std::vector<MotoOnTrack> motos;  // as motos[] of the snapshot has them
};

// Called from the turn of a track's actor: for one track in order and never from two threads at a time, for two
// tracks possibly at once. Calls return soon: a turn waits for them.
class RaceSink {
 public:
  virtual ~RaceSink() = default;

  // An event, at once after it was derived; its append to the log follows. An input may give several: each comes
  // with the state after all of them. `event` is null for a state without news: what a restart found.
  virtual void on_race(const std::shared_ptr<const TrackState>& state, const race::RaceEvent* event) = 0;

  // A decoder record: `event_payload` is {message, source_event_id}, empty where only the rows changed (a
  // restart, a moto staged); `snapshot_payload` is {rows}.
  virtual void on_decoder(const contract::TrackId& track, std::uint64_t ts_us,
                          const std::string& event_payload, const std::string& snapshot_payload) = 0;
};

// Who watches the time of running races (RaceTimeouts). Thread-safe.
class RaceWatch {
 public:
  virtual ~RaceWatch() = default;
  // A race runs: from now on, in host time, `limit_us` are left. Several may run on one track; `gate_event_id` tells them
  // apart, and one that is told again gets its whole time again.
  virtual void race_running(const contract::TrackId& track, const std::string& moto_id,
                            const std::string& gate_event_id, std::uint64_t limit_us) = 0;
  // It does not any more: over, stopped, or off the track.
  virtual void race_over(const contract::TrackId& track, const std::string& gate_event_id) = 0;
};

}  // namespace holeshot::actor
