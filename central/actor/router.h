// Router: notices which tracks the log has something new for, and wakes their actors; these read for themselves. It
// carries no events, so no track can hold another up. It keeps nothing on disk.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <vector>

#include "central/actor/executor.h"
#include "central/actor/race_sink.h"
#include "central/actor/track_actor.h"
#include "central/log/event_log.h"
#include "central/worker/supervisor.h"
#include "central/worker/worker_policy.h"
#include "common/base/metrics.h"
#include "common/base/worker.h"

namespace holeshot::actor {

struct RouterOptions {
  worker::Supervisor* supervisor = nullptr;  // outlives the router where given
  worker::WorkerPolicy policy = worker::default_policy(worker::kRace);
  InputReader read = read_input;  // tests make it fail
  std::uint64_t checkpoint_inputs = kCheckpointInputs;
};

// Thread-safe. One thread of its own.
class Router {
 public:
  // All outlive the router. Starts at once.
  Router(log::EventLog& log, Executor& executor, RaceSink& sink, RaceWatch& watch, base::Metrics& metrics,
         RouterOptions options = {});
  // Actors with much that is new leave a checkpoint.
  ~Router();

  // Everything that the log held at start has been applied: the state that is shown is not an old one.
  [[nodiscard]] bool caught_up() const;
  // The offset up to which the log has been looked at for tracks with news.
  [[nodiscard]] log::Offset noticed() const { return log::Offset{noticed_.load()}; }
  // Null for a track of which the log holds nothing.
  [[nodiscard]] std::shared_ptr<const TrackState> state(const contract::TrackId& track) const;
  [[nodiscard]] std::vector<contract::TrackId> tracks() const;

  // The tailing thread lives. Any thread.
  [[nodiscard]] bool running() const { return worker_.running(); }

 private:
  void run(const std::stop_token& stop);
  void look(log::Offset now);
  void find_new_tracks();
  struct Entry {
    std::unique_ptr<TrackActor> actor;
    std::string raw;
    std::string control;
    log::Offset woken_for;  // its newest input when it was woken last; the router's thread only
  };

  log::EventLog& log_;
  ActorMetrics metrics_;
  const ActorContext context_;
  const log::Offset replay_until_;  // what was in the log at start
  std::atomic<bool> looked_ = false;
  std::atomic<std::uint64_t> noticed_ = 0;
  mutable std::mutex mutex_;  // guards the map; actors stay until the router goes
  std::map<contract::TrackId, Entry> actors_;
  base::Worker worker_;  // last: stops before the actors go
};

}  // namespace holeshot::actor
