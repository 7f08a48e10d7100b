#include <gtest/gtest.h>

#include "central/race/engine.h"
#include "central/race/race_day_test_kit.h"

namespace holeshot::race {
namespace {

using kit::kBaseUs;
using kit::moto_of;
using kit::RaceDay;
using kit::us;
using kit::Words;

TEST(Gates, ALostPulseIsEstimatedFromTheHill) {
  RaceDay day;
  day.stage(4).seen(1001, "D1", 12.3);
  EXPECT_EQ(day.seen(1003, "D1", 12.2).said().at(1), "gate_drop");
  EXPECT_TRUE(day.says("gate_drop", R"("estimated":true)"));
  EXPECT_TRUE(day.says("gate_drop", R"("origin":"hill")"));
  day.seen(1002, "D1", 12.4).seen(1004, "D1", 12.5);
  // The first at the hill is taken to have needed the typical time.
  EXPECT_EQ(day.moto().crossing(2, 0), us(2.2));
  EXPECT_EQ(day.moto().crossing(0, 0), us(2.3));
  for (std::uint64_t i = 1; i <= 4; ++i) day.seen(1000 + i, "D3", 50 + static_cast<double>(i));
  EXPECT_TRUE(day.says("race_finished", R"("estimated":true)"));
}

TEST(Gates, AnEstimateHangsOnTheFirstAtTheHillWhoeverCameInFirst) {
  RaceDay one;
  one.stage(3).seen(1001, "D1", 12.0).seen(1002, "D1", 12.2).seen(1003, "D1", 12.4);
  RaceDay other;
  other.stage(3).seen(1003, "D1", 12.4).seen(1002, "D1", 12.2).seen(1001, "D1", 12.0);
  EXPECT_EQ(one.moto().crossing(0, 0), us(2.2));
  EXPECT_EQ(one.race("m1").lines(), other.race("m1").lines());
}

TEST(Gates, ThePulseThatComesInLateReplacesTheEstimate) {
  RaceDay day;
  day.stage(2).seen(1001, "D1", 12.0).seen(1002, "D1", 12.2);
  EXPECT_EQ(day.moto().crossing(0, 0), us(2.2));
  day.gate(10);
  EXPECT_EQ(day.said(), (Words{"gate_drop", "split_time", "split_time", "positions_update"}));
  EXPECT_TRUE(day.says("gate_drop", R"("corrected":true)"));
  EXPECT_TRUE(day.says("gate_drop", R"("estimated":false)"));
  EXPECT_EQ(day.moto().crossing(0, 0), us(2.0));
}

StageRequest another_moto() {
  StageRequest next = moto_of(2, "m2");
  for (Rider& rider : next.riders) *rider.transponder_id += 1000;
  return next;
}

TEST(Gates, ThePulseAfterAnEstimateIsTheNextMotosAndNoCorrection) {
  RaceDay day;
  day.stage(2).seen(1001, "D1", 12.0).seen(1002, "D1", 12.2).stage(another_moto());
  // Soon enough to be within the hill's window, but the riders were at the hill before it.
  EXPECT_EQ(day.gate(19).said(), Words{"gate_drop"});
  EXPECT_EQ(day.race("m1").moto.crossing(0, 0), us(2.2));
  EXPECT_EQ(day.race("m2").phase(), Phase::kRacing);
}

TEST(Gates, ThePulseAfterAStartByHandIsTheNextMotos) {
  RaceDay day;
  day.stage(2).say("gate", {.time_us = kBaseUs + us(10)}).stage(another_moto());
  EXPECT_EQ(day.gate(15).said(), Words{"gate_drop"});
  EXPECT_EQ(day.race("m2").phase(), Phase::kRacing);
}

TEST(Gates, OneRiderOverTheHillLoopStartsNothing) {
  RaceDay day;
  day.stage(2).seen(1001, "D1", 12.0).seen(1001, "D1", 12.5);
  EXPECT_EQ(day.engine.state().phase(), Phase::kStaged);
}

TEST(Gates, ADoubledPulseIsKeptAndDoesNotStartTheNextMoto) {
  RaceDay day;
  StageRequest next = moto_of(1, "m2");
  next.riders[0].transponder_id = 2001;
  day.stage(1).gate(10).stage(next);
  EXPECT_EQ(day.gate(10.4).said(), Words{"passing_flagged:second_gate"});
  EXPECT_EQ(day.gate(40).said(), Words{"gate_drop"});
}

TEST(Gates, AStartByHandIsMarkedAndCanBeTakenBack) {
  RaceDay day;
  EXPECT_EQ(day.say("gate").said(), Words{"intent_result:not_staged"});
  day.stage(2).say("gate", {.time_us = kBaseUs + us(1000)});
  EXPECT_EQ(day.said(), (Words{"ruling", "gate_drop", "intent_result:accepted"}));
  EXPECT_TRUE(day.says("gate_drop", R"("origin":"hand")"));
  day.passing({.decoder_id = "D1", .transponder_id = 1001, .rtc_time_us = us(77), .passing_number = 9});
  EXPECT_TRUE(day.moto().fit("D1", 0) != LoopFit::kNoDecoder);
  EXPECT_TRUE(day.says("split_time", R"("estimated":true)"));
  day.say("undo");
  EXPECT_EQ(day.engine.state().phase(), Phase::kStaged);
  EXPECT_EQ(day.gate(10).said()[0], "gate_drop");
}

TEST(Gates, OneThatIsCorrectedWhenTheRaceIsOverSaysThatItIsOver) {
  RaceDay day;
  day.stage(1).gate(10).pass(1, "hill", 2);
  EXPECT_TRUE(day.says("gate_drop", R"("phase":"racing")"));
  day.pass(1, "finish", 38);
  ASSERT_EQ(day.engine.state().phase(), Phase::kFinished);
  day.say("gate", {.moto_id = "m1", .time_us = kBaseUs + us(9)});
  EXPECT_TRUE(day.says("gate_drop", R"("corrected":true)"));
  EXPECT_TRUE(day.says("gate_drop", R"("phase":"finished")"));
}

TEST(Gates, WiringSaysWhatASpecialIdMeansFromWhichDecoder) {
  StageRequest request = moto_of(2);
  request.track.gate_decoder_ids.clear();
  request.track.wiring = {{.transponder_id = 9995, .decoder_id = "D1", .means = Meaning::kGate},
                          {.transponder_id = 9995, .means = Meaning::kIgnore},
                          {.transponder_id = 9993, .means = Meaning::kTest}};
  RaceDay day;
  day.stage(request);
  EXPECT_EQ(day.seen(9993, "D1", 5).said(), Words{"passing_flagged:test_input"});
  EXPECT_EQ(day.seen(9995, "D3", 6).said(), Words{"passing_flagged:ignored"});
  EXPECT_EQ(day.seen(9992, "D1", 7).said(), Words{"passing_flagged:special_input"});
  EXPECT_EQ(day.seen(9995, "D1", 10).said(), Words{"gate_drop"});
}

TEST(Gates, ABeaconAtTheHillStartsWithTheTypicalTime) {
  StageRequest request = moto_of(1);
  request.track.wiring = {{.transponder_id = 9991, .means = Meaning::kBeacon}};
  RaceDay day;
  day.stage(request).seen(9991, "D1", 12.2);
  EXPECT_TRUE(day.says("gate_drop", R"("origin":"beacon")"));
  day.seen(1001, "D1", 12.3);
  EXPECT_EQ(day.moto().crossing(0, 0), us(2.3));
}

}  // namespace
}  // namespace holeshot::race
