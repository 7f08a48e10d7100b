#include "central/race/moto.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace holeshot::race {

namespace {

bool earlier(const Hit& a, const Hit& b) {
  return std::tie(a.elapsed_us, a.id) < std::tie(b.elapsed_us, b.id);
}

using LoopTimes = std::vector<std::optional<std::uint64_t>>;

LoopTimes loop_times(const std::vector<Hit>& hits, std::size_t loops) {
  LoopTimes times(loops);
  for (const Hit& hit : hits) {
    if (hit.verdict == HitVerdict::kCrossing) times[hit.loop] = hit.elapsed_us;
  }
  return times;
}

}  // namespace

PassingId id_of(const Passing& passing) {
  return {passing.decoder_id, passing.passing_number, passing.rtc_time_us};
}

Moto::Moto(StageRequest request, const Rules& rules)
    : request_(std::move(request)), hold_off_us_(rules.hold_off_us), hits_(request_.riders.size()) {
  auto& track = request_.track;
  if (track.gate_transponders.empty()) track.gate_transponders.push_back(rules.gate_transponder);
  std::ranges::sort(track.loops, [](const Loop& a, const Loop& b) {
    return std::tie(a.is_finish, a.position, a.id) < std::tie(b.is_finish, b.position, b.id);
  });
  std::ranges::sort(request_.riders, [](const Rider& a, const Rider& b) { return a.lane < b.lane; });
}

std::optional<std::size_t> Moto::rider_of(const Passing& passing) const {
  const auto matches = [&](const Rider& rider) {
    if (passing.transponder_id && rider.transponder_id)
      return *passing.transponder_id == *rider.transponder_id;
    return !passing.transponder_string.empty() && passing.transponder_string == rider.transponder_string;
  };
  const auto found = std::ranges::find_if(riders(), matches);
  if (found == riders().end()) return std::nullopt;
  return static_cast<std::size_t>(found - riders().begin());
}

bool Moto::has_decoder(std::string_view decoder_id) const {
  return std::ranges::any_of(loops(), [&](const Loop& loop) { return loop.decoder_id == decoder_id; });
}

bool Moto::is_gate_transponder(std::uint64_t transponder) const {
  return std::ranges::find(request_.track.gate_transponders, transponder) !=
         request_.track.gate_transponders.end();
}

bool Moto::may_issue_gate(std::string_view decoder_id) const {
  const auto& allowed = request_.track.gate_decoder_ids;
  return allowed.empty() || std::ranges::find(allowed, decoder_id) != allowed.end();
}

bool Moto::fits(const Loop& loop, const Hit& hit) const {
  return loop.decoder_id == hit.id.decoder_id && hit.elapsed_us >= loop.min_us.value_or(0) &&
         hit.elapsed_us <= loop.max_us.value_or(hit.elapsed_us);
}

// A rider's hits from the first to the last: each takes the first loop of its decoder that fits and is still
// free.
void Moto::judge(std::vector<Hit>& hits) const {
  std::vector<const Hit*> taken(loops().size(), nullptr);
  for (Hit& hit : hits) {
    hit.verdict = HitVerdict::kWindow;
    for (const Hit* other : taken) {
      if (other != nullptr && other->id.decoder_id == hit.id.decoder_id &&
          hit.elapsed_us - other->elapsed_us < hold_off_us_) {
        hit.verdict = HitVerdict::kDouble;
      }
    }
    if (hit.verdict == HitVerdict::kDouble) continue;
    for (std::size_t i = 0; i < loops().size(); ++i) {
      if (!fits(loops()[i], hit)) continue;
      hit.verdict = taken[i] == nullptr ? HitVerdict::kCrossing : HitVerdict::kDouble;
      hit.loop = i;
      if (taken[i] != nullptr) continue;
      taken[i] = &hit;
      break;
    }
  }
}

// A chip that lies beside a loop hits it for ever: the latest of those that count for nothing goes.
void Moto::trim(std::vector<Hit>& hits) const {
  const auto idle = [](const Hit& hit) { return hit.verdict != HitVerdict::kCrossing; };
  if (std::ranges::count_if(hits, idle) <= static_cast<std::ptrdiff_t>(kMaxHitsPerRider)) return;
  const auto last = std::find_if(hits.rbegin(), hits.rend(), idle);
  hits.erase(std::next(last).base());
}

