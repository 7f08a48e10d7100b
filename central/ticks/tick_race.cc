#include "central/ticks/tick_race.h"

#include <algorithm>
#include <array>

#include "common/base/check.h"

namespace holeshot::ticks {

namespace {

// Long enough that a step of one millimetre does not make the speed jump.
constexpr std::uint64_t kSpeedWindowUs = 200'000;
constexpr std::uint64_t kSecondUs = 1'000'000;
constexpr std::array<std::string_view, kLaneStatuses> kNames{"RACING", "FIN", "DNF", "DNS", "DSQ", "REL"};

LaneStatus status_of(race::Status status) {
  switch (status) {
    case race::Status::kFin:
      return LaneStatus::kFin;
    case race::Status::kDnf:
      return LaneStatus::kDnf;
    case race::Status::kDns:
      return LaneStatus::kDns;
    case race::Status::kRel:
      return LaneStatus::kRel;
    case race::Status::kDsq:
      return LaneStatus::kDsq;
    case race::Status::kRacing:
      break;
  }
  return LaneStatus::kRacing;
}

LaneStatus status_at(const TickRider& rider, std::uint64_t t_us) {
  const bool finishes_later =
      rider.status == LaneStatus::kFin && !rider.splits.empty() && rider.splits.back() > t_us;
  return finishes_later ? LaneStatus::kRacing : rider.status;
}

// The last moment, not after `t_us`, at which it is known where the rider was.
std::uint64_t last_seen_us(const TickRider& rider, std::uint64_t t_us) {
  std::uint64_t last = 0;
  for (const auto& split : rider.splits) {
    if (split && *split <= t_us) last = std::max(last, *split);
  }
  return last;
}

Lane lane_at(const TickRace& race, const TickRider& rider, std::uint64_t t_us) {
  Lane lane{.lane = rider.lane, .rank = rider.rank, .status = status_at(rider, t_us)};
  if (lane.status == LaneStatus::kDns) return lane;
  const auto at = [&](std::uint64_t when) {
    return static_cast<std::int64_t>(race::progress_mm(race.course, rider.splits, when));
  };
  if (lane.status != LaneStatus::kRacing) {
    lane.distance_mm = lane.status == LaneStatus::kFin && !race.course.points.empty()
                           ? static_cast<std::int64_t>(race.course.points.back().distance_mm)
                           : at(last_seen_us(rider, t_us));
    return lane;
  }
  lane.distance_mm = at(t_us);
  const std::uint64_t window = std::min(t_us, kSpeedWindowUs);
  if (window > 0) {
    const std::int64_t way = lane.distance_mm - at(t_us - window);
    lane.speed_mm_s = way * static_cast<std::int64_t>(kSecondUs) / static_cast<std::int64_t>(window);
  }
  return lane;
}

// Nobody at or past a loop is behind one who is not, so the order by distance never speaks against that by loops.
void rank_by_distance(std::vector<Lane>& lanes) {
  std::vector<Lane*> racing;
  for (Lane& lane : lanes) {
    if (lane.status == LaneStatus::kRacing && lane.rank > 0) racing.push_back(&lane);
  }
  std::vector<std::uint8_t> places;
  for (const Lane* lane : racing) places.push_back(lane->rank);
  std::ranges::sort(places);
  std::ranges::sort(racing, [](const Lane* a, const Lane* b) {
    return a->distance_mm != b->distance_mm ? a->distance_mm > b->distance_mm : a->rank < b->rank;
  });
  for (std::size_t i = 0; i < racing.size(); ++i) racing[i]->rank = places[i];
}

}  // namespace

std::string_view to_string(LaneStatus status) { return kNames[static_cast<std::size_t>(status)]; }

std::optional<LaneStatus> lane_status_from(std::string_view name) {
  const auto* const found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<LaneStatus>(found - kNames.begin());
}

std::optional<LaneStatus> lane_status_from(std::uint8_t code) {
  if (code >= kLaneStatuses) return std::nullopt;
  return static_cast<LaneStatus>(code);
}

std::optional<TickRace> tick_race_of(const race::Race& race, std::uint8_t slot) {
  if (!race.gate()) return std::nullopt;
  TickRace ticks{.moto_id = race.moto_id(),
                 .run = race.run,
                 .slot = slot,
                 .course = race::course_of(race.moto, race.rules),
                 .riders = {}};
  const auto& riders = race.moto.riders();
  HOLESHOT_CHECK(riders.size() <= kMostLanes, "a gate has no more lanes than a tick");
  for (const race::Rider& rider : riders) {
    const std::size_t index = ticks.riders.size();
    TickRider& one = ticks.riders.emplace_back();
    one.rider_id = rider.rider_id;
    one.lane = static_cast<std::uint8_t>(rider.lane);
    for (std::size_t loop = 0; loop < race.moto.loops().size(); ++loop) {
      one.splits.push_back(race.moto.crossing(index, loop));
    }
  }
  for (const race::Line& line : race.lines()) {
    ticks.riders[line.rider].rank = static_cast<std::uint8_t>(line.position.value_or(0));
    ticks.riders[line.rider].status = status_of(line.status);
  }
  return ticks;
}

std::vector<Lane> lanes_at(const TickRace& race, std::uint64_t t_us) {
  std::vector<Lane> lanes;
  for (const TickRider& rider : race.riders) lanes.push_back(lane_at(race, rider, t_us));
  rank_by_distance(lanes);
  return lanes;
}

}  // namespace holeshot::ticks
