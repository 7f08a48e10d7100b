#include "central/race/moto.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

namespace holeshot::race {

namespace {

constexpr std::uint64_t kEver = std::numeric_limits<std::uint64_t>::max();

bool earlier(const Hit& a, const Hit& b) {
  return std::tie(a.elapsed_us, a.passing.decoder_id, a.passing.passing_number, a.passing.rtc_time_us) <
         std::tie(b.elapsed_us, b.passing.decoder_id, b.passing.passing_number, b.passing.rtc_time_us);
}

bool same_passing(const Passing& a, const Passing& b) {
  return a.passing_number == b.passing_number && a.rtc_time_us == b.rtc_time_us &&
         a.decoder_id == b.decoder_id;
}

bool has_number(const Rider& rider, std::uint64_t transponder) {
  return rider.transponder_id == transponder ||
         std::ranges::find(rider.transponder_ids, transponder) != rider.transponder_ids.end();
}

}  // namespace

Moto::Moto(StageRequest request, const Rules& rules)
    : request_(std::move(request)),
      hold_off_us_(rules.hold_off_us),
      hits_(request_.riders.size()),
      marks_(request_.riders.size() * request_.track.loops.size()) {
  auto& track = request_.track;
  const bool gate_wired = std::ranges::find(track.wiring, Meaning::kGate, &Wire::means) != track.wiring.end();
  if (track.gate_transponders.empty() && !gate_wired)
    track.gate_transponders.push_back(rules.gate_transponder);
  std::ranges::sort(track.loops, [](const Loop& a, const Loop& b) {
    return std::tie(a.is_finish, a.position, a.id) < std::tie(b.is_finish, b.position, b.id);
  });
  std::ranges::sort(request_.riders, [](const Rider& a, const Rider& b) { return a.lane < b.lane; });
  set_windows(rules);
}

// A loop's own window, where it has one. The hill loop and another loop on its decoder are told apart by the rule
// book's times where nobody gave better ones.
void Moto::set_windows(const Rules& rules) {
  const auto shares_hill = [&](std::size_t i) {
    return i > 0 && loops()[i].decoder_id == loops()[0].decoder_id;
  };
  bool hill_shared = false;
  for (std::size_t i = 1; i < loops().size(); ++i) hill_shared = hill_shared || shares_hill(i);
  for (std::size_t i = 0; i < loops().size(); ++i) {
    const Loop& loop = loops()[i];
    Window window{
        .min_us = loop.min_us.value_or(0), .max_us = loop.max_us.value_or(kEver), .plausible_us = kEver};
    const bool is_hill = i == 0 && hill() != nullptr;
    if (is_hill) window.plausible_us = rules.hill_max_us;
    if (!loop.min_us && !loop.max_us && hill_shared) {
      if (is_hill) window.min_us = rules.hill_min_us, window.max_us = rules.hill_max_us;
      if (i == finish_loop()) window.min_us = shares_hill(i) ? rules.finish_min_us : 0;
    }
    if (loop.max_us) window.plausible_us = *loop.max_us;
    windows_.push_back(window);
  }
}

std::optional<std::size_t> Moto::rider_of(const Passing& passing) const {
  for (std::size_t i = 0; i < riders().size(); ++i) {
    const Rider& rider = riders()[i];
    const bool numbered = rider.transponder_id || !rider.transponder_ids.empty();
    if (passing.transponder_id && numbered) {
      if (has_number(rider, *passing.transponder_id)) return i;
    } else if (!passing.transponder_string.empty() &&
               passing.transponder_string == rider.transponder_string) {
      return i;
    }
  }
  return std::nullopt;
}

std::optional<std::size_t> Moto::rider_called(std::string_view rider_id) const {
  const auto found = std::ranges::find(riders(), rider_id, &Rider::rider_id);
  if (found == riders().end()) return std::nullopt;
  return static_cast<std::size_t>(found - riders().begin());
}

bool Moto::may_issue_gate(std::string_view decoder_id) const {
  const auto& allowed = request_.track.gate_decoder_ids;
  return allowed.empty() || std::ranges::find(allowed, decoder_id) != allowed.end();
}

std::optional<Meaning> Moto::meaning_of(std::uint64_t transponder, std::string_view decoder_id) const {
  std::optional<Meaning> meaning;
  for (const Wire& wire : request_.track.wiring) {
    if (wire.transponder_id != transponder) continue;
    if (wire.decoder_id == decoder_id) return wire.means;
    if (wire.decoder_id.empty()) meaning = wire.means;
  }
  if (meaning) return meaning;
  const auto& gates = request_.track.gate_transponders;
  if (std::ranges::find(gates, transponder) != gates.end()) return Meaning::kGate;
  return std::nullopt;
}

LoopFit Moto::fit(std::string_view decoder_id, std::uint64_t elapsed_us) const {
  LoopFit best = LoopFit::kNoDecoder;
  for (std::size_t i = 0; i < loops().size(); ++i) {
    if (loops()[i].decoder_id != decoder_id) continue;
    const Window& window = windows_[i];
    if (elapsed_us < window.min_us || elapsed_us > window.max_us) {
      best = std::max(best, LoopFit::kNoWindow);
    } else if (elapsed_us > window.plausible_us) {
      best = std::max(best, LoopFit::kImplausible);
    } else {
      return LoopFit::kFits;
    }
  }
  return best;
}

std::optional<std::size_t> Moto::loop_for(std::string_view decoder_id, std::uint64_t elapsed_us,
                                          std::size_t from) const {
  for (std::size_t i = from; i < loops().size(); ++i) {
    if (loops()[i].decoder_id == decoder_id && elapsed_us >= windows_[i].min_us &&
        elapsed_us <= windows_[i].max_us)
      return i;
  }
  return std::nullopt;
}

void Moto::judge_one(Hit& hit, std::array<const Hit*, kMaxLoops>& taken) const {
  hit.verdict = HitVerdict::kWindow;
  for (std::size_t i = 0; i < loops().size(); ++i) {
    const Hit* other = taken[i];
    if (other != nullptr && other->passing.decoder_id == hit.passing.decoder_id &&
        hit.elapsed_us - other->elapsed_us < hold_off_us_) {
      hit.verdict = HitVerdict::kDouble;
      return;
    }
  }
  for (std::size_t i = 0; i < loops().size(); ++i) {
    if (loops()[i].decoder_id != hit.passing.decoder_id || hit.elapsed_us < windows_[i].min_us ||
        hit.elapsed_us > windows_[i].max_us)
      continue;
    hit.verdict = taken[i] == nullptr ? HitVerdict::kCrossing : HitVerdict::kDouble;
    hit.loop = i;
    if (taken[i] != nullptr) continue;
    taken[i] = &hit;
    return;
  }
}

// A rider's hits from the first to the last: each takes the first loop of its decoder that fits and is still free.
void Moto::judge_until(std::vector<Hit>& hits, std::uint64_t last_seq) const {
  std::array<const Hit*, kMaxLoops> taken{};
  for (Hit& hit : hits) {
    if (hit.seq > last_seq) {
      hit.verdict = HitVerdict::kLate;
    } else {
      judge_one(hit, taken);
    }
  }
}

void Moto::judge(std::size_t rider) {
  judge_hits(hits_[rider]);
  const auto row = marks_.begin() + static_cast<std::ptrdiff_t>(rider * loops().size());
  std::fill_n(row, loops().size(), std::nullopt);
  for (const Hit& hit : hits_[rider]) {
    if (hit.verdict != HitVerdict::kCrossing) continue;
    row[static_cast<std::ptrdiff_t>(hit.loop)] =
        Mark{hit.elapsed_us, hit.clock == ClockState::kUnsynchronised};
  }
}

void Moto::judge_hits(std::vector<Hit>& hits) const {
  if (closed_at_) {
    judge_until(hits, *closed_at_);
    const bool finished = std::ranges::any_of(hits, [&](const Hit& hit) {
      return hit.verdict == HitVerdict::kCrossing && hit.loop == finish_loop();
    });
    if (!finished) return;
  }
  judge_until(hits, kEver);
}

void Moto::close_at(std::optional<std::uint64_t> seq) {
  if (closed_at_ == seq) return;
  closed_at_ = seq;
  for (std::size_t rider = 0; rider < hits_.size(); ++rider) judge(rider);
}

// A chip that lies beside a loop hits it for ever: the latest of those that count for nothing goes.
void Moto::trim(std::vector<Hit>& hits) const {
  if (hits.size() <= kMaxHitsPerRider) return;
  const auto idle = [](const Hit& hit) { return hit.verdict != HitVerdict::kCrossing; };
  if (std::ranges::count_if(hits, idle) <= static_cast<std::ptrdiff_t>(kMaxHitsPerRider)) return;
  const auto last = std::find_if(hits.rbegin(), hits.rend(), idle);
  hits.erase(std::next(last).base());
}

void Moto::note_latest(const Passing& passing) {
  auto found = std::ranges::find(latest_, passing.decoder_id, &Passing::decoder_id);
  if (found == latest_.end()) {
    latest_.push_back({.decoder_id = passing.decoder_id});
    found = std::prev(latest_.end());
  }
  found->rtc_time_us = std::max(found->rtc_time_us, passing.rtc_time_us);
  found->captured_at_us = std::max(found->captured_at_us, passing.captured_at_us);
  if (passing.utc_time_us)
    found->utc_time_us = std::max(found->utc_time_us.value_or(0), *passing.utc_time_us);
}

HitOutcome Moto::add_hit(std::size_t rider, Hit hit) {
  auto& hits = hits_[rider];
  for (const Hit& other : hits) {
    if (same_passing(other.passing, hit.passing)) return {.known = true};
  }
  const std::uint64_t seq = hit.seq;
  std::vector<std::uint64_t> crossed;
  note_latest(hit.passing);
  if (hits.empty()) hits.reserve(loops().size());
  const auto place = std::ranges::upper_bound(hits, hit, earlier);
  // Only a hit before others can take their loops from them.
  const bool last = place == hits.end();
  if (!last) {
    for (const Hit& other : hits) {
      if (other.verdict == HitVerdict::kCrossing) crossed.push_back(other.seq);
    }
  }
  hits.insert(place, std::move(hit));
  judge(rider);
  HitOutcome outcome;
  for (const Hit& other : hits) {
    if (other.seq == seq) outcome.verdict = other.verdict, outcome.loop = other.loop;
    if (last || other.verdict == HitVerdict::kCrossing) continue;
    if (std::ranges::find(crossed, other.seq) != crossed.end()) outcome.demoted.push_back(other.passing);
  }
  trim(hits);
  return outcome;
}

const Hit* Moto::crossing_hit(std::size_t rider, std::size_t loop) const {
  for (const Hit& hit : hits_[rider]) {
    if (hit.verdict == HitVerdict::kCrossing && hit.loop == loop) return &hit;
  }
  return nullptr;
}

std::optional<std::uint64_t> Moto::crossing(std::size_t rider, std::size_t loop) const {
  const auto& crossed = mark(rider, loop);
  if (!crossed) return std::nullopt;
  return crossed->elapsed_us;
}

bool Moto::started(std::size_t rider) const {
  const auto row = marks_.begin() + static_cast<std::ptrdiff_t>(rider * loops().size());
  return std::any_of(row, row + static_cast<std::ptrdiff_t>(loops().size()),
                     [](const std::optional<Mark>& crossed) { return crossed.has_value(); });
}

}  // namespace holeshot::race
