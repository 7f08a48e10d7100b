#include "central/actor/router.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <optional>
#include <utility>

#include "common/base/log.h"
#include "common/contract/subjects.h"

namespace holeshot::actor {

namespace {

// Only how often the loop looks around; an append wakes it at once.
constexpr std::chrono::milliseconds kLookAround{1000};
constexpr std::chrono::milliseconds kAfterFailedRead{500};

std::optional<contract::TrackId> track_of(const log::Event& event) {
  if (auto track = contract::track_of(event.subject, contract::kRawPrefix)) return track;
  return contract::track_of(event.subject, contract::kControlPrefix);
}

void pause(const std::stop_token& stop, std::chrono::milliseconds time) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, time, [] { return false; });
}

}  // namespace

Router::Router(log::EventLog& log, Executor& executor, RaceSink& sink, RaceWatch& watch,
               base::Metrics& metrics)
    : log_(log),
      metrics_(metrics),
      context_{log, executor, sink, watch, metrics_},
      replay_until_(log.last()),
      worker_("router", [this](const std::stop_token& stop) { run(stop); }) {}

Router::~Router() {
  worker_.request_stop();
  worker_.join();
}

bool Router::caught_up() const {
  if (!replayed_.load()) return false;
  const std::scoped_lock lock(mutex_);
  return std::ranges::all_of(actors_, [](const auto& entry) { return entry.second->live(); });
}

std::shared_ptr<const TrackState> Router::state(const contract::TrackId& track) const {
  const std::scoped_lock lock(mutex_);
  const auto found = actors_.find(track);
  return found == actors_.end() ? nullptr : found->second->state();
}

std::vector<contract::TrackId> Router::tracks() const {
  const std::scoped_lock lock(mutex_);
  std::vector<contract::TrackId> tracks;
  tracks.reserve(actors_.size());
  for (const auto& [track, actor] : actors_) tracks.push_back(track);
  return tracks;
}

void Router::run(const std::stop_token& stop) {
  log::Offset at;
  while (!stop.stop_requested()) {
    if (!replayed_.load() && at >= replay_until_) end_replay(stop);
    auto events = log_.read({.after = at});
    if (!events) {
      base::log_error("actor", "cannot read the log; trying again", {{"error", events.error().text()}});
      pause(stop, kAfterFailedRead);
      continue;
    }
    if (events->empty()) {
      // A gap at the end of what was there at start (pruned events) must not hold the replay open.
      if (!replayed_.load()) end_replay(stop);
      (void)log_.wait_past(at, stop, kLookAround);
      continue;
    }
    for (auto& event : *events) {
      if (!replayed_.load() && event.offset > replay_until_) end_replay(stop);
      at = event.offset;
      if (!route(std::move(event), stop)) return;
      routed_ = at.value();
    }
  }
}

bool Router::route(log::Event event, const std::stop_token& stop) {
  const auto track = track_of(event);
  if (!track) return true;
  TrackActor* actor = actor_of(*track, stop);
  return actor != nullptr && actor->put(std::move(event), stop);
}

void Router::end_replay(const std::stop_token& stop) {
  for (const auto& [track, actor] : actors_) {
    if (!actor->go_live(stop)) return;
  }
  replayed_ = true;
}

// Only the router's own thread adds actors, so it may look without the lock.
TrackActor* Router::actor_of(const contract::TrackId& track, const std::stop_token& stop) {
  if (const auto found = actors_.find(track); found != actors_.end()) return found->second.get();
  auto made = std::make_unique<TrackActor>(track, context_);
  TrackActor* actor = made.get();
  if (replayed_.load() && !actor->go_live(stop)) return nullptr;
  const std::scoped_lock lock(mutex_);
  actors_.emplace(track, std::move(made));
  return actor;
}

}  // namespace holeshot::actor
