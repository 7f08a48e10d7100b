// Who did what, when, and what it replaced.
#include "central/read/read_test_kit.h"

namespace holeshot::read {
namespace {

using Audit = ReadFixture;

TEST_F(Audit, ARulingHasItsActorItsReasonAndThePictureBeforeAndAfter) {
  a_class();
  race("race_finished",
       finish("m1", 1, false, Json::array({line("r1", "FIN", 1, 30), line("r2", "FIN", 2, 31)})), "s1");
  intent("i1", "dsq", {{"moto_id", "m1"}, {"rider_id", "r1"}, {"reason", "cut the corner"}});
  race("ruling",
       {{"moto_id", "m1"},
        {"rider_id", "r1"},
        {"ruling", "dsq"},
        {"reason", "cut the corner"},
        {"actor", "office"},
        {"intent_event_id", "i1"},
        {"undone", false}},
       "control:i1");
  race("race_finished", finish("m1", 1, true, Json::array({line("r2", "FIN", 1, 31), line("r1", "DSQ", 0)})),
       "control:i1");
  judged("i1", "dsq", "control:i1");
  catch_up();
  const Json told = audit();
  ASSERT_EQ(told.size(), 2U);
  const Json& action = told[0];  // newest first
  EXPECT_EQ(action["kind"], "intent_result");
  EXPECT_EQ(action["action"], "dsq");
  EXPECT_EQ(action["actor"], "office");
  EXPECT_EQ(action["reason"], "cut the corner");
  EXPECT_EQ(action["rider_id"], "r1");
  EXPECT_EQ(action["ts_us"], 777);
  EXPECT_EQ(action["accepted"], true);
  EXPECT_EQ(action["before"][0]["results"][0]["rider_id"], "r1");
  EXPECT_EQ(action["before"][0]["results"][0]["status"], "FIN");
  EXPECT_EQ(action["after"][0]["results"][0]["rider_id"], "r2");
  EXPECT_EQ(action["after"][0]["results"][1]["status"], "DSQ");
  EXPECT_EQ(told[1]["kind"], "ruling");
  EXPECT_EQ(told[1]["intent_id"], "i1");
}

TEST_F(Audit, AnUndoSaysWhatItUndoes) {
  a_class();
  intent("i2", "undo", {{"undoes", "i1"}, {"reason", "wrong rider"}});
  race("ruling",
       {{"moto_id", "m1"},
        {"rider_id", "r1"},
        {"ruling", "dsq"},
        {"actor", "office"},
        {"intent_event_id", "i1"},
        {"undone", true}},
       "control:i2");
  judged("i2", "undo", "control:i2");
  catch_up();
  const Json told = audit();
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0]["undoes"], "i1");
  EXPECT_EQ(told[0]["before"], Json::array());
  EXPECT_EQ(told[1]["code"], "undone");
}

TEST_F(Audit, StagingSaysWhatTheMotoAndTheOneItReplacedWere) {
  a_class();
  intent("i1", "stage", {{"moto_id", "m1"}});
  race("race_staged", {{"moto_id", "m1"}}, "control:i1");
  judged("i1", "stage", "control:i1");
  intent("i2", "stage", {{"moto_id", "m2"}});
  race("race_staged", {{"moto_id", "m2"}}, "control:i2");
  judged("i2", "stage", "control:i2");
  catch_up();
  const Json told = audit({.moto_id = "m2"});
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0]["before"][0]["moto_id"], "m1");
  EXPECT_EQ(told[0]["before"][0]["status"], "staged");
  EXPECT_EQ(told[0]["after"][0]["status"], "pending");
  EXPECT_EQ(told[0]["before"][1]["status"], "pending");
  EXPECT_EQ(told[0]["after"][1]["status"], "staged");
}

TEST_F(Audit, ARefusalIsAnActionTooAndChangedNothing) {
  intent("i1", "stage", {{"moto_id", "m1"}});
  judged("i1", "stage", "control:i1", false);
  catch_up();
  const Json told = audit();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0]["accepted"], false);
  EXPECT_EQ(told[0]["code"], "race_running");
  EXPECT_EQ(told[0]["reason"], "a race is running");
  EXPECT_EQ(told[0]["after"], Json::array());
}

TEST_F(Audit, FlagsReRunsAndProposalsAreLinesOfTheirOwn) {
  race("red_flag", {{"moto_id", "m1"}, {"reason", "crash"}}, "s1");
  race("all_clear", {{"moto_id", "m1"}}, "s2");
  race("race_rerun", {{"moto_id", "m1"}, {"run", 2}, {"reason", "crash"}}, "s3");
  race("proposal", {{"moto_id", "m1"}, {"rider_id", "r1"}, {"status", "DNS"}, {"why", "no hill"}}, "s4");
  catch_up();
  const Json told = audit();
  ASSERT_EQ(told.size(), 4U);
  EXPECT_EQ(told[3]["kind"], "red_flag");
  EXPECT_EQ(told[3]["reason"], "crash");
  EXPECT_EQ(told[1]["kind"], "race_rerun");
  EXPECT_EQ(told[0]["action"], "DNS");
  EXPECT_EQ(told[0]["reason"], "no hill");
  EXPECT_EQ(told[0]["actor"], nullptr);
}

TEST_F(Audit, PagesGoBackByOffsetAndFiltersHold) {
  for (int i = 1; i <= 5; ++i) {
    const std::string id = "i" + std::to_string(i);
    intent(id, "alert", {{"text", "hello"}});
    judged(id, "alert", "control:" + id);
  }
  catch_up();
  const Json first = audit({.limit = 2});
  ASSERT_EQ(first.size(), 2U);
  const Json second = audit({.before = first[1]["offset"].get<std::uint64_t>(), .limit = 2});
  ASSERT_EQ(second.size(), 2U);
  EXPECT_EQ(second[0]["intent_id"], "i3");
  EXPECT_EQ(audit({.actor = "nobody"}).size(), 0U);
  EXPECT_EQ(audit({.track_id = "t1"}).size(), 5U);
}

TEST_F(Audit, ANewerEngineThatJudgesAnOldIntentAgainAddsNoLine) {
  intent("i1", "reset", {{"reason", "rain"}});
  judged("i1", "reset", "control:i1", true, "race-v1");
  judged("i1", "reset", "control:i1", true, "race-v3");
  catch_up();
  ASSERT_EQ(audit().size(), 1U);
  EXPECT_EQ(audit()[0]["reason"], "rain");
}

TEST_F(Audit, AnIntentThatCannotBeReadIsLeftToTheEngine) {
  append("timing.race.control.v1.t1", "not json");
  append("timing.race.control.v1.t1", "[]");
  append("timing.race.control.v1.t1", R"({"type":"stage"})");
  intent("i1", "reset", {{"ts_us", "soon"}});
  catch_up();
  EXPECT_EQ(model_->skipped(), 0U);
  EXPECT_EQ(model_->applied(), log_.last());
}

}  // namespace
}  // namespace holeshot::read
