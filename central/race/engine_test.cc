#include "central/race/engine.h"

#include <gtest/gtest.h>

#include "central/race/race_day_test_kit.h"
#include "common/contract/canonical_json.h"

namespace holeshot::race {
namespace {

using kit::kBaseUs;
using kit::moto_of;
using kit::one_decoder_moto;
using kit::RaceDay;
using kit::us;
using kit::Words;

TEST(RaceEngine, RunsAMotoFromStageToResult) {
  RaceDay day;
  EXPECT_EQ(day.stage(2).said(), (Words{"race_staged", "intent_result:accepted"}));
  EXPECT_EQ(day.gate(10).said(), Words{"gate_drop"});
  EXPECT_EQ(day.pass(1, "hill", 2.1).said(), (Words{"split_time", "positions_update"}));
  EXPECT_EQ(day.pass(2, "hill", 2.0).said(), (Words{"split_time", "positions_update"}));
  EXPECT_EQ(day.order(), "r2 r1");
  day.pass(1, "corner", 8.0).pass(2, "corner", 8.1);
  EXPECT_EQ(day.order(), "r1 r2");
  EXPECT_EQ(day.pass(2, "finish", 38.0).said(), (Words{"split_time", "positions_update", "rider_finished"}));
  EXPECT_EQ(day.pass(1, "finish", 38.5).said(),
            (Words{"split_time", "positions_update", "rider_finished", "race_finished"}));
  EXPECT_EQ(day.result(), "r2 r1");
}

TEST(RaceEngine, WritesThePayloadsOfTheContract) {
  RaceDay day;
  day.stage(1).gate(10);
  EXPECT_EQ(
      day.last[0].payload,
      R"({"corrected":false,"decoder_id":"D1","estimated":false,"event_type":"gate_drop","moto_id":"m1",)"
      R"("origin":"pulse","phase":"racing","rtc_time_us":1700000010000000,"run":1,"timestamp_us":1700001000000001})");
  day.pass(1, "hill", 2.1);
  EXPECT_EQ(
      day.last[0].payload,
      R"({"confidence":"certain","corrected":false,"elapsed_us":2100000,"estimated":false,)"
      R"("event_type":"split_time","gap_to_leader_us":0,"is_finish":false,"loop_id":"l1","loop_name":"hill",)"
      R"("moto_id":"m1","passing":"D1:2:1700000012100000","position":1,)"
      R"("reason":"the only race under way that lists the rider","rider_id":"r1"})");
  EXPECT_EQ(
      day.last[1].payload,
      R"({"event_type":"positions_update","moto_id":"m1","positions":[{"dnf":false,"elapsed_us":2100000,)"
      R"("estimated":false,"finished":false,"first_name":"First1","gap_to_leader_us":0,"lane":1,"last_loop":"hill",)"
      R"("last_name":"Last1","plate_number":"11","position":1,"rider_id":"r1","ruled":false,"status":"RACING"}]})");
  day.pass(1, "finish", 40);
  EXPECT_EQ(day.the("rider_finished").payload,
            R"({"corrected":false,"elapsed_us":40000000,"estimated":false,"event_type":"rider_finished",)"
            R"("finish_position":1,"gap_to_leader_us":0,"moto_id":"m1","rider_id":"r1","ruled":false})");
  EXPECT_EQ(
      day.the("race_finished").payload,
      R"({"cause":"all_finished","corrected":false,"event_type":"race_finished","moto_id":"m1","results":[)"
      R"({"dnf":false,"dns":false,"elapsed_us":40000000,"estimated":false,"first_name":"First1",)"
      R"("gap_to_leader_us":0,"lane":1,"last_name":"Last1","plate_number":"11","position":1,"rider_id":"r1",)"
      R"("ruled":false,"status":"FIN"}],"rule_book":"club","run":1})");
}

TEST(RaceEngine, EveryPayloadAndEventIsCanonicalJson) {
  RaceDay day;
  day.seen(5, "D1", 1).stage(3).gate(10).pass(1, "hill", 2).pass(1, "hill", 2.01).pass(2, "hill", 2.2);
  day.seen(77, "D2", 15)
      .intent({.kind = Intent::Kind::kAlert,
               .type = "alert",
               .alert_id = "a",
               .alert_level = "info",
               .alert_text = "rain \"soon\"\n"});
  day.passing({.decoder_id = "D1", .transponder_id = ~std::uint64_t{0}, .rtc_time_us = ~std::uint64_t{0}});
  day.force_finish().reset();
  for (const auto& event : day.events) {
    EXPECT_EQ(value_or_die(contract::canonicalize(to_json(event))), to_json(event));
  }
  EXPECT_EQ(value_or_die(contract::canonicalize(day.engine.snapshot())), day.engine.snapshot());
  EXPECT_EQ(value_or_die(contract::canonicalize(day.engine.state_payload())), day.engine.state_payload());
}

TEST(RaceEngine, NumbersItsEventsWithoutGapsAndDerivesTheirIds) {
  RaceDay day;
  day.stage(2).gate(1).pass(1, "hill", 2).force_finish();
  for (std::size_t i = 0; i < day.events.size(); ++i) {
    EXPECT_EQ(day.events[i].ordinal, i + 1);
    EXPECT_EQ(day.events[i].event_id, contract::derived_id(day.events[i].source, i + 1));
  }
}

TEST(RaceEngine, IgnoresWhatItAppliedAlready) {
  RaceDay day;
  day.stage(2).gate(1);
  EventList out;
  EXPECT_FALSE(day.engine.apply(2, day.inputs[1], out));
  EXPECT_TRUE(out.empty());
}

TEST(RaceEngine, RefusesToStageWhileRacing) {
  RaceDay day;
  day.stage(2).gate(1);
  EXPECT_EQ(day.stage(3).said(), Words{"intent_result:race_running"});
  EXPECT_EQ(day.engine.state().moto().riders().size(), 2U);
  EXPECT_EQ(day.force_finish().stage(3).said(), (Words{"race_staged", "intent_result:accepted"}));
}

TEST(RaceEngine, StagingAgainReplacesWhatWasStaged) {
  RaceDay day;
  day.stage(2).stage(moto_of(3, "m2")).gate(1);
  EXPECT_EQ(day.the("gate_drop").moto_id, "m2");
}

TEST(RaceEngine, RefusesMotosThatCannotBeRaced) {
  const auto code = [](auto spoil) {
    StageRequest request = moto_of(3);
    spoil(request);
    RaceDay day;
    return day.stage(request).said();
  };
  const auto refused = [](const char* name) { return Words{std::string{"intent_result:"} + name}; };
  EXPECT_EQ(code([](StageRequest& r) { r.riders.clear(); }), refused("no_riders"));
  EXPECT_EQ(code([](StageRequest& r) { r = moto_of(9); }), refused("too_many_riders"));
  EXPECT_EQ(code([](StageRequest& r) { r.riders[0].lane = 9; }), refused("bad_lane"));
  EXPECT_EQ(code([](StageRequest& r) { r.riders[0].lane = 0; }), refused("bad_lane"));
  EXPECT_EQ(code([](StageRequest& r) { r.riders[0].lane = 2; }), refused("duplicate_lane"));
  EXPECT_EQ(code([](StageRequest& r) { r.riders[0].rider_id = "r2"; }), refused("duplicate_rider"));
  EXPECT_EQ(code([](StageRequest& r) { r.riders[0].transponder_id = 1002; }),
            refused("duplicate_transponder"));
  EXPECT_EQ(code([](StageRequest& r) { r.riders[0].transponder_id = 9992; }),
            refused("duplicate_transponder"));
  EXPECT_EQ(code([](StageRequest& r) { r.track.loops[2].is_finish = false; }), refused("no_finish_loop"));
  EXPECT_EQ(code([](StageRequest& r) { r.track.loops[0].is_finish = true; }), refused("two_finish_loops"));
  EXPECT_EQ(code([](StageRequest& r) { r.track.loops[0].id = "l2"; }), refused("duplicate_loop"));
}

TEST(RaceEngine, KeepsAGatePulseThatStartsNothing) {
  RaceDay day;
  EXPECT_EQ(day.gate(1).said(), Words{"passing_flagged:test_drop"});
  day.stage(2);
  EXPECT_EQ(day.gate(5, "D3").said(), Words{"passing_flagged:gate_decoder"});
  EXPECT_EQ(day.gate(10).said(), Words{"gate_drop"});
  EXPECT_EQ(day.again().said(), Words{"passing_flagged:resent"});
  EXPECT_EQ(day.gate(12).said(), Words{"passing_flagged:second_gate"});
}

TEST(RaceEngine, DoesNotStartTheNextMotoWithAPulseThatWasSentAgain) {
  RaceDay day;
  day.stage(1).gate(10);
  const Input pulse = day.inputs.back();
  day.pass(1, "finish", 40).stage(1);
  EXPECT_EQ(day.put(RaceDay::with_new_key(pulse)).said(), Words{"passing_flagged:resent"});
}

TEST(RaceEngine, KeepsPassingsThatBelongToNobody) {
  RaceDay day;
  EXPECT_EQ(day.seen(1001, "D1", 1).said(), Words{"passing_unmatched:not_racing"});
  day.stage(2).gate(10);
  EXPECT_EQ(day.seen(4711, "D1", 12).said(), Words{"passing_unmatched:unknown_transponder"});
  EXPECT_EQ(day.seen(1001, "D9", 12).said(), Words{"passing_unmatched:unknown_decoder"});
  EXPECT_EQ(day.last[0].riders, std::vector<std::string>{"r1"});
}

TEST(RaceEngine, FlagsTimesThatCannotBeOfThisRace) {
  RaceDay day;
  day.stage(2).gate(100);
  EXPECT_EQ(day.pass(1, "hill", -3).said(), Words{"passing_flagged:clock"});
  EXPECT_EQ(day.pass(1, "finish", 601).said(), Words{"passing_flagged:clock"});
}

TEST(RaceEngine, FlagsASecondReadAtTheSameLoop) {
  RaceDay day;
  day.stage(2).gate(10).pass(1, "hill", 2.0);
  EXPECT_EQ(day.pass(1, "hill", 2.02).said(), Words{"passing_flagged:double"});
  EXPECT_EQ(day.pass(1, "hill", 30).said(), Words{"passing_flagged:double"});
  EXPECT_EQ(day.again().said(), Words{"passing_flagged:resent"});
}

TEST(RaceEngine, TheEarliestReadCountsWheneverItComesIn) {
  RaceDay day;
  day.stage(2).gate(10).pass(1, "hill", 2.30).pass(2, "hill", 2.25);
  EXPECT_EQ(day.order(), "r2 r1");
  EXPECT_EQ(day.pass(1, "hill", 2.20).said(),
            (Words{"passing_flagged:double", "split_time", "positions_update"}));
  EXPECT_EQ(day.order(), "r1 r2");
}

TEST(RaceEngine, RanksByTimeNotByArrival) {
  RaceDay day;
  day.stage(3).gate(10).pass(3, "finish", 40).pass(1, "finish", 39);
  EXPECT_EQ(day.said(), (Words{"split_time", "positions_update", "rider_finished", "rider_finished"}));
  EXPECT_NE(day.last[3].payload.find("\"corrected\":true"), std::string::npos);
  EXPECT_NE(day.last[3].payload.find("\"finish_position\":2"), std::string::npos);
  day.pass(2, "finish", 39.5);
  EXPECT_EQ(day.result(), "r1 r2 r3");
}

TEST(RaceEngine, EqualTimesStandInOrderOfLanes) {
  RaceDay day;
  day.stage(3).gate(10).pass(3, "finish", 40).pass(2, "finish", 40).pass(1, "finish", 40);
  EXPECT_EQ(day.result(), "r1 r2 r3");
}

TEST(RaceEngine, AFinishWithoutTheHillCounts) {
  RaceDay day;
  day.stage(1).gate(10).pass(1, "finish", 40);
  EXPECT_EQ(day.result(), "r1");
}

TEST(RaceEngine, ForceFinishMarksWhoDidNotFinishAndWhoDidNotStart) {
  RaceDay day;
  EXPECT_EQ(day.force_finish().said(), Words{"intent_result:not_racing"});
  day.stage(4).gate(10).pass(3, "hill", 2).pass(2, "hill", 2.1).pass(2, "finish", 40).force_finish();
  EXPECT_EQ(day.said(),
            (Words{"ruling", "race_finished", "proposal", "proposal", "proposal", "intent_result:accepted"}));
  EXPECT_EQ(day.result(), "r2 r3* r1- r4-");
  EXPECT_EQ(day.pass(3, "finish", 60).said(), Words{"passing_flagged:late"});
  EXPECT_EQ(day.result(), "r2 r3* r1- r4-");
}

TEST(RaceEngine, ATimeOutEndsOnlyTheRunItWasMeantFor) {
  RaceDay day;
  day.stage(2).gate(10);
  const std::string first_run = day.last[0].event_id;
  EXPECT_EQ(day.time_out("m9").said(), Words{"intent_result:wrong_moto"});
  day.reset().stage(2).gate(100);
  EXPECT_EQ(day.time_out("m1", first_run).said(), Words{"intent_result:wrong_run"});
  EXPECT_EQ(day.time_out("m1", day.the("gate_drop").event_id).said(),
            (Words{"ruling", "race_finished", "proposal", "proposal", "intent_result:accepted"}));
  EXPECT_NE(day.the("race_finished").payload.find("\"cause\":\"race_timeout\""), std::string::npos);
}

TEST(RaceEngine, ResetClearsTheTrackFromAnyPhase) {
  RaceDay day;
  EXPECT_EQ(day.reset().said(), (Words{"race_reset", "intent_result:accepted"}));
  day.stage(2).gate(1).reset();
  EXPECT_EQ(day.events.end()[-2].payload, R"({"event_type":"race_reset","moto_id":"m1"})");
  EXPECT_EQ(day.engine.state().phase(), Phase::kIdle);
}

TEST(RaceEngine, CorrectsAResultWhenAnEarlierReadComesInAfterTheFinish) {
  RaceDay day;
  day.stage(2).gate(10).pass(1, "finish", 39.00).pass(2, "finish", 39.02);
  EXPECT_EQ(day.result(), "r1 r2");
  day.pass(2, "finish", 38.99);
  EXPECT_EQ(day.result(), "r2 r1");
  EXPECT_EQ(day.last.back().event_type, "race_finished");
  EXPECT_NE(day.last.back().payload.find("\"corrected\":true"), std::string::npos);
}

TEST(RaceEngine, TellsTwoLoopsOfOneDecoderApartByOrder) {
  RaceDay day;
  day.stage(one_decoder_moto(1, false)).gate(10).pass(1, "hill", 2.58);
  EXPECT_EQ(day.pass(1, "hill", 2.70).said(), Words{"passing_flagged:double"});
  day.pass(1, "hill", 39.38);
  EXPECT_EQ(day.result(), "r1");
}

TEST(RaceEngine, TellsTwoLoopsOfOneDecoderApartByWindows) {
  RaceDay day;
  day.stage(one_decoder_moto(1, true)).gate(10);
  EXPECT_EQ(day.pass(1, "hill", 0.5).said(), Words{"passing_flagged:window"});
  EXPECT_EQ(day.pass(1, "hill", 39.38).said(),
            (Words{"split_time", "positions_update", "rider_finished", "race_finished", "proposal"}));
}

TEST(RaceEngine, CountsRidersWhoCrossedBeforeTheirGatePulseCameIn) {
  RaceDay day;
  day.stage(2);
  EXPECT_EQ(day.seen(1001, "D1", 12.0).said(), Words{"passing_flagged:before_gate"});
  day.seen(1002, "D1", 5.0);
  EXPECT_EQ(day.gate(10).said(), (Words{"gate_drop", "split_time", "positions_update"}));
  EXPECT_EQ(day.engine.state().moto().crossing(0, 0), us(2.0));
  EXPECT_FALSE(day.engine.state().moto().started(1));
}

TEST(RaceEngine, TakesUtcWhereGateAndPassingHaveIt) {
  RaceDay day;
  day.stage(1);
  day.passing({.decoder_id = "D1", .transponder_id = 9992, .rtc_time_us = us(5), .utc_time_us = kBaseUs});
  day.passing(
      {.decoder_id = "D3", .transponder_id = 1001, .rtc_time_us = us(999), .utc_time_us = kBaseUs + us(41)});
  EXPECT_EQ(day.engine.state().moto().crossing(0, 2), us(41));
}

TEST(RaceEngine, KnowsARiderByTheTextOfATransponderWithoutNumber) {
  StageRequest request = moto_of(2);
  request.riders[1].transponder_id.reset();
  request.riders[1].transponder_string = "FL-42";
  RaceDay day;
  day.stage(request).gate(10);
  day.passing({.decoder_id = "D1", .transponder_string = "FL-42", .rtc_time_us = kBaseUs + us(12)});
  EXPECT_EQ(day.order(), "r2");
}

TEST(RaceEngine, KeepsAlertsUntilTheyAreCleared) {
  RaceDay day;
  const Intent raise{.kind = Intent::Kind::kAlert,
                     .type = "alert",
                     .alert_id = "a1",
                     .alert_level = "warning",
                     .alert_text = "ambulance on track"};
  const Intent clear{.kind = Intent::Kind::kClearAlert, .type = "clear_alert", .alert_id = "a1"};
  EXPECT_EQ(day.intent(raise).said(), (Words{"alert", "intent_result:accepted"}));
  EXPECT_NE(day.engine.state_payload().find("ambulance"), std::string::npos);
  EXPECT_EQ(day.intent(clear).said(), (Words{"alert_cleared", "intent_result:accepted"}));
  EXPECT_EQ(day.intent(clear).said(), Words{"intent_result:unknown_alert"});
  EXPECT_EQ(day.engine.state_payload().find("ambulance"), std::string::npos);
}

TEST(RaceEngine, RefusesIntentsItDoesNotUnderstandSoThatNobodyWaits) {
  RaceDay day;
  EXPECT_EQ(day.intent({.kind = Intent::Kind::kUnknown, .type = "teleport"}).said(),
            Words{"intent_result:unknown_intent"});
  EXPECT_EQ(day.intent({.kind = Intent::Kind::kMalformed, .type = "stage", .problem = "x"}).said(),
            Words{"intent_result:malformed"});
  EXPECT_EQ(day.intent({.kind = Intent::Kind::kReset, .type = "reset", .track_id = "t2"}).said(),
            Words{"intent_result:wrong_track"});
}

TEST(RaceEngine, SaysItsStateAsTheContractDoes) {
  RaceDay day;
  EXPECT_EQ(
      day.engine.state_payload(),
      R"({"alerts":[],"class_name":null,"estimated":false,"event_type":"state_snapshot","finished_count":0,)"
      R"("gate_drop_time_us":null,"moto_id":null,"motos":[],"phase":"idle","positions":[],"red_flag":false,)"
      R"("results":[],"riders":[],"round_type":null,"run":1,"total_riders":0,"track_name":null})");
  day.stage(1).gate(10).pass(1, "finish", 40);
  const std::string rider = R"("first_name":"First1","gap_to_leader_us":0,"lane":1,)";
  const std::string tail =
      R"("last_name":"Last1","plate_number":"11","position":1,"rider_id":"r1","ruled":false,"status":"FIN"}],)";
  const std::string moto_head = R"("finished_count":1,"gate_drop_time_us":1700001000000001,"moto_id":"m1",)";
  const std::string moto_tail =
      R"("phase":"finished","positions":[{"dnf":false,"elapsed_us":40000000,"estimated":false,"finished":true,)"
      R"("first_name":"First1","gap_to_leader_us":0,"lane":1,"last_loop":"finish",)" +
      tail +
      R"("red_flag":false,"results":[{"dnf":false,"dns":false,"elapsed_us":40000000,"estimated":false,)" +
      rider + tail +
      R"("riders":[{"first_name":"First1","lane":1,"last_name":"Last1","plate_number":"11","rider_id":"r1",)"
      R"("transponder_id":1001,"transponder_string":null}],"round_type":"moto1","run":1,"total_riders":1)";
  EXPECT_EQ(day.engine.state_payload(),
            R"({"alerts":[],"class_name":"Boys 9-10","estimated":false,"event_type":"state_snapshot",)" +
                moto_head + R"("motos":[{"class_name":"Boys 9-10","estimated":false,)" + moto_head +
                moto_tail + "}]," + moto_tail + R"(,"track_name":"Sydhavn"})");
}

}  // namespace
}  // namespace holeshot::race
