#include "central/race/moto.h"

#include <gtest/gtest.h>

#include "central/race/race_day_test_kit.h"

namespace holeshot::race {
namespace {

using kit::us;

struct Race {
  explicit Race(StageRequest request) : moto(std::move(request), Rules{}) {}
  Moto moto;
  HitOutcome hit(std::size_t rider, const char* decoder, double at) {
    return moto.add_hit(rider, us(at), {decoder, ++number, us(at)});
  }
  std::uint64_t number = 0;
};

TEST(Moto, PutsLoopsInTheOrderInWhichTheyAreRidden) {
  StageRequest request = kit::moto_of(1);
  std::swap(request.track.loops[0], request.track.loops[2]);
  request.track.loops[0].position = 0;  // a finish that was numbered like a start
  const Race race(request);
  EXPECT_EQ(race.moto.loops().back().name, "finish");
  EXPECT_EQ(race.moto.loops().front().name, "hill");
}

TEST(Moto, TheGapIsToTheFastestAtThatLoop) {
  Race race(kit::moto_of(2));
  race.hit(0, "D1", 2.0);
  race.hit(1, "D1", 2.25);
  EXPECT_EQ(race.moto.standing_at(1, 0).gap_us, us(0.25));
  race.hit(1, "D2", 9);
  const auto standings = race.moto.standings();
  EXPECT_EQ(standings[0].rider, 1U);
  EXPECT_EQ(standings[1].gap_us, 0U);
}

TEST(Moto, AnEarlierHitTurnsAnAcceptedOneIntoADouble) {
  Race race(kit::moto_of(1));
  race.hit(0, "D1", 2.30);
  const HitOutcome outcome = race.hit(0, "D1", 2.10);
  EXPECT_EQ(outcome.verdict, HitVerdict::kCrossing);
  ASSERT_EQ(outcome.demoted.size(), 1U);
  EXPECT_EQ(outcome.demoted[0].elapsed_us, us(2.30));
  EXPECT_EQ(race.moto.crossing(0, 0), us(2.10));
}

TEST(Moto, AMissingHillMovesTheOnlyHitOfASharedDecoderUntilItComesIn) {
  Race race(kit::one_decoder_moto(1, false));
  race.hit(0, "D1", 39.0);
  EXPECT_EQ(race.moto.crossing(0, 0), us(39.0));
  const HitOutcome outcome = race.hit(0, "D1", 2.5);
  EXPECT_EQ(outcome.changed_loops, (std::vector<LoopChange>{{0, true}, {1, false}}));
  EXPECT_TRUE(outcome.demoted.empty());
  EXPECT_TRUE(race.moto.finished(0));
}

TEST(Moto, AChipThatLiesOnALoopDoesNotFillTheMemoryNorHideTheFinish) {
  Race race(kit::moto_of(1));
  for (int i = 0; i < 2000; ++i) race.hit(0, "D1", 2 + 0.01 * i);
  EXPECT_LE(race.moto.hits(0).size(), kMaxHitsPerRider + 1);
  race.hit(0, "D3", 40);
  EXPECT_EQ(race.moto.crossing(0, 2), us(40));
  EXPECT_EQ(race.moto.crossing(0, 0), us(2));
}

TEST(Moto, ResultsNameEveryRiderOnce) {
  Race race(kit::moto_of(4));
  race.hit(2, "D3", 40);
  race.hit(0, "D1", 2);
  race.hit(3, "D2", 9);
  const auto results = race.moto.results();
  ASSERT_EQ(results.size(), 4U);
  EXPECT_EQ(results[0], (ResultLine{.rider = 2, .position = 1, .elapsed_us = us(40), .gap_us = 0}));
  EXPECT_EQ(results[1], (ResultLine{.rider = 3, .position = 2, .dnf = true}));
  EXPECT_EQ(results[2], (ResultLine{.rider = 0, .position = 3, .dnf = true}));
  EXPECT_EQ(results[3], (ResultLine{.rider = 1, .position = 4, .dns = true}));
}

}  // namespace
}  // namespace holeshot::race
