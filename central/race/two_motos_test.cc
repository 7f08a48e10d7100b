#include <gtest/gtest.h>

#include "central/race/engine.h"
#include "central/race/race_day_test_kit.h"

namespace holeshot::race {
namespace {

using kit::moto_of;
using kit::RaceDay;
using kit::us;
using kit::Words;

// Riders r11.. with transponders 1011.. in a moto of its own.
StageRequest second_moto(std::size_t riders) {
  StageRequest stage = moto_of(riders, "m2");
  for (Rider& rider : stage.riders) {
    rider.rider_id = "s" + rider.rider_id.substr(1);
    *rider.transponder_id += 10;
  }
  return stage;
}

TEST(TwoMotos, RunBesideEachOtherAndEachGetsItsOwnPassings) {
  RaceDay day;
  day.stage(2).gate(10).pass(1, "hill", 2).pass(2, "hill", 2.1);
  EXPECT_EQ(day.stage(second_moto(2)).said(), (Words{"race_staged", "intent_result:accepted"}));
  day.gate(40);
  EXPECT_EQ(day.the("gate_drop").moto_id, "m2");
  day.seen(1011, "D1", 42).seen(1012, "D1", 42.2);
  EXPECT_EQ(day.the("split_time").moto_id, "m2");
  day.seen(1002, "D3", 49).seen(1001, "D3", 49.5);
  EXPECT_EQ(day.the("race_finished").moto_id, "m1");
  EXPECT_EQ(day.race("m1").moto.crossing(0, 2), us(39.5));
  EXPECT_EQ(day.engine.state().phase(), Phase::kRacing);
  day.seen(1012, "D3", 80).seen(1011, "D3", 81);
  EXPECT_EQ(day.the("race_finished").moto_id, "m2");
  EXPECT_TRUE(day.says("race_finished", R"("rider_id":"s2")"));
}

TEST(TwoMotos, ARiderInBothBelongsToTheNewestGateAndTheEventSaysThatItIsLikely) {
  RaceDay day;
  StageRequest again = second_moto(1);
  again.riders[0].transponder_id = 1001;
  day.stage(2).gate(10).stage(again).gate(40).seen(1001, "D3", 80);
  EXPECT_EQ(day.the("split_time").moto_id, "m2");
  EXPECT_TRUE(day.says("split_time", R"("confidence":"likely")"));
  EXPECT_FALSE(day.race("m1").moto.started(0));
}

TEST(TwoMotos, StateListsBothTheNewestGateFirst) {
  RaceDay day;
  day.stage(1).gate(10).stage(second_moto(1));
  ASSERT_EQ(day.engine.state().motos.size(), 2U);
  EXPECT_EQ(day.engine.state().motos.front().moto_id(), "m2");
  const std::string state = day.engine.state_payload();
  EXPECT_NE(state.find(R"("phase":"staged")"), std::string::npos);
  EXPECT_NE(state.find(R"("phase":"racing")"), std::string::npos);
}

TEST(TwoMotos, NoMoreThanTheTrackHolds) {
  RaceDay day;
  for (std::size_t i = 0; i < kMaxMotos; ++i) {
    StageRequest moto = moto_of(1, "x" + std::to_string(i));
    moto.riders[0].transponder_id = 2000 + i;
    day.stage(moto).gate(10 + 30.0 * static_cast<double>(i));
  }
  EXPECT_EQ(day.stage(second_moto(1)).said(), Words{"intent_result:track_full"});
  EXPECT_EQ(day.force_finish().said(), Words{"intent_result:which_moto"});
  EXPECT_EQ(day.time_out("x0").said().back(), "intent_result:accepted");
  EXPECT_EQ(day.stage(second_moto(1)).said().back(), "intent_result:accepted");
}

TEST(TwoMotos, AnAssignedPassingMovesAndWhatFollowsIsSaid) {
  RaceDay day;
  day.stage(2).gate(10).pass(1, "finish", 38).pass(2, "finish", 39);
  EXPECT_EQ(day.result(), "r1 r2");
  const Passing last = std::get<Passing>(day.inputs.back().what);
  day.seen(7777, "D3", 47);  // r2's other bike
  const PassingId stranger = id_of(std::get<Passing>(day.inputs.back().what));
  day.say("assign_passing", {.ignore = true, .passing = id_of(last)});
  EXPECT_EQ(day.said(), (Words{"ruling", "positions_update", "race_finished", "intent_result:accepted"}));
  EXPECT_EQ(day.result(), "r1 r2-");
  day.say("assign_passing", {.rider_id = "r2", .passing = stranger});
  EXPECT_EQ(day.result(), "r2 r1");
  EXPECT_TRUE(day.says("race_finished", R"("corrected":true)"));
  day.say("undo").say("undo");
  EXPECT_EQ(day.result(), "r1 r2");
}

TEST(TwoMotos, AnAssignmentOfWhatNobodySawIsRefused) {
  RaceDay day;
  day.stage(2).gate(10);
  EXPECT_EQ(day.say("assign_passing", {.rider_id = "r1", .passing = {"D1", 4, 5}}).said(),
            Words{"intent_result:unknown_passing"});
}

TEST(TwoMotos, ALateReadOfAMotoThatIsOffTheTrackStillCorrectsItsResult) {
  RaceDay day;
  day.stage(2).gate(10).pass(1, "finish", 39.00).pass(2, "finish", 39.02).stage(second_moto(1));
  day.seen(1002, "D3", 48.99);
  EXPECT_EQ(day.the("race_finished").moto_id, "m1");
  EXPECT_EQ(day.race("m1").lines()[0].rider, 1U);
}

TEST(TwoMotos, ASecondTransponderOfABikeIsTheSameRider) {
  StageRequest request = moto_of(2);
  request.riders[1].transponder_ids = {5001, 5002};
  RaceDay day;
  day.stage(request).gate(10).seen(5002, "D1", 12).seen(1002, "D1", 12.01);
  EXPECT_EQ(day.order(), "r2");
  EXPECT_EQ(day.said(), Words{"passing_flagged:double"});
}

TEST(TwoMotos, AnUnknownTransponderThatIsAssignedBringsItsPassings) {
  RaceDay day;
  day.stage(2).gate(10).seen(4711, "D1", 12).pass(2, "hill", 2.5);
  EXPECT_EQ(day.order(), "r2");
  day.say("assign_transponder", {.rider_id = "r1", .transponder_id = 4711});
  EXPECT_EQ(day.said(),
            (Words{"ruling", "race_staged", "split_time", "positions_update", "intent_result:accepted"}));
  EXPECT_TRUE(day.says("race_staged", R"("restaged":true)"));
  EXPECT_EQ(day.order(), "r1 r2");
  day.seen(4711, "D3", 48);
  EXPECT_EQ(day.the("rider_finished").riders, std::vector<std::string>{"r1"});
}

}  // namespace
}  // namespace holeshot::race