HitOutcome Moto::add_hit(std::size_t rider, std::uint64_t elapsed_us, PassingId id) {
  auto& hits = hits_[rider];
  if (std::ranges::any_of(hits, [&](const Hit& hit) { return hit.id == id; })) return {.known = true};
  const auto before = hits;
  Hit added{.elapsed_us = elapsed_us, .id = std::move(id)};
  const PassingId added_id = added.id;
  const auto place = std::ranges::upper_bound(hits, added, earlier);
  hits.insert(place, std::move(added));
  judge(hits);

  HitOutcome outcome;
  const LoopTimes old_times = loop_times(before, loops().size());
  const LoopTimes new_times = loop_times(hits, loops().size());
  for (std::size_t i = 0; i < loops().size(); ++i) {
    if (new_times[i] && new_times[i] != old_times[i])
      outcome.changed_loops.push_back({i, old_times[i].has_value()});
  }
  for (const Hit& hit : hits) {
    if (hit.id == added_id) outcome.verdict = hit.verdict;
    if (hit.verdict == HitVerdict::kCrossing) continue;
    const auto old = std::ranges::find(before, hit.id, &Hit::id);
    if (old != before.end() && old->verdict == HitVerdict::kCrossing) outcome.demoted.push_back(hit);
  }
  trim(hits);
  return outcome;
}

std::optional<std::uint64_t> Moto::crossing(std::size_t rider, std::size_t loop) const {
  for (const Hit& hit : hits_[rider]) {
    if (hit.verdict == HitVerdict::kCrossing && hit.loop == loop) return hit.elapsed_us;
  }
  return std::nullopt;
}

bool Moto::started(std::size_t rider) const {
  return std::ranges::find(hits_[rider], HitVerdict::kCrossing, &Hit::verdict) != hits_[rider].end();
}

std::size_t Moto::finished_count() const {
  std::size_t count = 0;
  for (std::size_t i = 0; i < riders().size(); ++i) count += finished(i) ? 1U : 0U;
  return count;
}

std::vector<Standing> Moto::standings() const {
  std::vector<Standing> all;
  std::vector<std::optional<std::uint64_t>> fastest(loops().size());
  for (std::size_t rider = 0; rider < riders().size(); ++rider) {
    std::optional<Standing> best;
    for (const Hit& hit : hits_[rider]) {
      if (hit.verdict != HitVerdict::kCrossing) continue;
      fastest[hit.loop] = std::min(fastest[hit.loop].value_or(hit.elapsed_us), hit.elapsed_us);
      if (best && best->loop > hit.loop) continue;
      best = {.rider = rider,
              .loop = hit.loop,
              .elapsed_us = hit.elapsed_us,
              .finished = hit.loop == finish_loop()};
    }
    if (best) all.push_back(*best);
  }
  // Riders stand in the order of their lanes, so the index decides as the lane would.
  std::ranges::sort(all, [](const Standing& a, const Standing& b) {
    return std::tie(b.loop, a.elapsed_us, a.rider) < std::tie(a.loop, b.elapsed_us, b.rider);
  });
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].position = i + 1;
    all[i].gap_us = all[i].elapsed_us - *fastest[all[i].loop];
  }
  return all;
}

Standing Moto::standing_at(std::size_t rider, std::size_t loop) const {
  const std::uint64_t mine = crossing(rider, loop).value_or(0);
  Standing standing{.rider = rider, .loop = loop, .elapsed_us = mine, .position = 1};
  std::uint64_t fastest = mine;
  for (std::size_t other = 0; other < riders().size(); ++other) {
    const auto theirs = crossing(other, loop);
    if (other == rider || !theirs) continue;
    fastest = std::min(fastest, *theirs);
    if (std::tie(*theirs, other) < std::tie(mine, rider)) ++standing.position;
  }
  standing.gap_us = mine - fastest;
  standing.finished = loop == finish_loop();
  return standing;
}

std::vector<ResultLine> Moto::results() const {
  std::vector<ResultLine> lines;
  for (const Standing& s : standings()) {
    ResultLine line{.rider = s.rider, .position = s.position, .dnf = !s.finished};
    if (s.finished) line.elapsed_us = s.elapsed_us, line.gap_us = s.gap_us;
    lines.push_back(line);
  }
  for (std::size_t rider = 0; rider < riders().size(); ++rider) {
    if (started(rider)) continue;
    lines.push_back({.rider = rider, .position = lines.size() + 1, .dns = true});
  }
  return lines;
}

}  // namespace holeshot::race
