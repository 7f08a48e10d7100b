// The gate: its pulse, a pulse that is missing, doubled or of nobody's race.
#include <algorithm>
#include <utility>

#include "central/race/turn.h"

namespace holeshot::race {

namespace {
constexpr std::string_view kFlagged = event_type::kPassingFlagged;

std::uint64_t apart(std::uint64_t a, std::uint64_t b) { return a < b ? b - a : a - b; }

Gate gate_of(const Passing& passing, GateOrigin origin) {
  return {.id = id_of(passing),
          .utc_time_us = passing.utc_time_us,
          .captured_at_us = passing.captured_at_us,
          .origin = origin};
}

// `by` earlier, on every clock that it stands on.
Gate earlier(Gate gate, std::uint64_t by) {
  gate.id.rtc_time_us -= std::min(gate.id.rtc_time_us, by);
  gate.captured_at_us -= std::min(gate.captured_at_us, by);
  if (gate.utc_time_us) *gate.utc_time_us -= std::min(*gate.utc_time_us, by);
  return gate;
}
}  // namespace

std::optional<Meaning> Turn::meaning_of(const Passing& passing) const {
  if (!passing.transponder_id) return std::nullopt;
  if (!state_.motos.empty())
    return state_.motos.front().moto.meaning_of(*passing.transponder_id, passing.decoder_id);
  if (state_.practice.on) return state_.practice.moto.meaning_of(*passing.transponder_id, passing.decoder_id);
  if (*passing.transponder_id == rules_.gate_transponder) return Meaning::kGate;
  return std::nullopt;
}

Race* Turn::staged() {
  if (state_.motos.empty() || state_.motos.front().gate()) return nullptr;
  return &state_.motos.front();
}

void Turn::gate_pulse(const Passing& passing, Meaning meaning) {
  const PassingId id = id_of(passing);
  if (std::ranges::find(state_.gate_pulses, id, &GatePulse::id) != state_.gate_pulses.end())
    return flag(kFlagged, "resent", "this gate pulse was here before", passing);
  const bool shared = meaning == Meaning::kGate && is_shared(passing);
  state_.gate_pulses.push_back({id, passing.captured_at_us});
  if (state_.gate_pulses.size() > kMaxGatePulses) state_.gate_pulses.pop_front();
  if (meaning == Meaning::kTest) return flag(kFlagged, "test_input", "a test of the gate", passing);
  if (meaning == Meaning::kIgnore)
    return flag(kFlagged, "ignored", "an input that this track does not listen to", passing);
  if (shared)
    return flag(kFlagged, "shared_gate", "another decoder saw this drop, too: its clock is known", passing);
  if (corrects_estimate(passing)) return;
  Race* race = staged();
  if (race == nullptr) {
    const bool racing =
        std::ranges::any_of(state_.motos, [](const Race& other) { return other.phase() == Phase::kRacing; });
    if (racing)
      return flag(kFlagged, "second_gate", "a race is running and nobody stands on the gate", passing);
    if (state_.practice.on) state_.practice.drop_gate(gate_of(passing, GateOrigin::kPulse));
    return flag(kFlagged, state_.practice.on ? "practice_gate" : "test_drop",
                "the gate dropped with nothing staged", passing);
  }
  if (meaning == Meaning::kBeacon)
    return drop_gate(*race, earlier(gate_of(passing, GateOrigin::kBeacon), race->rules.typical_hill_us));
  if (!race->moto.may_issue_gate(passing.decoder_id))
    return flag(kFlagged, "gate_decoder", "this decoder's start input is not the gate of this track",
                passing);
  for (const Race& other : state_.motos) {
    if (other.gate() && other.gate()->id.decoder_id == passing.decoder_id &&
        apart(other.gate()->id.rtc_time_us, passing.rtc_time_us) < race->rules.double_gate_us)
      return flag(kFlagged, "second_gate", "the same drop again: the gate was down already", passing);
  }
  drop_gate(*race, gate_of(passing, GateOrigin::kPulse));
}

// One pulse that went to two decoders tells how their clocks stand to each other. Where the second may start a race and
// the first did not, it still does.
bool Turn::is_shared(const Passing& passing) {
  for (auto pulse = state_.gate_pulses.rbegin(); pulse != state_.gate_pulses.rend(); ++pulse) {
    if (pulse->id.decoder_id == passing.decoder_id ||
        apart(pulse->captured_at_us, passing.captured_at_us) > rules_.shared_gate_us)
      continue;
    const bool started = std::ranges::any_of(
        state_.motos, [&](const Race& race) { return race.pulse && race.pulse->id == pulse->id; });
    if (!started) continue;
    state_.clocks.same_moment(id_of(passing), pulse->id);
    for (Race& race : state_.motos) {
      if (race.pulse && race.pulse->id == pulse->id)
        std::erase_if(race.clocks, [&](const ClockAnswer& a) { return a.decoder_id == passing.decoder_id; });
    }
    follow();
    return true;
  }
  return false;
}

// The pulse of a race that was started without one comes in late.
bool Turn::corrects_estimate(const Passing& passing) {
  for (Race& race : state_.motos) {
    // Somebody stands on the gate again: only a pulse that was asked for again may be the older race's.
    const bool next_gate = staged() != nullptr && !passing.resent;
    if (!race.pulse && race.decided.gate && !next_gate && race.moto.may_issue_gate(passing.decoder_id) &&
        apart(race.decided.gate->captured_at_us, passing.captured_at_us) <= race.rules.hill_max_us) {
      race.pulse = gate_of(passing, GateOrigin::kPulse);
      flag(kFlagged, "second_gate", "the start by hand holds: undo it to start with this pulse", passing,
           &race);
      return true;
    }
    if (!race.pulse || !race.pulse->estimated() || !race.moto.may_issue_gate(passing.decoder_id)) continue;
    if (race.pulse->id.decoder_id != passing.decoder_id ||
        apart(race.pulse->id.rtc_time_us, passing.rtc_time_us) > race.rules.hill_max_us)
      continue;
    // A gate drops before its riders are at the hill: a later pulse is the next gate's.
    if (passing.rtc_time_us > race.pulse->id.rtc_time_us &&
        passing.rtc_time_us - race.pulse->id.rtc_time_us >= race.rules.typical_hill_us)
      continue;
    race.pulse = gate_of(passing, GateOrigin::kPulse);
    race.clocks.clear();
    follow();
    return true;
  }
  return false;
}

void Turn::drop_gate(Race& race, const Gate& gate) {
  race.pulse = gate;
  race.clocks.clear();
  // What is finished beside it has had its time on the track.
  for (auto at = state_.motos.begin(); at != state_.motos.end();) {
    const auto next = std::next(at);
    if (at->phase() == Phase::kFinished) retire(at, {}, false);
    at = next;
  }
  announce(race);
  // A pulse that was sent again late finds riders who crossed a loop before it came in. Nearly always there are none, so
  // looking comes before taking, and the time before the rider.
  const auto after = [&](const Passing& passing) {
    return race.time_of(passing, state_.clocks).has_value() && race.moto.rider_of(passing);
  };
  std::vector<LoosePassing> moved;
  for (const LoosePassing& kept : state_.loose) {
    if (after(kept.passing)) moved.push_back(kept);
  }
  if (!moved.empty())
    std::erase_if(state_.loose, [&](const LoosePassing& kept) { return after(kept.passing); });
  const auto is_after = [&](const Hit& hit) { return after(hit.passing); };
  for (auto* races : {&state_.motos, &state_.past}) {
    for (Race& other : *races) {
      if (&other == &race || other.off) continue;
      if (std::ranges::none_of(other.moto.latest(),
                               [&](const Passing& latest) { return race.may_follow(latest, state_.clocks); }))
        continue;
      for (std::size_t rider = 0; rider < other.moto.riders().size(); ++rider) {
        if (std::ranges::none_of(other.moto.hits(rider), is_after)) continue;
        for (Hit& hit : other.moto.take_hits(is_after)) moved.push_back({std::move(hit.passing), hit.seq});
      }
    }
  }
  if (moved.empty()) return;
  replace(std::move(moved));
  settle_estimate(race);
  announce_all();
}

// A gate without its pulse: enough of the riders who stand on it cross the hill loop together.
void Turn::start_from_hill() {
  Race* race = staged();
  if (race == nullptr || race->moto.hill() == nullptr) return;
  const std::string& decoder = race->moto.hill()->decoder_id;
  std::vector<std::pair<std::uint64_t, std::size_t>> seen;
  for (const LoosePassing& kept : state_.loose) {
    const auto rider = race->moto.rider_of(kept.passing);
    if (rider && kept.passing.decoder_id == decoder) seen.emplace_back(kept.passing.rtc_time_us, *rider);
  }
  std::ranges::sort(seen);
  const std::uint64_t wanted =
      std::max<std::uint64_t>(race->rules.hill_start_riders, (race->moto.riders().size() + 1) / 2);
  for (std::size_t first = 0; first < seen.size(); ++first) {
    std::vector<std::size_t> riders;
    for (std::size_t i = first; i < seen.size(); ++i) {
      if (seen[i].first - seen[first].first > race->rules.hill_spread_us) break;
      if (std::ranges::find(riders, seen[i].second) == riders.end()) riders.push_back(seen[i].second);
    }
    if (riders.size() < wanted) continue;
    const auto passing = std::ranges::find_if(state_.loose, [&](const LoosePassing& kept) {
      return kept.passing.decoder_id == decoder && kept.passing.rtc_time_us == seen[first].first &&
             race->moto.rider_of(kept.passing) == seen[first].second;
    });
    return drop_gate(*race,
                     earlier(gate_of(passing->passing, GateOrigin::kHill), race->rules.typical_hill_us));
  }
}

// An estimated start hangs on the first at the hill, whoever came in first.
void Turn::settle_estimate(Race& race) {
  if (!race.pulse || race.pulse->origin != GateOrigin::kHill || race.moto.hill() == nullptr) return;
  const Hit* first = nullptr;
  for (std::size_t rider = 0; rider < race.moto.riders().size(); ++rider) {
    for (const Hit& hit : race.moto.hits(rider)) {
      if (hit.passing.decoder_id != race.pulse->id.decoder_id) continue;
      if (first == nullptr || hit.passing.rtc_time_us < first->passing.rtc_time_us) first = &hit;
    }
  }
  if (first == nullptr) return;
  const Gate settled = earlier(gate_of(first->passing, GateOrigin::kHill), race.rules.typical_hill_us);
  if (settled == *race.pulse) return;
  race.pulse = settled;
  race.clocks.clear();
  follow();
}

}  // namespace holeshot::race
