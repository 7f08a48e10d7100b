// TrackActor: one track's engine and decoder board, fed by the log and only by the log. What it derives goes back
// into the log under numbers that the derivation itself fixes, so deriving again after a restart gives duplicates
// and never second copies.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "central/actor/executor.h"
#include "central/actor/race_sink.h"
#include "central/log/event_log.h"
#include "central/race/decoder_board.h"
#include "central/race/engine.h"
#include "common/base/mailbox.h"
#include "common/base/metrics.h"
#include "common/contract/ids.h"

namespace holeshot::actor {

// Deliveries that may wait for one track: the router feels a slow one from here on.
inline constexpr std::size_t kMailboxDeliveries = 1024;
// Of one turn; what they derive is appended together, with one fsync.
inline constexpr std::size_t kDeliveriesPerTurn = 256;

struct ActorMetrics {
  explicit ActorMetrics(base::Metrics& metrics);
  base::Counter inputs;
  base::Counter events;
  base::Counter dead_letters;
  base::Counter append_failures;
  base::Counter nondeterminism;
};

// Everything outlives the actor.
struct ActorContext {
  log::EventLog& log;
  Executor& executor;
  RaceSink& sink;
  RaceWatch& watch;
  ActorMetrics& metrics;
};

// put(), go_live(), state() and live() from any thread; all else happens in turns.
class TrackActor final : public Strand {
 public:
  TrackActor(contract::TrackId track, const ActorContext& context);
  ~TrackActor() override;

  // The next event of this track's raw or control subject, in log order; waits for room. False when `stop` asked.
  // REQUIRES: one caller.
  bool put(log::Event event, const std::stop_token& stop);
  // What follows is new: until this marker nothing is told that a viewer could have been told before.
  bool go_live(const std::stop_token& stop);

  // As of the last input. Null before the first turn that changed something.
  [[nodiscard]] std::shared_ptr<const TrackState> state() const;
  // Everything before go_live() has been applied.
  [[nodiscard]] bool live() const { return live_.load(); }

 private:
  using Delivery = std::optional<log::Event>;  // nullopt: the go_live marker

  Next turn() override;
  void take(const log::Event& event);
  void apply(const log::Event& event, const race::Input& input);
  void become_live();
  void dead_letter(const log::Event& event, const base::Error& error);
  void tell_board(const race::Input& input);
  void set_state(std::uint64_t ts_us);
  void mind_the_time();
  bool flush();

  const contract::TrackId track_;
  const ActorContext context_;
  const contract::ClientId client_;
  const contract::BootId version_;
  const std::string raw_subject_;
  const std::string events_subject_;
  const std::uint64_t stored_;  // events up to this ordinal are in the log already
  base::Mailbox<Delivery> mailbox_;
  std::deque<Delivery> pending_;
  race::RaceEngine engine_;
  race::DecoderBoard board_;
  std::vector<race::RaceEvent> derived_;  // of the input at hand
  std::vector<log::NewEvent> owed_;       // derived and not yet in the log
  std::uint64_t last_ts_us_ = 0;          // of the last input
  std::string watched_gate_;              // event id of the gate drop that the watch knows of
  std::atomic<bool> live_ = false;
  mutable std::mutex state_mutex_;
  std::shared_ptr<const TrackState> state_;
};

// A parsed log event of a track: how the actor and replay read one alike.
[[nodiscard]] base::Result<race::Input> read_input(const contract::TrackId& track, const log::Event& event);
// As the log keeps a race event.
[[nodiscard]] log::NewEvent stored_form(const race::RaceEvent& event);

}  // namespace holeshot::actor
