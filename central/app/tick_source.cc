#include "central/app/tick_source.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "common/base/log.h"

namespace holeshot::central_app {

namespace {

constexpr std::uint64_t kSecondUs = 1'000'000;
constexpr std::uint64_t kUsPerMs = 1000;

std::uint64_t latest_split(const ticks::TickRace& race) {
  std::uint64_t latest = 0;
  for (const ticks::TickRider& rider : race.riders) {
    for (const auto& split : rider.splits) latest = std::max(latest, split.value_or(0));
  }
  return latest;
}

}  // namespace

TickSource::TickSource(Broadcaster& broadcaster, live::Hub& hub, const base::Clock& clock, TickPace pace,
                       base::Metrics& metrics)
    : broadcaster_(broadcaster),
      hub_(hub),
      clock_(clock),
      pace_(pace),
      skipped_(metrics.counter("holeshot_ticks_skipped_total",
                               "Ticks that were due while the machine was too busy to make them.")),
      sampling_(
          metrics.gauge("holeshot_live_sampling_percent",
                        "Deltas of ticks in a hundred that viewers are sent who left it to the server.")) {
  sampling_.set(pressure_.percent());
}

void TickSource::start() {
  worker_ = base::Worker("ticks", [this](const std::stop_token& stop) { work(stop); });
}

void TickSource::work(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any woken;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    const std::uint64_t next = tick();
    const std::uint64_t now = clock_.mono_us();
    const std::chrono::microseconds pause{next > now ? next - now : 0};
    woken.wait_for(lock, stop, pause, [] { return false; });
  }
}

std::uint64_t TickSource::tick() {
  const std::uint64_t period = kSecondUs / pace_.hz;
  const std::uint64_t now = clock_.mono_us();
  if (now < due_us_) return due_us_;
  ++round_;
  now_us_ = now;
  wall_us_ = clock_.wall_us();
  for (const std::string& track : broadcaster_.tracks_with_races()) {
    const bool watched = hub_.viewers({track, live::Channel::kRace}) > 0;
    broadcaster_.tick(track, [&](const actor::MotoOnTrack& moto, std::uint64_t seq) {
      return make(run_of(track, moto), moto, seq, watched);
    });
  }
  std::erase_if(runs_, [&](const auto& entry) { return entry.second.round != round_; });
  mind_the_pressure();
  // On a steady grid, so that a tick that is a little late moves no other.
  const std::uint64_t missed = due_us_ == 0 ? 0 : (now - due_us_) / period;
  if (missed > 0) skipped_.add(static_cast<double>(missed));
  due_us_ = due_us_ == 0 ? now + period : due_us_ + (missed + 1) * period;
  return due_us_;
}

void TickSource::mind_the_pressure() {
  pressure_.feed(now_us_, hub_.take_lag_us());
  const unsigned percent = pressure_.percent();
  if (percent == hub_.sampling_percent()) return;
  hub_.set_sampling_percent(percent);
  sampling_.set(percent);
  base::log_warn("app", "viewers who leave the rate to us are sent another part of the ticks",
                 {{"percent", std::uint64_t{percent}}});
}

TickSource::Run& TickSource::run_of(const std::string& track, const actor::MotoOnTrack& moto) {
  const std::pair key{track, moto.slot};
  auto found = runs_.find(key);
  if (found != runs_.end() &&
      (found->second.moto_id != moto.moto_id || found->second.number != moto.race->run)) {
    runs_.erase(found);
    found = runs_.end();
  }
  const bool fresh = found == runs_.end();
  if (fresh) found = runs_.try_emplace(key, pace_.keyframe_interval_us).first;
  Run& run = found->second;
  run.round = round_;
  run.moto_id = moto.moto_id;
  run.number = moto.race->run;
  if (fresh || run.gate_us != moto.gate_us) {
    run.gate_us = moto.gate_us;
    const auto ago = std::max<std::int64_t>(static_cast<std::int64_t>(wall_us_) - moto.gate_us, 0);
    run.gate_mono_us = static_cast<std::int64_t>(now_us_) - ago;
  }
  return run;
}

std::uint64_t TickSource::elapsed(const Run& run, const actor::MotoOnTrack& moto) const {
  const std::int64_t since = static_cast<std::int64_t>(now_us_) - run.gate_mono_us;
  const std::uint64_t counted =
      moto.stopped ? run.elapsed_us : static_cast<std::uint64_t>(std::max<std::int64_t>(since, 0));
  return std::max(counted, latest_split(*moto.race));
}

std::optional<ticks::Frame> TickSource::make(Run& run, const actor::MotoOnTrack& moto, std::uint64_t seq,
                                             bool watched) {
  const ticks::TickRace& race = *moto.race;
  const bool over = moto.phase == race::Phase::kFinished;
  if (over) {
    if (run.end_shown && run.end_shown->riders == race.riders) return std::nullopt;
    run.end_shown = moto.race;
    run.maker.want_keyframe();
  } else {
    run.end_shown.reset();
  }
  if (now_us_ >= run.next_keyframe_us) run.maker.want_keyframe();
  if ((moto.stopped || !watched) && !run.maker.needs_keyframe(race)) return std::nullopt;
  run.elapsed_us = elapsed(run, moto);
  ticks::Frame frame = run.maker.next(race, {run.elapsed_us, wall_us_ / kUsPerMs}, seq);
  if (frame.keyframe) run.next_keyframe_us = now_us_ + pace_.keyframe_interval_us;
  return frame;
}

}  // namespace holeshot::central_app
