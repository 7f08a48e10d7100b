#include "central/race/race.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

namespace holeshot::race {

namespace {

constexpr std::array<std::string_view, 4> kPhases{"idle", "staged", "racing", "finished"};
constexpr std::array<std::string_view, 3> kCauses{"all_finished", "force_finish", "race_timeout"};
constexpr std::array<std::string_view, 6> kStatuses{"FIN", "RACING", "DNF", "DNS", "REL", "DSQ"};
constexpr std::array<std::string_view, 4> kOrigins{"pulse", "hill", "beacon", "hand"};

// Where a line stands: by status first, then by how far the rider is, then by time.
bool before(const Line& a, const Line& b) {
  if (a.status != b.status) return a.status < b.status;
  if (a.loop != b.loop) return a.loop > b.loop;  // the furthest first, nowhere last
  if (a.elapsed_us != b.elapsed_us) return a.elapsed_us < b.elapsed_us;
  return a.rider < b.rider;
}

using Lines = std::vector<Line>;

// Those of the photo keep the places that they have between them, in the photo's order.
void order_by_photo(Lines& lines, std::size_t finished, const Race& race) {
  std::vector<Line> ordered;
  for (const std::string& id : race.decided.photo) {
    for (std::size_t i = 0; i < finished; ++i) {
      if (race.moto.riders()[lines[i].rider].rider_id == id) ordered.push_back(lines[i]);
    }
  }
  std::size_t next = 0;
  for (std::size_t i = 0; i < finished && next < ordered.size(); ++i) {
    const std::string& id = race.moto.riders()[lines[i].rider].rider_id;
    if (std::ranges::find(race.decided.photo, id) != race.decided.photo.end()) lines[i] = ordered[next++];
  }
}

void order_by_place(Lines& lines, std::size_t finished, const Race& race) {
  for (const Ruling& ruling : race.decided.rulings) {
    if (!ruling.place) continue;
    const auto end = lines.begin() + static_cast<std::ptrdiff_t>(finished);
    const auto from = std::find_if(lines.begin(), end, [&](const Line& line) {
      return race.moto.riders()[line.rider].rider_id == ruling.rider_id;
    });
    if (from == end) continue;
    const std::uint64_t place = std::clamp<std::uint64_t>(*ruling.place, 1, finished) - 1;
    const auto to = lines.begin() + static_cast<std::ptrdiff_t>(place);
    if (from < to) {
      std::rotate(from, from + 1, to + 1);
    } else {
      std::rotate(to, from, from + 1);
    }
  }
}

}  // namespace

std::string_view to_string(Phase phase) { return kPhases[static_cast<std::size_t>(phase)]; }
std::string_view to_string(FinishCause cause) { return kCauses[static_cast<std::size_t>(cause)]; }
std::string_view to_string(Status status) { return kStatuses[static_cast<std::size_t>(status)]; }
std::string_view to_string(GateOrigin origin) { return kOrigins[static_cast<std::size_t>(origin)]; }
std::optional<GateOrigin> gate_origin_from(std::string_view name) {
  for (std::size_t i = 0; i < kOrigins.size(); ++i) {
    if (kOrigins[i] == name) return static_cast<GateOrigin>(i);
  }
  return std::nullopt;
}

Race::Race(StageRequest staged, const Rules& its_rules, std::uint64_t attempt)
    : request(std::move(staged)), rules(its_rules), run(attempt), moto(request, rules), texts(moto) {
  decided = decide(request, actions);
  view(told);
  told.riders = moto.riders();
}

void Race::seat_decided() {
  StageRequest now = request;
  now.riders = decided.riders;
  moto = Moto{std::move(now), rules};
  texts = RaceTexts{moto};
}

Phase Race::phase() const {
  if (!gate()) return Phase::kStaged;
  if (decided.ended) return Phase::kFinished;
  for (std::size_t i = 0; i < moto.riders().size(); ++i) {
    if (!settled(i)) return Phase::kRacing;
  }
  return Phase::kFinished;
}

bool Race::settled(std::size_t rider) const {
  if (moto.finished(rider)) return true;
  if (decided.rulings.empty()) return false;
  const Ruling* ruling = decided.ruling_of(moto.riders()[rider].rider_id);
  if (ruling == nullptr) return false;
  return ruling->place || ruling->elapsed_us || (ruling->status && *ruling->status != Status::kRel);
}

std::size_t Race::finished_count() const {
  std::size_t count = 0;
  for (std::size_t i = 0; i < moto.riders().size(); ++i) count += moto.finished(i) ? 1U : 0U;
  return count;
}

// How this decoder's clock is read: as it was from its first hit on.
Race::Shift Race::clock_of(const Passing& passing, const ClockBook& book) const {
  const auto known = std::ranges::find(clocks, passing.decoder_id, &ClockAnswer::decoder_id);
  if (known != clocks.end()) return {known->state, known->shift_us};
  const Gate& start = *gate();
  const ClockAnswer found = book.between(start.id.decoder_id, passing, rules);
  Shift answer{found.state, found.shift_us};
  // Which loop it is can still be told by when it came in; such a time is never said.
  if (answer.state == ClockState::kUnsynchronised) {
    answer.shift_us = static_cast<std::int64_t>((passing.captured_at_us - start.captured_at_us) -
                                                (passing.rtc_time_us - start.id.rtc_time_us));
  }
  return answer;
}

std::optional<Race::Time> Race::time_of(const Passing& passing, const ClockBook& book) const {
  const auto& start = gate();
  if (!start) return std::nullopt;
  if (start->utc_time_us && passing.utc_time_us) {
    if (*passing.utc_time_us < *start->utc_time_us) return std::nullopt;
    return Time{*passing.utc_time_us - *start->utc_time_us, ClockState::kSame};
  }
  if (passing.decoder_id == start->id.decoder_id) {
    if (passing.rtc_time_us < start->id.rtc_time_us) return std::nullopt;
    return Time{passing.rtc_time_us - start->id.rtc_time_us, ClockState::kSame};
  }
  const Shift answer = clock_of(passing, book);
  const auto apart = static_cast<std::int64_t>(passing.rtc_time_us - start->id.rtc_time_us);
  std::int64_t elapsed = 0;
  if (__builtin_add_overflow(apart, answer.shift_us, &elapsed) || elapsed < 0) return std::nullopt;
  return Time{static_cast<std::uint64_t>(elapsed), answer.state};
}

bool Race::may_follow(const Passing& latest, const ClockBook& book) const {
  const auto& start = gate();
  if (!start) return false;
  if (start->utc_time_us && latest.utc_time_us >= start->utc_time_us) return true;
  const Shift answer = clock_of(latest, book);
  // Sums of such times cannot overflow, so a later time never seems earlier. No clock shows others.
  constexpr std::int64_t kFar = std::int64_t{1} << 61;
  const auto is_far = [](std::uint64_t time) { return time >= std::uint64_t{kFar}; };
  if (is_far(latest.rtc_time_us) || is_far(latest.captured_at_us) || is_far(start->id.rtc_time_us) ||
      is_far(start->captured_at_us) || answer.shift_us >= kFar || answer.shift_us <= -kFar)
    return true;
  const auto apart = static_cast<std::int64_t>(latest.rtc_time_us - start->id.rtc_time_us);
  return apart + answer.shift_us >= 0;
}

HitOutcome Race::add(std::size_t rider, const Time& time, const Passing& passing, std::uint64_t seq,
                     const ClockBook& book) {
  const bool other_clock = passing.decoder_id != gate()->id.decoder_id;
  if (other_clock &&
      std::ranges::find(clocks, passing.decoder_id, &ClockAnswer::decoder_id) == clocks.end()) {
    const Shift answer = clock_of(passing, book);
    clocks.push_back({passing.decoder_id, answer.state, answer.shift_us});
  }
  return moto.add_hit(rider,
                      {.elapsed_us = time.elapsed_us, .passing = passing, .seq = seq, .clock = time.clock});
}

void Race::prune_clocks() {
  std::erase_if(clocks, [&](const ClockAnswer& answer) {
    for (std::size_t rider = 0; rider < moto.riders().size(); ++rider) {
      for (const Hit& hit : moto.hits(rider)) {
        if (hit.passing.decoder_id == answer.decoder_id) return false;
      }
    }
    return true;
  });
}

Line Race::line_at(std::size_t rider, std::size_t loop) const {
  const Mark mine = moto.mark(rider, loop).value_or(Mark{});
  Line line{.rider = rider, .loop = loop, .elapsed_us = mine.elapsed_us};
  line.unsynchronised = mine.unsynchronised;
  line.estimated = gate() && gate()->estimated();
  std::uint64_t position = 1;
  std::uint64_t fastest = line.elapsed_us;
  for (std::size_t other = 0; other < moto.riders().size(); ++other) {
    const auto& theirs = moto.mark(other, loop);
    if (other == rider || !theirs) continue;
    fastest = std::min(fastest, theirs->elapsed_us);
    if (std::tie(theirs->elapsed_us, other) < std::tie(line.elapsed_us, rider)) ++position;
  }
  line.position = position;
  line.gap_us = line.elapsed_us - fastest;
  return line;
}

std::vector<Line> Race::lines() const {
  std::vector<Line> all;
  lines(all);
  return all;
}

void Race::lines(std::vector<Line>& out) const { lines(out, phase()); }

// Before places are given: how far the rider came, and what was ruled. `fastest` of each loop so far.
Line Race::line_of(std::size_t rider, bool over, std::array<std::uint64_t, kMaxLoops>& fastest) const {
  Line line{.rider = rider, .estimated = gate() && gate()->estimated()};
  const auto crossings = moto.marks_of(rider);
  for (std::size_t loop = 0; loop < crossings.size(); ++loop) {
    const auto& crossed = crossings[loop];
    if (!crossed) continue;
    fastest[loop] = std::min(fastest[loop], crossed->elapsed_us);
    line.loop = loop;
    line.elapsed_us = crossed->elapsed_us;
    line.unsynchronised = crossed->unsynchronised;
  }
  const bool finished = line.loop == moto.finish_loop();
  line.status = finished ? Status::kFin : over ? (line.loop ? Status::kDnf : Status::kDns) : Status::kRacing;
  const Ruling* ruling = decided.rulings.empty() ? nullptr : decided.ruling_of(moto.riders()[rider].rider_id);
  if (ruling == nullptr) return line;
  line.ruled = true;
  if (ruling->elapsed_us) {
    line.loop = moto.finish_loop();
    line.elapsed_us = *ruling->elapsed_us;
    line.unsynchronised = false;
    fastest[*line.loop] = std::min(fastest[*line.loop], line.elapsed_us);
  }
  if (ruling->elapsed_us || ruling->place) line.status = Status::kFin;
  if (ruling->status) line.status = *ruling->status;
  return line;
}

void Race::lines(std::vector<Line>& out, Phase now) const {
  const std::size_t riders = moto.riders().size();
  // Beginning with the order that was told last leaves little to sort.
  const bool in_order = &out != &told.lines && told.lines.size() == riders;
  out.clear();
  std::array<std::uint64_t, kMaxLoops> fastest;  // NOLINT(*-member-init): filled as far as there are loops
  std::fill_n(fastest.begin(), moto.loops().size(), ~std::uint64_t{0});
  for (std::size_t i = 0; i < riders; ++i)
    out.push_back(line_of(in_order ? told.lines[i].rider : i, now == Phase::kFinished, fastest));
  std::ranges::sort(out, before);
  const auto finished = static_cast<std::size_t>(std::ranges::count(out, Status::kFin, &Line::status));
  if (!decided.photo.empty()) order_by_photo(out, finished, *this);
  if (!decided.rulings.empty()) order_by_place(out, finished, *this);
  std::uint64_t position = 0;
  for (Line& line : out) {
    if (line.loop) line.gap_us = line.elapsed_us - std::min(line.elapsed_us, fastest[*line.loop]);
    if (line.status != Status::kRel && line.status != Status::kDsq) line.position = ++position;
    if (!decided.photo.empty() &&
        std::ranges::find(decided.photo, moto.riders()[line.rider].rider_id) != decided.photo.end())
      line.ruled = true;
  }
}

void Race::standing(View& out) const {
  out.phase = phase();
  out.gate = gate();
  out.red_flag = decided.red_flag;
  lines(out.lines, out.phase);
}

void Race::view(View& out) const {
  standing(out);
  out.marks = moto.marks();
}

}  // namespace holeshot::race
