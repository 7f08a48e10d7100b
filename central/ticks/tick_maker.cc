#include "central/ticks/tick_maker.h"

#include <algorithm>

#include "common/base/check.h"

namespace holeshot::ticks {

namespace {

// Whether all that was known of the ride still is; more may be.
bool extends(const TickRider& now, const TickRider& before) {
  if (now.rider_id != before.rider_id || now.splits.size() != before.splits.size()) return false;
  for (std::size_t i = 0; i < now.splits.size(); ++i) {
    if (before.splits[i] && now.splits[i] != before.splits[i]) return false;
  }
  return true;
}

// REQUIRES: both hold the same lanes in the same order.
std::vector<Lane> difference(const std::vector<Lane>& now, const std::vector<Lane>& base) {
  std::vector<Lane> changed;
  for (std::size_t i = 0; i < now.size(); ++i) {
    if (now[i] == base[i]) continue;
    Lane& lane = changed.emplace_back(now[i]);
    lane.distance_mm -= base[i].distance_mm;
    lane.speed_mm_s -= base[i].speed_mm_s;
  }
  return changed;
}

}  // namespace

bool TickMaker::same_riders(const TickRace& race) const {
  return std::ranges::equal(race.riders, shown_, [](const TickRider& rider, const Shown& shown) {
    return rider.lane == shown.rider.lane && rider.rider_id == shown.rider.rider_id;
  });
}

void TickMaker::begin(const TickRace& race) {
  begun_ = true;
  moto_id_ = race.moto_id;
  run_ = race.run;
  index_ = 0;
  last_us_ = 0;
  shown_.clear();
}

void TickMaker::hold(const TickRace& race, std::vector<Lane>& lanes) {
  std::vector<Shown> shown;
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    const auto before =
        std::ranges::find(shown_, lanes[i].lane, [](const Shown& one) { return one.rider.lane; });
    if (before != shown_.end() && lanes[i].status != LaneStatus::kDns &&
        extends(race.riders[i], before->rider)) {
      lanes[i].distance_mm = std::max(lanes[i].distance_mm, before->distance_mm);
    }
    shown.push_back({race.riders[i], lanes[i].distance_mm});
  }
  shown_ = std::move(shown);
}

Frame TickMaker::next(const TickRace& race, const TickTime& time, std::uint64_t seq) {
  HOLESHOT_CHECK(seq > last_seq_, "frames are numbered upwards");
  const bool anew = !begun_ || !same_run(race);
  if (anew) begin(race);
  last_us_ = std::max(last_us_, time.elapsed_us);
  const bool due = last_us_ - std::min(keyframe_us_, last_us_) >= keyframe_interval_us_;
  Frame frame{.seq = seq,
              .keyframe = anew || due || needs_keyframe(race),
              .slot = race.slot,
              .moto_id = race.moto_id,
              .tick_index = index_++,
              .tick_ts_ms = time.tick_ts_ms,
              .elapsed_us = last_us_};
  std::vector<Lane> lanes = lanes_at(race, last_us_);
  hold(race, lanes);
  last_seq_ = seq;
  if (frame.keyframe) {
    keyframe_wanted_ = false;
    keyframe_seq_ = seq;
    keyframe_us_ = last_us_;
    keyframe_ = lanes;
    frame.lanes = std::move(lanes);
  } else {
    frame.lanes = difference(lanes, keyframe_);
  }
  frame.base_seq = keyframe_seq_;
  return frame;
}

}  // namespace holeshot::ticks
