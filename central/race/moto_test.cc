#include "central/race/moto.h"

#include <gtest/gtest.h>

#include "central/race/race_day_test_kit.h"

namespace holeshot::race {
namespace {

using kit::us;

struct Heat {
  explicit Heat(StageRequest request) : race(std::move(request), Rules{}, 1), moto(race.moto) {
    race.pulse = Gate{.id = {.decoder_id = "D1"}};
  }
  Race race;
  Moto& moto;
  HitOutcome hit(std::size_t rider, const char* decoder, double at) {
    ++number;
    return moto.add_hit(rider,
                        {.elapsed_us = us(at),
                         .passing = {.decoder_id = decoder, .rtc_time_us = us(at), .passing_number = number},
                         .seq = number});
  }
  std::uint64_t number = 0;
};

TEST(Moto, PutsLoopsInTheOrderInWhichTheyAreRidden) {
  StageRequest request = kit::moto_of(1);
  std::swap(request.track.loops[0], request.track.loops[2]);
  request.track.loops[0].position = 0;  // a finish that was numbered like a start
  const Heat race(request);
  EXPECT_EQ(race.moto.loops().back().name, "finish");
  EXPECT_EQ(race.moto.loops().front().name, "hill");
}

TEST(Moto, TheGapIsToTheFastestAtThatLoop) {
  Heat race(kit::moto_of(2));
  race.hit(0, "D1", 2.0);
  race.hit(1, "D1", 2.25);
  EXPECT_EQ(race.race.line_at(1, 0).gap_us, us(0.25));
  race.hit(1, "D2", 9);
  const auto standings = race.race.lines();
  EXPECT_EQ(standings[0].rider, 1U);
  EXPECT_EQ(standings[1].gap_us, 0U);
}

TEST(Moto, AnEarlierHitTurnsAnAcceptedOneIntoADouble) {
  Heat race(kit::moto_of(1));
  race.hit(0, "D1", 2.30);
  const HitOutcome outcome = race.hit(0, "D1", 2.10);
  EXPECT_EQ(outcome.verdict, HitVerdict::kCrossing);
  ASSERT_EQ(outcome.demoted.size(), 1U);
  EXPECT_EQ(outcome.demoted[0].rtc_time_us, us(2.30));
  EXPECT_EQ(race.moto.crossing(0, 0), us(2.10));
}

TEST(Moto, AMissingHillDoesNotMakeAHillOfTheFinishOfASharedDecoder) {
  Heat race(kit::one_decoder_moto(1, false));
  race.hit(0, "D1", 39.0);
  EXPECT_EQ(race.moto.crossing(0, 0), std::nullopt);
  EXPECT_EQ(race.moto.crossing(0, 1), us(39.0));
  const HitOutcome outcome = race.hit(0, "D1", 2.5);
  EXPECT_EQ(outcome.verdict, HitVerdict::kCrossing);
  EXPECT_EQ(race.moto.crossing(0, 0), us(2.5));
  EXPECT_TRUE(outcome.demoted.empty());
}

TEST(Moto, AChipThatLiesOnALoopDoesNotFillTheMemoryNorHideTheFinish) {
  Heat race(kit::moto_of(1));
  for (int i = 0; i < 2000; ++i) race.hit(0, "D1", 2 + 0.01 * i);
  EXPECT_LE(race.moto.hits(0).size(), kMaxHitsPerRider + 1);
  race.hit(0, "D3", 40);
  EXPECT_EQ(race.moto.crossing(0, 2), us(40));
  EXPECT_EQ(race.moto.crossing(0, 0), us(2));
}

TEST(Moto, ResultsNameEveryRiderOnce) {
  Heat race(kit::moto_of(4));
  race.hit(2, "D3", 40);
  race.hit(0, "D1", 2);
  race.hit(3, "D2", 9);
  race.race.decided.ended = FinishCause::kForceFinish;
  const auto results = race.race.lines();
  ASSERT_EQ(results.size(), 4U);
  std::string text;
  for (const Line& line : results) {
    text += std::to_string(line.rider) + std::string{to_string(line.status)} +
            std::to_string(*line.position) + " ";
  }
  EXPECT_EQ(text, "2FIN1 3DNF2 0DNF3 1DNS4 ");
}

}  // namespace
}  // namespace holeshot::race
