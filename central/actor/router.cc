#include "central/actor/router.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

#include "common/contract/subjects.h"

namespace holeshot::actor {

namespace {

// Only how often the loop looks around; an append wakes it at once.
constexpr std::chrono::milliseconds kLookAround{1000};

// A track whose inputs retention has removed still has its checkpoint, and a state to show.
std::optional<contract::TrackId> track_of(std::string_view subject) {
  for (const auto prefix : {contract::kRawPrefix, contract::kControlPrefix, contract::kCheckpointPrefix}) {
    if (auto track = contract::track_of(subject, prefix)) return track;
  }
  return std::nullopt;
}

}  // namespace

Router::Router(log::EventLog& log, Executor& executor, RaceSink& sink, RaceWatch& watch,
               base::Metrics& metrics, RouterOptions options)
    : log_(log),
      metrics_(metrics),
      context_{log,
               executor,
               sink,
               watch,
               metrics_,
               options.supervisor,
               std::move(options.policy),
               std::move(options.read),
               options.checkpoint_inputs},
      replay_until_(log.last()),
      worker_("router", [this](const std::stop_token& stop) { run(stop); }) {}

Router::~Router() {
  worker_.request_stop();
  worker_.join();
}

bool Router::caught_up() const {
  if (!looked_.load()) return false;
  const std::scoped_lock lock(mutex_);
  return std::ranges::all_of(actors_, [](const auto& entry) { return entry.second.actor->live(); });
}

std::shared_ptr<const TrackState> Router::state(const contract::TrackId& track) const {
  const std::scoped_lock lock(mutex_);
  const auto found = actors_.find(track);
  return found == actors_.end() ? nullptr : found->second.actor->state();
}

std::vector<contract::TrackId> Router::tracks() const {
  const std::scoped_lock lock(mutex_);
  std::vector<contract::TrackId> tracks;
  tracks.reserve(actors_.size());
  for (const auto& [track, entry] : actors_) tracks.push_back(track);
  return tracks;
}

void Router::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    // Taken before looking: what comes meanwhile ends the wait at once.
    const log::Offset now = log_.last();
    look(now);
    noticed_ = now.value();
    looked_ = true;
    (void)log_.wait_past(now, stop, kLookAround);
  }
}

void Router::look(log::Offset now) {
  find_new_tracks();
  // Only this thread adds actors, so it may walk the map without the lock.
  for (auto& [track, entry] : actors_) {
    // The log knows of a subject's newest event a moment before it can be read. Whoever is woken for one that cannot be
    // read yet finds nothing, so it must count as news once more when the log's end has come to it.
    const log::Offset newest = std::min(now, std::max(log_.last_of(entry.raw), log_.last_of(entry.control)));
    if (newest <= entry.woken_for) continue;
    entry.woken_for = newest;
    entry.actor->wake();
  }
}

void Router::find_new_tracks() {
  for (const auto& subject : log_.subjects()) {
    const auto track = track_of(subject);
    if (!track || actors_.contains(*track)) continue;
    auto actor = std::make_unique<TrackActor>(*track, context_, replay_until_);
    actor->wake();
    Entry made{.actor = std::move(actor),
               .raw = contract::raw_subject(*track),
               .control = contract::control_subject(*track),
               .woken_for = {}};
    const std::scoped_lock lock(mutex_);
    actors_.emplace(*track, std::move(made));
  }
}

}  // namespace holeshot::actor
