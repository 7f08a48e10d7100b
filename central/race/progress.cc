#include "central/race/progress.h"

#include <algorithm>

namespace holeshot::race {

namespace {

__extension__ using Wide = unsigned __int128;

// a * b / c, in 128 bits: distances times microseconds of a day do not fit 64.
std::uint64_t scaled(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  if (c == 0) return 0;
  const Wide product = static_cast<Wide>(a) * b / c;
  return product > ~std::uint64_t{0} ? ~std::uint64_t{0} : static_cast<std::uint64_t>(product);
}

// Of this rider, for a stretch of the course: slower riders stay slower.
std::uint64_t expected_us(std::uint64_t typical_us, std::uint64_t here_us, std::uint64_t typical_here_us) {
  // A first loop crossed at an odd time says nothing of the rider: between half and three times the typical pace.
  const std::uint64_t least = typical_us / 2;
  const std::uint64_t most = typical_us * 3;
  const std::uint64_t own = typical_here_us == 0 ? typical_us : scaled(typical_us, here_us, typical_here_us);
  return std::max<std::uint64_t>(1, std::clamp(own, least, most));
}

}  // namespace

Course course_of(const Moto& moto, const Rules& rules) {
  Course course;
  const std::size_t loops = moto.loops().size();
  std::uint64_t distance = 0;
  std::uint64_t typical = 0;
  for (std::size_t i = 0; i < loops; ++i) {
    const bool finish = i + 1 == loops;
    // The hill takes its time; what is left is shared by the stretches after it.
    const std::uint64_t lap = std::max(rules.typical_lap_us, rules.typical_hill_us + 1);
    const std::uint64_t at = i == 0 && !finish ? rules.typical_hill_us
                             : finish
                                 ? lap
                                 : rules.typical_hill_us + scaled(lap - rules.typical_hill_us, i, loops - 1);
    const std::uint64_t along = moto.loops()[i].distance_mm.value_or(scaled(rules.track_length_mm, at, lap));
    distance = std::max(distance + 1, along);
    typical = std::max(typical + 1, at);
    course.points.push_back({distance, typical});
  }
  return course;
}

std::uint64_t progress_mm(const Course& course, const std::vector<std::optional<std::uint64_t>>& splits,
                          std::uint64_t t_us) {
  Course::Point from;  // the gate
  std::uint64_t from_us = 0;
  std::size_t next = 0;
  for (std::size_t i = 0; i < course.points.size() && i < splits.size(); ++i) {
    // Times that do not rise are not of one ride; the later loop is not believed.
    if (!splits[i] || *splits[i] < from_us) continue;
    if (t_us < *splits[i]) {
      const std::uint64_t way = course.points[i].distance_mm - from.distance_mm;
      return from.distance_mm + scaled(way, t_us - from_us, *splits[i] - from_us);
    }
    from = course.points[i];
    from_us = *splits[i];
    next = i + 1;
  }
  if (next >= course.points.size()) return from.distance_mm;
  const Course::Point& to = course.points[next];
  const std::uint64_t way = to.distance_mm - from.distance_mm;
  const std::uint64_t needs = expected_us(to.typical_us - from.typical_us, from_us, from.typical_us);
  return from.distance_mm + std::min(scaled(way, t_us - from_us, needs), way - 1);
}

std::uint64_t progress(const Race& race, std::uint64_t lane, std::uint64_t t_us) {
  const auto& riders = race.moto.riders();
  const auto rider = std::ranges::find(riders, lane, &Rider::lane);
  if (rider == riders.end() || !race.gate()) return 0;
  const auto index = static_cast<std::size_t>(rider - riders.begin());
  std::vector<std::optional<std::uint64_t>> splits;
  for (std::size_t loop = 0; loop < race.moto.loops().size(); ++loop)
    splits.push_back(race.moto.crossing(index, loop));
  return progress_mm(course_of(race.moto, race.rules), splits, t_us);
}

}  // namespace holeshot::race
