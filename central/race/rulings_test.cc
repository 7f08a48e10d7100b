#include <gtest/gtest.h>

#include "central/race/engine.h"
#include "central/race/race_day_test_kit.h"

namespace holeshot::race {
namespace {

using kit::moto_of;
using kit::RaceDay;
using kit::us;
using kit::Words;

// r1 38.0, r2 38.5, r3 39.0, r4 39.5; all over the hill.
RaceDay finished_race() {
  RaceDay day;
  day.stage(4).gate(10);
  for (std::size_t i = 1; i <= 4; ++i) day.pass(i, "hill", 2 + 0.1 * static_cast<double>(i));
  for (std::size_t i = 1; i <= 4; ++i) day.pass(i, "finish", 37.5 + 0.5 * static_cast<double>(i));
  EXPECT_EQ(day.result(), "r1 r2 r3 r4");
  return day;
}

TEST(Rulings, EachIsConfirmedAndCorrectsTheResult) {
  RaceDay day = finished_race();
  day.say("dsq", {.reason = "rode over the grass", .rider_id = "r1"});
  EXPECT_EQ(day.said(), (Words{"ruling", "positions_update", "rider_finished", "rider_finished",
                               "rider_finished", "race_finished", "intent_result:accepted"}));
  EXPECT_EQ(day.result(), "r2 r3 r4 r1!");
  EXPECT_TRUE(day.says("ruling", R"("reason":"rode over the grass")"));
  EXPECT_TRUE(day.says("ruling", R"("ruling":"dsq","undone":false)"));
  EXPECT_TRUE(day.says("race_finished", R"("position":null,"rider_id":"r1","ruled":true,"status":"DSQ")"));
  EXPECT_EQ(day.say("rel", {.rider_id = "r2"}).result(), "r3 r4 r2~ r1!");
  EXPECT_EQ(day.say("dnf", {.rider_id = "r3"}).result(), "r4 r3* r2~ r1!");
  EXPECT_EQ(day.say("dns", {.rider_id = "r4"}).result(), "r3* r4- r2~ r1!");
}

TEST(Rulings, APlaceATimeAndAPhotoDecideTheOrder) {
  RaceDay day = finished_race();
  EXPECT_EQ(day.say("set_place", {.rider_id = "r4", .place = 1}).result(), "r4 r1 r2 r3");
  EXPECT_EQ(day.say("set_time", {.rider_id = "r3", .elapsed_us = us(37.9)}).result(), "r4 r3 r1 r2");
  EXPECT_EQ(day.say("photo_finish", {.order = {"r2", "r1"}}).result(), "r4 r3 r2 r1");
  EXPECT_TRUE(day.says("race_finished", R"("elapsed_us":37900000)"));
  day.say("undo").say("undo").say("undo");
  EXPECT_EQ(day.result(), "r1 r2 r3 r4");
}

TEST(Rulings, ATimeByHandFinishesARiderWithADeadTransponder) {
  RaceDay day;
  day.stage(2).gate(10).pass(1, "hill", 2).pass(1, "finish", 38);
  EXPECT_EQ(day.engine.state().phase(), Phase::kRacing);
  day.say("set_time", {.rider_id = "r2", .elapsed_us = us(37)});
  EXPECT_EQ(day.result(), "r2 r1");
  day.say("undo");
  EXPECT_EQ(day.engine.state().phase(), Phase::kRacing);
  EXPECT_TRUE(day.says("gate_drop", R"("corrected":true)")) << "readers are told that it runs again";
}

TEST(Rulings, WrongOnesAreRefusedWithTheirReason) {
  RaceDay day = finished_race();
  const auto code = [&](const char* type, Intent intent) { return day.say(type, std::move(intent)).said(); };
  EXPECT_EQ(code("dnf", {.rider_id = "r9"}), Words{"intent_result:unknown_rider"});
  EXPECT_EQ(code("dnf", {.moto_id = "m9", .rider_id = "r1"}), Words{"intent_result:unknown_moto"});
  EXPECT_EQ(code("set_place", {.rider_id = "r1", .place = 9}), Words{"intent_result:bad_place"});
  EXPECT_EQ(code("set_time", {.rider_id = "r1", .elapsed_us = 0}), Words{"intent_result:bad_time"});
  EXPECT_EQ(code("photo_finish", {.order = {"r1", "r1"}}), Words{"intent_result:duplicate_rider"});
  EXPECT_EQ(code("photo_finish", {.order = {"r1"}}), Words{"intent_result:bad_order"});
  EXPECT_EQ(code("assign_lane", {.rider_id = "r1", .lane = 9}), Words{"intent_result:bad_lane"});
  EXPECT_EQ(code("assign_transponder", {.rider_id = "r1", .transponder_id = 9992}),
            Words{"intent_result:duplicate_transponder"});
  EXPECT_EQ(code("all_clear", {}), Words{"intent_result:no_red_flag"});
  EXPECT_EQ(code("undo", {.undoes = "nothing"}), Words{"intent_result:nothing_to_undo"});
}

TEST(Rulings, ALaneThatIsTakenIsSwapped) {
  RaceDay day;
  day.stage(3).gate(10).pass(1, "hill", 2);
  day.say("assign_lane", {.rider_id = "r1", .lane = 3});
  EXPECT_EQ(day.said(), (Words{"ruling", "race_staged", "intent_result:accepted"}));
  EXPECT_EQ(day.moto().riders()[0].rider_id, "r3");
  EXPECT_EQ(day.moto().riders()[2].rider_id, "r1");
  EXPECT_EQ(day.moto().crossing(2, 0), us(2)) << "the passing is the rider's, not the lane's";
}

TEST(Rulings, AnotherRiderTakesThePlaceAndTheLane) {
  RaceDay day;
  day.stage(2).gate(10);
  Intent swap{.rider_id = "r2"};
  swap.stage.riders = {{.rider_id = "x", .plate_number = "99", .transponder_id = 5555}};
  day.say("assign_rider", swap);
  EXPECT_EQ(day.moto().riders()[1].rider_id, "x");
  EXPECT_EQ(day.moto().riders()[1].lane, 2U);
  day.seen(5555, "D1", 12);
  EXPECT_EQ(day.order(), "x");
  day.say("undo");
  EXPECT_EQ(day.moto().riders()[1].rider_id, "r2");
  EXPECT_EQ(day.order(), "");
}

TEST(Rulings, ARerunKeepsTheOldAttemptAndStagesTheMotoAgain) {
  RaceDay day = finished_race();
  day.say("rerun", {.reason = "gate hung in lane 3"});
  EXPECT_EQ(day.said(), (Words{"ruling", "race_rerun", "race_staged", "intent_result:accepted"}));
  EXPECT_TRUE(day.says("race_rerun", R"("run":2)"));
  EXPECT_EQ(day.engine.state().phase(), Phase::kStaged);
  day.gate(100);
  for (std::size_t i = 1; i <= 4; ++i) day.pass(5 - i, "finish", 37.5 + 0.5 * static_cast<double>(i));
  EXPECT_EQ(day.result(), "r4 r3 r2 r1");
  EXPECT_TRUE(day.says("race_finished", R"("run":2)"));
  EXPECT_FALSE(day.says("race_finished", R"("corrected":true)"));
}

TEST(Rulings, ARerunCanBeTakenBackWhileTheMotoStandsOnTheGate) {
  RaceDay day = finished_race();
  day.say("rerun").say("undo");
  EXPECT_EQ(day.said().back(), "intent_result:accepted");
  EXPECT_EQ(day.result(), "r1 r2 r3 r4");
  EXPECT_TRUE(day.says("race_finished", R"("run":1)"));
}

TEST(Rulings, ARedFlagStopsTheTimeOut) {
  RaceDay day;
  day.stage(2).gate(10).say("red_flag", {.reason = "crash in turn 1"});
  EXPECT_EQ(day.said(), (Words{"ruling", "red_flag", "intent_result:accepted"}));
  EXPECT_TRUE(day.says("red_flag", R"("reason":"crash in turn 1")"));
  EXPECT_EQ(day.time_out("m1").said(), Words{"intent_result:red_flag"});
  EXPECT_EQ(day.say("all_clear").said(), (Words{"ruling", "all_clear", "intent_result:accepted"}));
  EXPECT_EQ(day.time_out("m1").said().back(), "intent_result:accepted");
}

TEST(Rulings, AnEndedRaceRunsAgainWhenItsEndIsTakenBackAndTheLateFinishCounts) {
  RaceDay day;
  day.stage(2).gate(10).pass(1, "finish", 38).force_finish();
  EXPECT_EQ(day.result(), "r1 r2-");
  EXPECT_EQ(day.pass(2, "finish", 60).said(), Words{"passing_flagged:late"});
  day.say("undo");
  EXPECT_EQ(day.result(), "r1 r2");
}

TEST(Rulings, ProposalsNameWhoDidNotStartOrFinishAndCloseFinishes) {
  RaceDay day;
  day.stage(4)
      .gate(10)
      .pass(1, "hill", 2)
      .pass(2, "hill", 2.1)
      .pass(1, "finish", 38)
      .pass(3, "finish", 38.004);
  day.force_finish();
  std::string proposals;
  for (const RaceEvent& event : day.last) {
    if (event.event_type != "proposal") continue;
    const auto from = event.payload.find(R"("status":")") + 10;
    proposals +=
        event.riders[0] + " " + event.payload.substr(from, event.payload.find('"', from) - from) + ", ";
  }
  EXPECT_EQ(proposals, "r3 FIN, r3 photo_finish, r2 DNF, r4 DNS, ");
}

TEST(Rulings, StageAndResetCanBeTakenBackInOrder) {
  RaceDay day = finished_race();
  day.stage(moto_of(2, "m2"));
  const std::string m2 = day.inputs.back().event_id;
  day.reset();
  EXPECT_EQ(day.engine.state().phase(), Phase::kIdle);
  EXPECT_EQ(day.say("undo", {.undoes = m2}).said(), Words{"intent_result:undo_conflict"});
  day.say("undo");
  EXPECT_EQ(day.engine.state().motos.front().moto_id(), "m2");
  day.say("undo");
  EXPECT_EQ(day.result(), "r1 r2 r3 r4");
}

// The next round has the same riders: standing on the gate, they take nothing away from the race before.
TEST(Rulings, OnARaceThatIsOverLeaveItsPassingsWhileItsRidersStandOnTheGateAgain) {
  RaceDay day;
  day.stage(3).gate(10);
  for (std::size_t i = 1; i <= 3; ++i)
    day.pass(i, "hill", 2).pass(i, "finish", 38 + 0.1 * static_cast<double>(i));
  StageRequest next = kit::moto_of(3, "m2");
  day.stage(next).say("dsq", {.moto_id = "m1", .rider_id = "r1"});
  std::string places;
  for (const Line& line : day.race("m1").lines()) places += to_string(line.status);
  EXPECT_EQ(places, "FINFINDSQ");
  day.say("undo");
  ASSERT_EQ(day.race("m1").lines().size(), 3U);
  EXPECT_EQ(day.race("m1").lines()[0].status, Status::kFin);
  EXPECT_EQ(day.race("m1").lines()[0].elapsed_us, kit::us(38.1));
}

}  // namespace
}  // namespace holeshot::race
