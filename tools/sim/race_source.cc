#include "tools/sim/race_source.h"

#include <charconv>
#include <cmath>

#include "common/base/check.h"
#include "common/base/log.h"

namespace holeshot::sim {

namespace {

constexpr std::uint64_t kStatusStaggerUs = 1'210'000;  // the four decoders were not switched on together

base::Result<std::uint32_t> parse_number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return base::fail(base::Code::kInvalid,
                      "gate: \"" + std::string{text.substr(0, 40)} + "\" is not a number",
                      "write `gate 0` for group 0, or `gate 7000001,7000004` for riders in lane order");
  }
  return value;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

base::Result<std::vector<Rider>> listed_riders(std::string_view list) {
  std::vector<Rider> riders;
  for (std::size_t from = 0; from <= list.size();) {
    const std::size_t comma = std::min(list.find(',', from), list.size());
    HOLESHOT_ASSIGN(const std::uint32_t id, parse_number(trimmed(list.substr(from, comma - from))));
    riders.push_back(rider_with(id));
    from = comma + 1;
  }
  if (riders.size() > kLanes) {
    return base::fail(base::Code::kInvalid,
                      "gate: " + std::to_string(riders.size()) + " riders for eight lanes",
                      "name at most eight");
  }
  return riders;
}

}  // namespace

base::Result<std::vector<Rider>> parse_gate(std::string_view line, const RaceOptions& options) {
  const std::string_view text = trimmed(line);
  if (!text.starts_with("gate ")) {
    return base::fail(base::Code::kInvalid,
                      "command \"" + std::string{text.substr(0, 40)} + "\" is not known",
                      "the one command is `gate GROUP` or `gate ID,ID,...`");
  }
  const std::string_view who = trimmed(text.substr(5));
  if (who.find(',') == std::string_view::npos) {
    HOLESHOT_ASSIGN(const std::uint32_t number, parse_number(who));
    if (number < options.groups) return group_riders(number, options.riders);
    if (number < kMaxGroups) {
      return base::fail(base::Code::kInvalid, "gate: there is no group " + std::to_string(number),
                        "groups count from 0; --groups says how many there are");
    }
  }
  return listed_riders(who);
}

RaceSource::RaceSource(const RaceOptions& options, std::function<void(const std::string&)> race_line)
    : options_(options),
      race_line_(std::move(race_line)),
      decoders_(options.profile, options.boot_rtc_us, options.plan.seed) {
  HOLESHOT_CHECK(options_.speed > 0, "time goes forward");
}

std::uint64_t RaceSource::run(std::uint64_t mono_us, const Emit& emit) {
  if (!boot_mono_us_) boot(mono_us);
  const std::uint64_t now = rtc_at(mono_us);
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
  for (std::size_t loop = 0; loop < kLoops.size(); ++loop) {
    Split which;
    which.loop = loop;
    plan({options_.boot_rtc_us + loop * kStatusStaggerUs, 0, What::kStatus, {}, which});
  }
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
      emit(decoders_.status(event.split.loop));
      return plan({event.due_us + kStatusIntervalUs, 0, What::kStatus, {}, event.split});
    case What::kNextGate: {
      const auto group = static_cast<std::uint32_t>(races_ % options_.groups);
      drop_gate(event.due_us,
                draw_lanes(races_ + 1, group_riders(group, options_.riders), options_.plan.seed));
      return schedule_next_gate(next_gate_us_ + static_cast<std::uint64_t>(options_.interval_s * 1e6));
    }
    case What::kGatePulse:
      return emit(decoders_.gate_pulse(event.split.rtc_us));
    case What::kPassing:
      return emit(decoders_.passing(event.rider, event.split));
  }
}

void RaceSource::drop_gate(std::uint64_t rtc_us, const std::vector<Rider>& riders) {
  const RacePlan race = plan_race(++races_, rtc_us, riders, options_.plan);
  Split pulse;
  pulse.rtc_us = race.gate_rtc_us;
  plan({race.gate_issued_us, 0, What::kGatePulse, {}, pulse});
  for (const RiderPlan& rider : race.riders) {
    for (const Split& split : rider.splits) plan({split.issued_us, 0, What::kPassing, rider.rider, split});
  }
  if (race_line_) race_line_(to_json(race));
}

std::vector<base::Bytes> RaceSource::answer(const p3::Record& request, std::uint64_t mono_us) {
  return decoders_.answer(request, boot_mono_us_ ? rtc_at(mono_us) : options_.boot_rtc_us);
}

void RaceSource::command(std::string_view line, std::uint64_t mono_us) {
  if (trimmed(line).empty()) return;
  const auto riders = parse_gate(line, options_);
  if (!riders) return base::log_warn("sim", riders.error().text());
  if (!more_races()) return base::log_warn("sim", "gate: all races of --races have been run");
  if (!boot_mono_us_) boot(mono_us);
  drop_gate(rtc_at(mono_us), *riders);
}

std::uint64_t RaceSource::rtc_at(std::uint64_t mono_us) const {
  const auto real = static_cast<double>(mono_us - *boot_mono_us_);
  return options_.boot_rtc_us + static_cast<std::uint64_t>(real * options_.speed);
}

std::uint64_t RaceSource::mono_at(std::uint64_t rtc_us) const {
  const auto race = static_cast<double>(rtc_us - options_.boot_rtc_us);
  return *boot_mono_us_ + static_cast<std::uint64_t>(std::ceil(race / options_.speed));
}

}  // namespace holeshot::sim
