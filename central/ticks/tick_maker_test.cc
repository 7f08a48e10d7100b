#include "central/ticks/tick_maker.h"

#include <gtest/gtest.h>

#include "central/race/race_day_test_kit.h"
#include "central/ticks/ticks_test_kit.h"

namespace holeshot::ticks {
namespace {

using race::kit::us;

TickRace two_riders() {
  TickRace race{.moto_id = "m1", .slot = 1};
  race.course.points = {{12'000, us(2.2)}, {80'000, us(8)}, {350'000, us(40)}};
  race.riders = {{.rider_id = "a", .lane = 1, .rank = 1, .splits = {us(2), us(8), std::nullopt}},
                 {.rider_id = "b", .lane = 2, .rank = 2, .splits = {us(2.1), us(7), std::nullopt}}};
  return race;
}

TEST(TickMaker, KeyframesComeFirstEachSecondAndWhenWanted) {
  TickMaker maker;
  const TickRace race = two_riders();
  std::vector<std::uint64_t> keyframes;
  for (std::uint64_t tick = 0; tick < 60; ++tick) {
    if (tick == 33) maker.want_keyframe();
    const Frame frame = maker.next(race, {tick * kit::kTickUs, tick}, tick + 1);
    EXPECT_EQ(frame.tick_index, tick);
    EXPECT_EQ(frame.slot, 1);
    if (frame.keyframe) keyframes.push_back(tick);
    EXPECT_EQ(frame.base_seq, keyframes.back() + 1);
    EXPECT_TRUE(!frame.keyframe || frame.lanes.size() == 2);
  }
  EXPECT_EQ(keyframes, (std::vector<std::uint64_t>{0, 20, 33, 53}));
}

TEST(TickMaker, SaysWhenOnlyAKeyframeWillDo) {
  TickMaker maker;
  TickRace race = two_riders();
  EXPECT_TRUE(maker.needs_keyframe(race)) << "nobody has one";
  (void)maker.next(race, {us(5), 0}, 1);
  EXPECT_FALSE(maker.needs_keyframe(race));
  maker.want_keyframe();
  EXPECT_TRUE(maker.needs_keyframe(race));
  (void)maker.next(race, {us(5.05), 0}, 2);
  race.riders[1].lane = 5;
  EXPECT_TRUE(maker.needs_keyframe(race));
  race = two_riders();
  race.run = 2;
  EXPECT_TRUE(maker.needs_keyframe(race));
}

TEST(TickMaker, OtherRidersAndOtherRunsBeginWithAKeyframe) {
  TickMaker maker;
  TickRace race = two_riders();
  (void)maker.next(race, {us(5), 0}, 1);
  EXPECT_FALSE(maker.next(race, {us(5.05), 0}, 2).keyframe);
  race.riders[1].rider_id = "c";
  EXPECT_TRUE(maker.next(race, {us(5.1), 0}, 3).keyframe);
  race.riders.pop_back();
  EXPECT_TRUE(maker.next(race, {us(5.15), 0}, 4).keyframe);
  race.run = 2;
  const Frame rerun = maker.next(race, {us(0.1), 0}, 5);
  EXPECT_TRUE(rerun.keyframe);
  EXPECT_EQ(rerun.tick_index, 0U);
  EXPECT_EQ(rerun.elapsed_us, us(0.1));
  race.moto_id = "m2";
  EXPECT_TRUE(maker.next(race, {us(0), 0}, 6).keyframe);
}

TEST(TickMaker, ADeltaHoldsOnlyWhatDiffersFromTheKeyframe) {
  TickMaker maker;
  TickRace race = two_riders();
  race.riders[1].status = LaneStatus::kDns;
  const Frame key = maker.next(race, {us(3), 0}, 10);
  const Frame first = maker.next(race, {us(3.1), 0}, 11);
  const Frame second = maker.next(race, {us(3.2), 0}, 12);
  ASSERT_EQ(first.lanes.size(), 1U);
  ASSERT_EQ(second.lanes.size(), 1U);
  EXPECT_EQ(second.base_seq, 10U);
  EXPECT_EQ(key.lanes[0].distance_mm + second.lanes[0].distance_mm, lanes_at(race, us(3.2))[0].distance_mm);
}

TEST(TickMaker, TimeThatFallsStandsStill) {
  TickMaker maker;
  const TickRace race = two_riders();
  (void)maker.next(race, {us(5), 0}, 1);
  const Frame frame = maker.next(race, {us(4), 0}, 2);
  EXPECT_EQ(frame.elapsed_us, us(5));
  EXPECT_TRUE(frame.lanes.empty());
}

TEST(TickMaker, AFinishTakenAwayIsTakenFromTheScreenToo) {
  TickMaker maker(1);  // keyframes only
  TickRace race = two_riders();
  race.riders[0].splits[2] = us(20);
  race.riders[0].status = LaneStatus::kFin;
  EXPECT_EQ(maker.next(race, {us(20), 0}, 1).lanes[0].distance_mm, 350'000);
  race.riders[0].splits[2].reset();
  race.riders[0].status = LaneStatus::kRacing;
  EXPECT_LT(maker.next(race, {us(20.1), 0}, 2).lanes[0].distance_mm, 350'000);
}

TEST(TickRaceAt, RanksByDistanceAndFinishesWhenTheRiderDid) {
  TickRace race = two_riders();
  EXPECT_EQ(lanes_at(race, us(2.05))[0].rank, 1);
  EXPECT_EQ(lanes_at(race, us(7.5))[0].rank, 2);
  race.riders[0].splits[2] = us(30);
  race.riders[0].status = LaneStatus::kFin;
  EXPECT_EQ(lanes_at(race, us(29.9))[0].status, LaneStatus::kRacing);
  const Lane home = lanes_at(race, us(30))[0];
  EXPECT_EQ(home.status, LaneStatus::kFin);
  EXPECT_EQ(home.distance_mm, 350'000);
  EXPECT_EQ(home.speed_mm_s, 0);
  // From the hill to the corner: 68 m in 6 s.
  EXPECT_EQ(lanes_at(race, us(5))[0].speed_mm_s, 68'000 / 6 + 2);
}

TEST(TickRaceOf, TakesFromARaceWhatTicksNeed) {
  const race::StageRequest stage = race::kit::moto_of(3);
  race::Race race{stage, race::Rules{}, 1};
  EXPECT_FALSE(tick_race_of(race, 0)) << "before the gate";
  race.pulse = race::Gate{.captured_at_us = race::kit::kBaseUs};
  const auto ticks = tick_race_of(race, 1);
  ASSERT_TRUE(ticks);
  EXPECT_EQ(ticks->moto_id, "m1");
  EXPECT_EQ(ticks->slot, 1);
  EXPECT_EQ(ticks->course.points.size(), 3U);
  ASSERT_EQ(ticks->riders.size(), 3U);
  for (std::uint8_t i = 0; i < 3; ++i) {
    const TickRider& rider = ticks->riders[i];
    EXPECT_EQ(rider.lane, i + 1);
    EXPECT_EQ(rider.rider_id, stage.riders[i].rider_id);
    EXPECT_EQ(rider.status, LaneStatus::kRacing);
    EXPECT_EQ(rider.splits.size(), 3U);
    EXPECT_EQ(static_cast<std::int64_t>(race::progress(race, rider.lane, us(4))),
              lanes_at(*ticks, us(4))[i].distance_mm);
  }
}

}  // namespace
}  // namespace holeshot::ticks
