// TrackActor: one track's engine and decoder board, fed by the log and only by the log. It reads its own subjects with
// its own cursor, a bounded page a turn, so nothing that happens to another track can hold it up. What it derives goes
// back into the log under numbers that the derivation itself fixes, so deriving again after a restart gives duplicates
// and never second copies.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "central/actor/checkpoint.h"
#include "central/actor/executor.h"
#include "central/actor/on_track.h"
#include "central/actor/race_sink.h"
#include "central/actor/track_log.h"
#include "central/log/event_log.h"
#include "central/race/decoder_board.h"
#include "central/race/engine.h"
#include "central/worker/attempts.h"
#include "central/worker/progress.h"
#include "common/base/metrics.h"
#include "common/contract/ids.h"

namespace holeshot::actor {

// Of one turn; what they derive is appended together, with one fsync. At 10 to 20 us an input a turn computes for some
// milliseconds, about as long as its fsync takes, so neither dominates.
inline constexpr std::size_t kInputsPerTurn = 256;
// The same for unusually large ones: a run of the log is not longer, and parsing it stays within those milliseconds.
inline constexpr std::size_t kBytesPerTurn = 256U << 10;

// New inputs after which a checkpoint is made: applying as many takes a start less than a second.
inline constexpr std::uint64_t kCheckpointInputs = 20'000;
// And the time, by the log's stamps, after which there is one if anything is new: a quiet day leaves some, too.
inline constexpr std::chrono::hours kCheckpointEvery{1};
// At a clean stop: fewer are applied faster than anybody looks.
inline constexpr std::uint64_t kCheckpointAtStop = 1'000;

struct ActorMetrics {
  explicit ActorMetrics(base::Metrics& metrics);
  base::Counter inputs;
  base::Counter events;
  base::Counter append_failures;
  base::Counter nondeterminism;
  base::Counter checkpoints;
};

using InputReader = std::function<base::Result<race::Input>(const contract::TrackId&, const log::Event&)>;

// Everything outlives the actor.
struct ActorContext {
  log::EventLog& log;
  Executor& executor;
  RaceSink& sink;
  RaceWatch& watch;
  ActorMetrics& metrics;
  worker::Supervisor* supervisor;  // may be null
  const worker::WorkerPolicy policy;
  const InputReader read;
  const std::uint64_t checkpoint_inputs;
};

// wake(), state() and live() from any thread; all else happens in turns.
class TrackActor final : public Strand {
 public:
  // `replay_until`: until the log's events up to here are applied nothing is told that a viewer could have been told
  // before.
  TrackActor(contract::TrackId track, const ActorContext& context, log::Offset replay_until);
  // Leaves a checkpoint where enough is new.
  ~TrackActor() override;

  // There may be something new on its subjects.
  void wake() { context_.executor.wake(*this); }

  // As of the last input. Null before the first turn that changed something.
  [[nodiscard]] std::shared_ptr<const TrackState> state() const;
  // Everything up to `replay_until` has been applied.
  [[nodiscard]] bool live() const { return live_.load(); }

 private:
  Next turn() override;
  [[nodiscard]] std::chrono::milliseconds pause() const override { return pause_; }

  // Where to begin (track_start.cc).
  base::Status start();
  void adopt(Checkpoint checkpoint);
  base::Status mind_what_is_missing(const CheckpointSearch& search);
  void end_silence(log::Offset next);
  void note_gap();
  void say_gap(log::Offset removed, const std::string& what);

  // One turn's reading.
  base::Result<bool> read_on();
  bool take(const log::Event& event);
  bool give_up(const log::Event& event, const base::Error& error);
  Next wait_for(const base::Error& error);

  // What follows from an input.
  void apply(const log::Event& event, const race::Input& input);
  void tell(const race::Input& input);
  void become_live();
  void tell_board(const race::Input& input);
  void set_state(std::uint64_t ts_us);
  void mind_the_time();

  // What goes into the log.
  bool flush();
  void judge(const std::vector<log::Appended>& verdicts);
  void keep_checkpoint_if_due();
  void keep_checkpoint();

  const contract::TrackId track_;
  const ActorContext context_;
  const std::vector<std::string> subjects_;
  const log::Offset replay_until_;
  std::chrono::milliseconds pause_ = kRetryPause;
  worker::Progress progress_;
  worker::Attempts attempts_;

  bool started_ = false;
  log::Offset cursor_;            // inputs up to here are applied
  std::optional<InputKey> last_;  // the one at the cursor
  std::uint64_t applied_ = 0;     // how many
  std::uint64_t stored_ = 0;      // events up to this ordinal are in the log already
  log::Offset gap_told_;          // what was removed up to here has been said
  log::Offset silent_until_;  // after a gap: what inputs up to here gave is in the log under other numbers
  bool renumber_ = false;     // after them the engine goes on behind `stored_`

  race::RaceEngine engine_;
  race::DecoderBoard board_;
  OnTrack on_track_;
  race::EventList derived_;              // of the input at hand
  std::vector<log::NewEvent> owed_;      // derived, or given up, and not yet in the log
  std::uint64_t last_ts_us_ = 0;         // of the last input
  std::set<std::string> watched_gates_;  // event ids of the gate drops that the watch knows of

  std::uint64_t kept_applied_ = 0;     // inputs at the last checkpoint
  std::uint64_t first_new_at_us_ = 0;  // log time of the first input after it
  std::uint64_t last_at_us_ = 0;       // and of the last
  bool checkpoint_wanted_ = false;     // whatever the count

  std::atomic<bool> live_ = false;
  mutable std::mutex state_mutex_;
  std::shared_ptr<const TrackState> state_;
};

}  // namespace holeshot::actor
