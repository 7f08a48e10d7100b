#include "gateway/driver/p3/clock_watch.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace holeshot::driver::p3 {

namespace {

// Beyond it a double does not hold every microsecond; no clock of a decoder is there.
constexpr std::uint64_t kSaneTimeUs = std::uint64_t{1} << 52;

double seconds_of(std::uint64_t us) { return static_cast<double>(std::min(us, kSaneTimeUs)); }
double apart_of(Moment now) { return seconds_of(now.wall_us) - seconds_of(now.mono_us); }

}  // namespace

std::optional<double> ClockWatch::drift() const {
  if (hour_.size() < 2) return {};
  const double span = hour_.back().at - hour_.front().at;
  if (span <= 0 || (hour_.back().unsure + hour_.front().unsure) / span > kDriftSureUs) return {};
  return (hour_.back().offset - hour_.front().offset) / span;
}

// Each sample is unsure by half its round trip and by what the clock may have drifted since.
std::optional<ClockWatch::Guess> ClockWatch::guess(double at) const {
  if (recent_.empty()) return {};
  const std::optional<double> rate = drift();
  const double bound = rate ? kKnownDrift : kUnknownDrift;
  std::optional<Guess> best;
  for (const Sample& sample : recent_) {
    const double age = std::max(0.0, at - sample.at);
    const double unsure = sample.unsure + age * bound;
    if (best && best->unsure <= unsure) continue;
    best = Guess{.offset = sample.offset + rate.value_or(0) * age, .unsure = unsure, .age = age};
  }
  return best;
}

bool ClockWatch::clocks_apart(Moment now) const {
  return std::abs(apart_of(now) - wall_less_mono_) > kApartUs;
}

bool ClockWatch::sample(Moment sent, Moment received, std::uint64_t rtc_us) {
  if (received.mono_us < sent.mono_us || rtc_us > kSaneTimeUs) return false;
  const double begin = seconds_of(sent.mono_us);
  const double end = seconds_of(received.mono_us);
  const Sample now{.at = end, .offset = seconds_of(rtc_us) - (begin + end) / 2, .unsure = (end - begin) / 2};
  const double set_by = apart_of(received) - std::exchange(wall_less_mono_, apart_of(received));
  const std::optional<Guess> before = guess(end);
  doubt_ = false;
  bool stepped = false;
  if (before) {
    const double limit = now.unsure + before->unsure + kStepFloorUs;
    const double by_mono = now.offset - before->offset;
    // While the machine slept drift went on.
    const double slept_limit = limit + std::abs(set_by) * kUnknownDrift;
    if (std::abs(by_mono) > limit) {
      stepped = std::abs(by_mono - set_by) > slept_limit;
      forget();
    }
  }
  if (before && !recent_.empty()) agrees(end);
  keep(now);
  return stepped && step(end);
}

bool ClockWatch::step(double at) {
  last_step_at_ = at;
  if (streak_ == kMaxStreak) return false;
  ++streak_;
  ++steps_;
  return true;
}

void ClockWatch::agrees(double at) {
  if (at - last_step_at_ > kCalmUs) streak_ = 0;
}

void ClockWatch::keep(const Sample& sample) {
  recent_.push_back(sample);
  if (recent_.size() > kRecent) recent_.pop_front();
  const auto bucket = [](const Sample& s) { return static_cast<std::uint64_t>(s.at) / kBucketUs; };
  if (hour_.empty() || bucket(hour_.back()) != bucket(sample)) {
    hour_.push_back(sample);
    if (hour_.size() > kBuckets) hour_.pop_front();
  } else if (sample.unsure <= hour_.back().unsure) {
    hour_.back() = sample;
  }
}

void ClockWatch::forget() {
  recent_.clear();
  hour_.clear();
  least_late_.reset();
  far_behind_.reset();
}

bool ClockWatch::passing(Moment received, std::uint64_t rtc_us) {
  if (rtc_us > kSaneTimeUs) return false;
  const double at = seconds_of(received.mono_us);
  const double lead = seconds_of(rtc_us) - at;
  if (recent_.empty() && !least_late_) wall_less_mono_ = apart_of(received);
  if (clocks_apart(received)) {
    doubt_ = true;
    if (recent_.empty()) {
      forget();
      wall_less_mono_ = apart_of(received);
    }
    return false;
  }
  const std::optional<Guess> now = guess(at);
  if (!now) return passing_alone(lead, at);
  const double early = lead - now->offset;
  if (early < -kDwellUs) doubt_ = true;
  if (early <= now->unsure + kFutureUs) return false;
  forget();
  doubt_ = true;
  return step(at);
}

// A passing can be later than the promptest one, hardly earlier.
bool ClockWatch::passing_alone(double lead, double at) {
  if (!least_late_) {
    least_late_ = lead;
    least_late_at_ = at;
    return false;
  }
  const double early = lead - *least_late_;
  const bool behind = early < -kDwellUs;
  const bool behind_again = behind && far_behind_ && std::abs(lead - *far_behind_) < kPassingJumpUs;
  if (early > kPassingJumpUs || behind_again) {
    forget();
    least_late_ = lead;
    least_late_at_ = at;
    return step(at);
  }
  if (behind) {
    far_behind_ = lead;
    return false;
  }
  far_behind_.reset();
  agrees(at);
  const double faded = *least_late_ - std::max(0.0, at - least_late_at_) * kUnknownDrift;
  least_late_ = std::max(lead, faded);
  least_late_at_ = at;
  return false;
}

std::optional<std::int64_t> ClockWatch::offset_us(Moment now) const {
  if (recent_.empty() || streak_ == kMaxStreak || clocks_apart(now)) return {};
  const double at = seconds_of(now.mono_us);
  return static_cast<std::int64_t>(std::llround(guess(at)->offset - apart_of(now)));
}

std::optional<std::int64_t> ClockWatch::drift_ppm() const {
  const std::optional<double> rate = drift();
  if (!rate) return {};
  return static_cast<std::int64_t>(std::llround(*rate * 1e6));
}

bool ClockWatch::take_doubt() { return std::exchange(doubt_, false); }

}  // namespace holeshot::driver::p3
