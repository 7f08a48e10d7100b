#include "central/race/clocks.h"

#include <algorithm>
#include <utility>

namespace holeshot::race {

namespace {

constexpr std::array<std::string_view, 4> kStates{"same", "known", "assumed", "unsynchronised"};

// Exact for any two clocks less than 292,000 years apart; what wraps is judged as no time of this race.
std::int64_t minus(std::uint64_t a, std::uint64_t b) { return static_cast<std::int64_t>(a - b); }

bool close(std::int64_t a, std::int64_t b, std::uint64_t within) {
  const std::int64_t apart = minus(static_cast<std::uint64_t>(a), static_cast<std::uint64_t>(b));
  return apart < 0 ? minus(0, static_cast<std::uint64_t>(apart)) <= static_cast<std::int64_t>(within)
                   : apart <= static_cast<std::int64_t>(within);
}

// The least delayed of the latest readings that go together: what travelled longer shows an older clock.
std::int64_t best_of(const ClockBook::Clock& clock) {
  std::int64_t best = clock.offsets.back();
  for (const std::int64_t offset : clock.offsets) {
    if (close(offset, clock.offsets.back(), ClockBook::kSteadyUs)) best = std::max(best, offset);
  }
  return best;
}

}  // namespace

std::string_view to_string(ClockState state) { return kStates[static_cast<std::size_t>(state)]; }
std::optional<ClockState> clock_state_from(std::string_view name) {
  for (std::size_t i = 0; i < kStates.size(); ++i) {
    if (kStates[i] == name) return static_cast<ClockState>(i);
  }
  return std::nullopt;
}

void ClockBook::read(const ClockReading& reading) {
  auto found = std::ranges::find(clocks_, reading.decoder_id, &Clock::decoder_id);
  if (found == clocks_.end()) {
    if (clocks_.size() >= kMaxClocks) return;
    clocks_.push_back({.decoder_id = reading.decoder_id, .host = reading.host, .offsets = {}});
    found = std::prev(clocks_.end());
  }
  // Another process at the gateway may run on another machine.
  if (found->host != reading.host) *found = {reading.decoder_id, reading.host, {}};
  const std::int64_t offset = minus(reading.rtc_time_us, reading.captured_at_us);
  // A clock that was set makes what pulses said of it worthless, too.
  if (!found->offsets.empty() && !close(offset, found->offsets.back(), kSteadyUs)) {
    found->offsets.clear();
    std::erase_if(links_, [&](const Link& link) {
      return link.one == reading.decoder_id || link.other == reading.decoder_id;
    });
  }
  found->offsets.push_back(offset);
  if (found->offsets.size() > kReadings) found->offsets.erase(found->offsets.begin());
}

void ClockBook::same_moment(const PassingId& one, const PassingId& other) {
  std::erase_if(links_, [&](const Link& link) {
    return (link.one == one.decoder_id && link.other == other.decoder_id) ||
           (link.one == other.decoder_id && link.other == one.decoder_id);
  });
  if (links_.size() >= kMaxClocks) links_.erase(links_.begin());
  links_.push_back({one.decoder_id, other.decoder_id, minus(one.rtc_time_us, other.rtc_time_us)});
}

const ClockBook::Clock* ClockBook::steady(std::string_view decoder_id) const {
  const auto found = std::ranges::find(clocks_, decoder_id, &Clock::decoder_id);
  // One reading alone may be of a clock that runs at another rate than ours.
  return found != clocks_.end() && found->offsets.size() > 1 ? &*found : nullptr;
}

std::optional<std::int64_t> ClockBook::difference(std::string_view one, std::string_view other) const {
  for (const Link& link : links_) {
    if (link.one == one && link.other == other) return link.difference_us;
    if (link.one == other && link.other == one)
      return minus(0, static_cast<std::uint64_t>(link.difference_us));
  }
  const Clock* a = steady(one);
  const Clock* b = steady(other);
  if (a == nullptr || b == nullptr || a->host != b->host) return std::nullopt;
  return minus(static_cast<std::uint64_t>(best_of(*a)), static_cast<std::uint64_t>(best_of(*b)));
}

ClockAnswer ClockBook::between(std::string_view gate_decoder, const Passing& passing,
                               const Rules& rules) const {
  ClockAnswer answer{.decoder_id = passing.decoder_id};
  if (passing.decoder_id == gate_decoder) return answer;
  if (gate_decoder.empty()) {
    // A start by hand is an estimate; the time at which this passing came in relates the two clocks well enough.
    const Clock* clock = steady(passing.decoder_id);
    answer.state = clock != nullptr ? ClockState::kKnown : ClockState::kAssumed;
    answer.shift_us = clock != nullptr ? minus(0, static_cast<std::uint64_t>(best_of(*clock)))
                                       : minus(passing.captured_at_us, passing.rtc_time_us);
    return answer;
  }
  if (const auto apart = difference(passing.decoder_id, gate_decoder)) {
    answer.state = ClockState::kKnown;
    if (!close(*apart, 0, rules.clock_tolerance_us))
      answer.shift_us = minus(0, static_cast<std::uint64_t>(*apart));
    return answer;
  }
  answer.state = rules.strict_clocks != 0 ? ClockState::kUnsynchronised : ClockState::kAssumed;
  return answer;
}

void ClockBook::restore(std::vector<Clock> clocks, std::vector<Link> links) {
  clocks_ = std::move(clocks);
  links_ = std::move(links);
  std::erase_if(clocks_, [](const Clock& clock) { return clock.offsets.empty(); });
}

}  // namespace holeshot::race
