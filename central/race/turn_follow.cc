// What follows from what happened and what was decided: every passing where it belongs now, and an event for everything
// that is different from what was said before.
#include <algorithm>
#include <utility>

#include "central/race/turn.h"

namespace holeshot::race {

namespace {

// Of a rider under way it does not matter what the end of the race made of it: positions stay.
bool same_place(const Line& a, const Line& b) {
  const auto set_aside = [](const Line& line) {
    return line.status == Status::kRel || line.status == Status::kDsq;
  };
  return a.rider == b.rider && a.position == b.position && a.loop == b.loop && a.elapsed_us == b.elapsed_us &&
         a.gap_us == b.gap_us && a.ruled == b.ruled && a.estimated == b.estimated &&
         set_aside(a) == set_aside(b);
}

bool same_places(const std::vector<Line>& a, const std::vector<Line>& b) {
  const auto is_placed = [](const Line& line) { return line.loop || line.ruled; };
  auto left = a.begin();
  auto right = b.begin();
  while (true) {
    left = std::find_if(left, a.end(), is_placed);
    right = std::find_if(right, b.end(), is_placed);
    if (left == a.end() || right == b.end()) return left == a.end() && right == b.end();
    if (!same_place(*left, *right)) return false;
    ++left, ++right;
  }
}

const Line* line_of(const std::vector<Line>& lines, std::size_t rider) {
  const auto found = std::ranges::find(lines, rider, &Line::rider);
  return found == lines.end() ? nullptr : &*found;
}

// What was said of riders by their place on the list, for the list as it is now.
View by_new_riders(const View& told, const Race& race) {
  View view = told;
  const std::size_t loops = race.moto.loops().size();
  view.riders = race.moto.riders();
  view.marks.assign(view.riders.size() * loops, std::nullopt);
  view.lines.clear();
  for (Line line : told.lines) {
    const auto now = race.moto.rider_called(told.riders[line.rider].rider_id);
    if (!now) continue;
    for (std::size_t i = 0; i < loops; ++i) view.marks[*now * loops + i] = told.marks[line.rider * loops + i];
    line.rider = *now;
    view.lines.push_back(line);
  }
  return view;
}

std::string reason_of_red(const Race& race) {
  std::string reason;
  for (const Action& action : race.actions) {
    if (action.intent.kind == Intent::Kind::kRedFlag) reason = action.intent.reason;
  }
  return reason;
}

}  // namespace

void Turn::decide_all() {
  for (auto* races : {&state_.motos, &state_.past}) {
    for (Race& race : *races) {
      if (race.off) continue;
      Decisions now = decide(race.request, race.actions);
      for (const Pin& pin : state_.pins) {
        const bool kept = std::ranges::find(pin.keeps_finished, std::pair{race.moto_id(), race.run}) !=
                          pin.keeps_finished.end();
        if (!kept || now.ended) continue;
        now.ended = FinishCause::kAllFinished;
        now.ended_seq = pin.intent.at_seq;
      }
      if (now.gate != race.decided.gate) race.clocks.clear();
      const bool riders_changed = now.riders != race.moto.riders();
      race.decided = std::move(now);
      if (riders_changed) {
        race.seat_decided();
        race.riders_changed = true;
      }
      race.moto.close_at(race.decided.ended ? std::optional{race.decided.ended_seq} : std::nullopt);
    }
  }
}

void Turn::follow() {
  std::vector<LoosePassing> all = std::exchange(state_.loose, {});
  for (auto* races : {&state_.motos, &state_.past}) {
    for (Race& race : *races) {
      if (race.off) continue;
      for (Hit& hit : race.moto.take_hits([](const Hit&) { return true; }))
        all.push_back({std::move(hit.passing), hit.seq});
    }
  }
  decide_all();
  replace(std::move(all));
  announce_all();
}

void Turn::replace(std::vector<LoosePassing> passings) {
  std::ranges::sort(passings, {}, &LoosePassing::seq);
  for (LoosePassing& kept : passings) {
    const Place place = place_of(state_, kept.passing, kept.seq);
    if (place.fate != Fate::kRide) {
      state_.loose.push_back(std::move(kept));
      continue;
    }
    place.race->add(*place.rider, place.time, kept.passing, kept.seq, state_.clocks);
  }
  for (auto* races : {&state_.motos, &state_.past}) {
    for (Race& race : *races) race.prune_clocks();
  }
  std::ranges::sort(state_.loose, {}, &LoosePassing::seq);
  if (state_.loose.size() > kMaxLoose)
    state_.loose.erase(state_.loose.begin(), state_.loose.end() - static_cast<std::ptrdiff_t>(kMaxLoose));
}

void Turn::announce_all() {
  for (auto* races : {&state_.motos, &state_.past}) {
    for (Race& race : *races) {
      if (!race.off) announce(race);
    }
  }
}

void Turn::announce(Race& race, std::optional<std::size_t> rider) {
  // Its memory changes hands with what was told before: no list is allocated for a passing.
  static thread_local View now;
  race.standing(now);
  if (race.riders_changed) announce_riders(race, now);
  announce_phase(race, now);
  announce_splits(race, rider.value_or(0), rider ? *rider + 1 : race.moto.riders().size());
  if (!same_places(race.told.lines, now.lines))
    write_positions_update(say_to_all(event_type::kPositionsUpdate, race), race, now);
  announce_finishes(race, now);
  announce_result(race, now);
  std::swap(race.told.lines, now.lines);
  race.told.phase = now.phase;
  race.told.gate = now.gate;
  race.told.red_flag = now.red_flag;
}

void Turn::announce_riders(Race& race, const View& /*now*/) {
  race.riders_changed = false;
  race.told = by_new_riders(race.told, race);
  emit_all(event_type::kRaceStaged, race_staged_payload(race, true), race);
}

void Turn::announce_phase(Race& race, const View& now) {
  const View& told = race.told;
  if (now.gate && !told.gate) {
    // One that was reset and brought back is the same run still, under its first name.
    if (race.gate_event_id.empty())
      race.gate_event_id = contract::derived_id(input_.source, state_.ordinal + 1);
    emit_all(event_type::kGateDrop, gate_drop_payload(race, false), race);
  } else if (!now.gate && told.gate) {
    race.gate_event_id.clear();
    race.said_finished = false;
    emit_all(event_type::kRaceStaged, race_staged_payload(race, false), race);
  } else if (now.gate != told.gate || (told.phase == Phase::kFinished && now.phase == Phase::kRacing)) {
    if (now.phase == Phase::kRacing) race.said_finished = false;
    emit_all(event_type::kGateDrop, gate_drop_payload(race, true), race);
  }
  if (now.red_flag == told.red_flag) return;
  if (now.red_flag) {
    emit_all(event_type::kRedFlag, red_flag_payload(race, reason_of_red(race)), race);
  } else {
    emit_all(event_type::kAllClear, all_clear_payload(race), race);
  }
}

// Of the riders from `from` to before `to`. What is told of their crossings is true afterwards.
void Turn::announce_splits(Race& race, std::size_t from, std::size_t to) {
  const std::size_t loops = race.moto.loops().size();
  for (std::size_t i = from * loops; i < to * loops; ++i) {
    const std::optional<Mark>& now = race.moto.marks()[i];
    std::optional<Mark>& told = race.told.marks[i];
    if (now == told) continue;
    const bool corrected = told.has_value();
    told = now;
    if (!now) continue;
    const std::size_t rider = i / loops;
    const Hit* hit = race.moto.crossing_hit(rider, i % loops);
    const bool at_hand = placed_ != nullptr && placed_->race == &race && placed_->rider == rider;
    const Place place = at_hand || hit == nullptr ? Place{} : place_of(state_, hit->passing, hit->seq);
    write_split_time(say_of(event_type::kSplitTime, race, rider), race, race.line_at(rider, i % loops),
                     corrected, at_hand ? *placed_ : place);
  }
}

// Said anew for everybody whose place or gap moved: a passing that comes in late may lift a rider over others.
void Turn::announce_finishes(Race& race, const View& now) {
  for (const Line& line : now.lines) {
    if (line.status != Status::kFin) continue;
    const Line* told = line_of(race.told.lines, line.rider);
    const bool said = told != nullptr && told->status == Status::kFin;
    if (said && same_place(*told, line)) continue;
    write_rider_finished(say_of(event_type::kRiderFinished, race, line.rider), race, line, said);
  }
}

void Turn::announce_result(Race& race, const View& now) {
  if (now.phase != Phase::kFinished || (race.said_finished && now.lines == race.told.lines)) return;
  const bool corrected = std::exchange(race.said_finished, true);
  emit_all(event_type::kRaceFinished, race_finished_payload(race, now, corrected), race);
  if (!corrected) propose(race, now);
}

void Turn::propose(const Race& race, const View& now) {
  const auto say = [&](const Line& line, std::string_view status, std::string_view why) {
    const std::string& rider_id = race.moto.riders()[line.rider].rider_id;
    emit(event_type::kProposal, proposal_payload(race, rider_id, status, why), &race, rider_id);
  };
  const Line* ahead = nullptr;
  for (const Line& line : now.lines) {
    if (line.ruled) continue;
    if (line.status == Status::kDnf) say(line, "DNF", "crossed a loop, not the finish");
    if (line.status == Status::kDns) say(line, "DNS", "no passing at any loop");
    if (line.status != Status::kFin) continue;
    if (race.moto.hill() != nullptr && race.moto.crossing_hit(line.rider, 0) == nullptr)
      say(line, "FIN", "finish without a passing at the first loop: accepted");
    if (ahead != nullptr && line.elapsed_us - ahead->elapsed_us < race.rules.photo_finish_us)
      say(line, "photo_finish", "closer to the rider ahead than the photo finish decides");
    ahead = &line;
  }
}

}  // namespace holeshot::race
