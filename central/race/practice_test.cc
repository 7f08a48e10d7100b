#include "central/race/practice.h"

#include <gtest/gtest.h>

#include "central/race/engine.h"
#include "central/race/race_day_test_kit.h"

namespace holeshot::race {
namespace {

using kit::moto_of;
using kit::RaceDay;
using kit::Words;

Intent practice_with(std::size_t riders) {
  Intent intent;
  intent.stage = moto_of(riders);
  return intent;
}

TEST(Practice, TimesEveryTransponderFromTheNewestGateBeforeIt) {
  RaceDay day;
  day.say("practice", practice_with(1));
  EXPECT_EQ(day.gate(10).said(), Words{"passing_flagged:practice_gate"});
  day.seen(1001, "D1", 12.5);
  EXPECT_EQ(day.said(), (Words{"passing_unmatched:not_racing", "practice_split"}));
  EXPECT_TRUE(day.says("practice_split", R"("elapsed_us":2500000)"));
  EXPECT_TRUE(day.says("practice_split", R"("rider_id":"r1","transponder":"1001")"));
  day.gate(40).seen(4711, "D1", 42.2).seen(1001, "D3", 49);
  EXPECT_TRUE(day.says("practice_split", R"("rider_id":null,"transponder":"4711")"));
  EXPECT_TRUE(day.says("practice_lap", R"("elapsed_us":9000000)"))
      << "the newest gate before it is the second";
}

TEST(Practice, KeepsPersonalBestsAndNoDoubleReads) {
  RaceDay day;
  day.say("practice", practice_with(0));
  day.gate(10).seen(1001, "D1", 12.5);
  EXPECT_TRUE(
      day.says("practice_split",
               R"("best_us":2500000,"elapsed_us":2500000,"event_type":"practice_split","is_best":true)"));
  EXPECT_EQ(day.seen(1001, "D1", 12.6).said(), Words{"passing_unmatched:not_racing"});
  day.gate(50).seen(1001, "D1", 52.7);
  EXPECT_TRUE(
      day.says("practice_split",
               R"("best_us":2500000,"elapsed_us":2700000,"event_type":"practice_split","is_best":false)"));
  day.gate(90).seen(1001, "D1", 92.3);
  EXPECT_TRUE(day.says("practice_split", R"("best_us":2300000)"));
}

TEST(Practice, EndsWhenItIsTurnedOffAndSurvivesASnapshot) {
  RaceDay day;
  EXPECT_EQ(day.say("practice").said(), Words{"intent_result:no_track"});
  day.say("practice", practice_with(1)).gate(10).seen(1001, "D1", 12.5);
  const auto restored = value_or_die(RaceEngine::restore(day.engine.snapshot()));
  EXPECT_EQ(restored.snapshot(), day.engine.snapshot());
  Intent off;
  off.on = false;
  day.say("practice", off);
  EXPECT_EQ(day.gate(50).said(), Words{"passing_flagged:test_drop"});
  EXPECT_EQ(day.seen(1001, "D1", 52.5).said(), Words{"passing_unmatched:not_racing"});
}

TEST(Practice, AStagedMotoHasTheGateForItself) {
  RaceDay day;
  day.say("practice", practice_with(1)).stage(1).gate(10);
  EXPECT_EQ(day.said(), Words{"gate_drop"});
  EXPECT_EQ(day.pass(1, "hill", 2).said(), (Words{"split_time", "positions_update"}));
}

}  // namespace
}  // namespace holeshot::race
