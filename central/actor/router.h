// Router: reads the log from its beginning and gives every event to the actor of its track. It keeps nothing on
// disk: a start replays, and the log's own numbers keep that from being told or stored twice.
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
#include "common/base/metrics.h"
#include "common/base/worker.h"

namespace holeshot::actor {

// Thread-safe. One thread of its own.
class Router {
 public:
  // All outlive the router. Starts at once.
  Router(log::EventLog& log, Executor& executor, RaceSink& sink, RaceWatch& watch, base::Metrics& metrics);
  ~Router();

  // Everything that the log held at start has been applied: the state that is shown is not an old one.
  [[nodiscard]] bool caught_up() const;
  // The offset up to which events have been given to their actors.
  [[nodiscard]] log::Offset routed() const { return log::Offset{routed_.load()}; }
  // Null for a track of which the log holds nothing.
  [[nodiscard]] std::shared_ptr<const TrackState> state(const contract::TrackId& track) const;
  [[nodiscard]] std::vector<contract::TrackId> tracks() const;

  // The tailing thread lives. Any thread.
  [[nodiscard]] bool running() const { return worker_.running(); }

 private:
  void run(const std::stop_token& stop);
  bool route(log::Event event, const std::stop_token& stop);
  void end_replay(const std::stop_token& stop);
  TrackActor* actor_of(const contract::TrackId& track, const std::stop_token& stop);

  log::EventLog& log_;
  ActorMetrics metrics_;
  const ActorContext context_;
  const log::Offset replay_until_;  // what was in the log at start
  std::atomic<bool> replayed_ = false;
  std::atomic<std::uint64_t> routed_ = 0;
  mutable std::mutex mutex_;  // guards the map; actors stay until the router goes
  std::map<contract::TrackId, std::unique_ptr<TrackActor>> actors_;
  base::Worker worker_;  // last: stops before the actors go
};

}  // namespace holeshot::actor
