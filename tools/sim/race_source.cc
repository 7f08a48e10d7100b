#include "tools/sim/race_source.h"

#include <algorithm>
#include <cmath>

#include "common/base/check.h"
#include "tools/sim/race_truth.h"

namespace holeshot::sim {

namespace {

constexpr std::uint64_t kStatusStaggerUs = 1'210'000;  // the four decoders were not switched on together
// A load's riders: many enough that nobody's hold-off gets in the way.
constexpr std::uint32_t kLoadRiders = 4096;

DecoderOptions decoder_options(const RaceOptions& options) {
  return {.profile = options.profile, .boot_us = options.boot_rtc_us, .seed = options.plan.seed};
}

}  // namespace

RaceSource::RaceSource(const RaceOptions& options, std::function<void(const std::string&)> race_line)
    : RaceSource(options, std::make_unique<Decoders>(decoder_options(options)), std::move(race_line)) {}

RaceSource::RaceSource(const RaceOptions& options, std::unique_ptr<Box> box,
                       std::function<void(const std::string&)> race_line)
    : options_(options),
      race_line_(std::move(race_line)),
      box_(std::move(box)),
      random_(options.plan.seed ^ 0x10AD) {
  HOLESHOT_CHECK(options_.speed > 0, "time goes forward");
  HOLESHOT_CHECK(options_.load_per_s >= 0 && options_.load_per_s <= kMaxLoad, "a load can be borne");
}

std::uint64_t RaceSource::run(std::uint64_t mono_us, const Emit& emit) {
  if (!boot_mono_us_) boot(mono_us);
  const std::uint64_t now = true_at(mono_us);
  while (!events_.empty() && events_.top().due_us <= now) {
    const Event event = events_.top();
    events_.pop();
    if (of_a_race(event.what)) --race_events_;
    happen(event, emit);
  }
  return events_.empty() ? kNever : mono_at(events_.top().due_us);
}

void RaceSource::boot(std::uint64_t mono_us) {
  boot_mono_us_ = mono_us;
  for (std::size_t decoder = 0; decoder < kLoops.size(); ++decoder) {
    if (!has(box_->decoders(), decoder)) continue;
    Split which;
    which.loop = decoder;
    plan({options_.boot_rtc_us + decoder * kStatusStaggerUs, 0, What::kStatus, {}, which});
  }
  if (load_event_ != 0) return;  // a command has begun it
  if (options_.load_per_s > 0) return next_load(options_.boot_rtc_us);
  if (!options_.gate_on_command) schedule_next_gate(options_.boot_rtc_us + kFirstGateUs);
}

void RaceSource::plan(Event event) {
  event.order = ++order_;
  if (of_a_race(event.what)) ++race_events_;
  events_.push(std::move(event));
}

void RaceSource::schedule_next_gate(std::uint64_t nominal_us) {
  if (!more_races()) return;
  next_gate_us_ = nominal_us;
  plan({nominal_us + gate_pause_us(races_ + 1, options_.plan.seed), 0, What::kNextGate, {}, {}});
}

void RaceSource::happen(const Event& event, const Emit& emit) {
  switch (event.what) {
    case What::kStatus:
      if (options_.status) say(box_->status(event.split.loop, event.due_us), emit);
      return plan({event.due_us + kStatusIntervalUs, 0, What::kStatus, {}, event.split});
    case What::kNextGate: {
      const auto group = static_cast<std::uint32_t>(races_ % options_.groups);
      drop_gate(event.due_us,
                draw_lanes(races_ + 1, group_riders(group, options_.riders), options_.plan.seed));
      // One group cannot be on the track twice.
      const std::uint64_t soon = options_.groups > 1 ? overlap_us(races_, options_.plan) : 0;
      const auto interval = static_cast<std::uint64_t>(options_.interval_s * 1e6);
      return schedule_next_gate(next_gate_us_ + (soon != 0 ? std::min(soon, interval) : interval));
    }
    case What::kGatePulse:
      return say(box_->gate_pulse(event.split.rtc_us), emit);
    case What::kPassing:
      return say(box_->passing(event.rider, event.split), emit);
    case What::kLoad:
      return load(event);
  }
}

void RaceSource::say(Issued issued, const Emit& emit) {
  if (issued.kind == Issued::Kind::kPassing && options_.miss_on_wire > 0) {
    --options_.miss_on_wire;
    issued.live = false;
  }
  emit(issued);
}

void RaceSource::drop_gate(std::uint64_t true_us, const std::vector<Rider>& riders) {
  RacePlan race = plan_race(++races_, true_us, riders, options_.plan);
  for (const RacePlan::Pulse& pulse : race.pulses) {
    Split split;
    split.rtc_us = pulse.rtc_us;
    plan({pulse.issued_us, 0, What::kGatePulse, {}, split});
  }
  for (const RiderPlan& rider : race.riders) {
    for (const Split& split : rider.splits) plan({split.issued_us, 0, What::kPassing, rider.rider, split});
  }
  for (const Walk& walk : race.walks) plan({walk.split.issued_us, 0, What::kPassing, walk.rider, walk.split});
  if (truth_line_) truth_line_(truth_of(race));
  if (race_line_) race_line_(to_json(reported(std::move(race))));
}

RacePlan RaceSource::reported(RacePlan race) const {
  race.gate_rtc_us = box_->rtc(box_->decoder_of(kHill), race.gate_rtc_us);
  for (RiderPlan& rider : race.riders) {
    for (Split& split : rider.splits) {
      split.loop = box_->decoder_of(split.loop);
      split.rtc_us = box_->rtc(split.loop, split.rtc_us);
    }
  }
  return race;
}

void RaceSource::next_load(std::uint64_t from_us) {
  load_event_ = 0;
  if (options_.load_per_s <= 0 || !more_load()) return;
  // In step with the rider before, but not catching up on a pause.
  load_us_ = std::max(load_us_, static_cast<double>(from_us - options_.boot_rtc_us));
  load_us_ += 1e6 / options_.load_per_s;
  plan({options_.boot_rtc_us + static_cast<std::uint64_t>(load_us_), 0, What::kLoad, {}, {}});
  load_event_ = order_;
}

void RaceSource::load(const Event& event) {
  if (event.order != load_event_) return;  // planned before the rate was changed
  Split split;
  split.loop = loaded_ % kLoops.size();
  split.rtc_us = event.due_us - event.due_us % options_.plan.rtc_step_us;
  split.issued_us = split.rtc_us + random_.between(kIssueDelayMinUs, kIssueDelayMaxUs);
  split.strength = static_cast<std::uint16_t>(random_.between(76, 133));
  split.hits = static_cast<std::uint16_t>(random_.between(12, 36));
  const auto rider = kFirstTransponder + static_cast<std::uint32_t>(loaded_ / kLoops.size() % kLoadRiders);
  ++loaded_;
  plan({split.issued_us, 0, What::kPassing, rider_with(rider), split});
  next_load(options_.boot_rtc_us);
}

std::vector<base::Bytes> RaceSource::answer(const p3::Record& request, std::uint64_t mono_us,
                                            DecoderSet who) {
  return box_->answer(request, boot_mono_us_ ? true_at(mono_us) : options_.boot_rtc_us, who);
}

std::uint64_t RaceSource::true_at(std::uint64_t mono_us) const {
  const auto real = static_cast<double>(mono_us - *boot_mono_us_);
  return options_.boot_rtc_us + static_cast<std::uint64_t>(real * options_.speed);
}

std::uint64_t RaceSource::mono_at(std::uint64_t true_us) const {
  const auto race = static_cast<double>(true_us - options_.boot_rtc_us);
  return *boot_mono_us_ + static_cast<std::uint64_t>(std::ceil(race / options_.speed));
}

}  // namespace holeshot::sim
