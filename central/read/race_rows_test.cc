// What race events do to motos, entries, results and standings.
#include "central/read/read_test_kit.h"

namespace holeshot::read {
namespace {

using RaceRows = ReadFixture;

TEST_F(RaceRows, ARestagedMotoTakesTheNewRidersAndLanesAndStaysWhatItWas) {
  a_class();
  race("race_staged", {{"moto_id", "m1"}}, "s1");
  race("gate_drop", {{"moto_id", "m1"}}, "s2");
  const Json riders = Json::array({{{"rider_id", "r1"}, {"lane", 5}, {"transponder_id", "7000001"}},
                                   {{"rider_id", "r4"}, {"lane", 2}, {"transponder_id", 7000099}},
                                   {{"rider_id", "r3"}, {"lane", 3}, {"transponder_id", 7000003}}});
  race("race_staged", {{"moto_id", "m1"}, {"restaged", true}, {"riders", riders}}, "s3");
  catch_up();
  EXPECT_EQ(status("m1"), "racing");
  const Json moved = entry_of("m1", "r1");
  EXPECT_EQ(moved["lane"], 5);
  EXPECT_EQ(moved["id"], "e1");
  EXPECT_FALSE(moved.contains("transponder_id"));  // the rider's own
  const Json stand_in = entry_of("m1", "r4");
  EXPECT_EQ(stand_in["id"], "e2");  // the place that r2 left
  EXPECT_EQ(stand_in["transponder_id"], 7000099);
  EXPECT_EQ(entry_of("m1", "r2"), Json(nullptr));
  EXPECT_EQ(moto_now("m1")["entries"].size(), 3U);
  // The references follow, and who holds the old revision cannot write it back.
  const auto of_r2 = base::value_or_die(Queries{*model_}.references(kRider, "r2"));
  EXPECT_TRUE(std::ranges::none_of(of_r2, [](const Reference& one) { return one.id == "m1"; }));
  EXPECT_EQ(base::value_or_die(Queries{*model_}.object(kMoto, "m1"))->revision, 2U);
}

TEST_F(RaceRows, ARestagingOfAFinishedOrAnUnknownMotoChangesNoState) {
  a_class();
  race("race_finished", finish("m1", 1, false, Json::array({line("r1", "FIN", 1, 30)})), "s1");
  const Json riders = Json::array({{{"rider_id", "r1"}, {"lane", 8}}});
  race("race_staged", {{"moto_id", "m1"}, {"restaged", true}, {"riders", riders}}, "s2");
  race("race_staged", {{"moto_id", "nobodys"}, {"restaged", true}, {"riders", riders}}, "s3");
  race("race_staged", {{"moto_id", "m1"}, {"restaged", true}}, "s4");  // says nothing: refused
  catch_up();
  EXPECT_EQ(status("m1"), "finished");
  EXPECT_EQ(entry_of("m1", "r1")["finish_position"], 1);
  EXPECT_EQ(status("nobodys"), "pending");
  EXPECT_EQ(model_->skipped(), 1U);
}

TEST_F(RaceRows, AGateThatIsCorrectedWhenTheRaceIsOverDoesNotRunItAgain) {
  a_class();
  race("gate_drop", {{"moto_id", "m1"}, {"phase", "racing"}}, "s1");
  race("race_finished", finish("m1", 1, false, Json::array({line("r1", "FIN", 1, 30)})), "s2");
  race("gate_drop", {{"moto_id", "m1"}, {"corrected", true}, {"phase", "finished"}}, "s3");
  catch_up();
  EXPECT_EQ(status("m1"), "finished");
  race("gate_drop", {{"moto_id", "m1"}, {"corrected", true}, {"phase", "racing"}}, "s4");
  catch_up();
  EXPECT_EQ(status("m1"), "racing");
}

TEST_F(RaceRows, TwoMotosRaceAtOnceAndEachEndsByItself) {
  a_class();
  race("race_staged", {{"moto_id", "m1"}}, "s1");
  race("gate_drop", {{"moto_id", "m1"}}, "s2");
  race("race_staged", {{"moto_id", "m2"}}, "s3");
  race("gate_drop", {{"moto_id", "m2"}}, "s4");
  catch_up();
  EXPECT_EQ(status("m1"), "racing");
  EXPECT_EQ(status("m2"), "racing");
  race("race_finished", finish("m1", 1, false, Json::array({line("r1", "FIN", 1, 30)})), "s5");
  catch_up();
  EXPECT_EQ(status("m1"), "finished");
  EXPECT_EQ(status("m2"), "racing");
}

TEST_F(RaceRows, WhoIsDisqualifiedOrRelegatedIsNoFinisher) {
  a_class();
  race("race_finished",
       finish("m1", 1, true,
              Json::array({line("r1", "FIN", 1, 30), line("r2", "REL", 0, 31), line("r3", "DSQ", 3, 32)})),
       "s1");
  catch_up();
  const Json relegated = entry_of("m1", "r2");
  EXPECT_EQ(relegated["status"], "REL");
  EXPECT_EQ(relegated["finish_position"], nullptr);
  EXPECT_EQ(relegated["elapsed_us"], 31);
  const Json disqualified = entry_of("m1", "r3");
  EXPECT_EQ(disqualified["status"], "DSQ");
  EXPECT_EQ(disqualified["finish_position"], nullptr);  // whatever the event said
}

TEST_F(RaceRows, ResultsOfAnEngineThatSaysNoStatusAreReadByTheirFlags) {
  a_class();
  race("race_finished",
       {{"moto_id", "m1"},
        {"results",
         {{{"rider_id", "r1"}, {"position", 1}, {"elapsed_us", 30}, {"dnf", false}, {"dns", false}},
          {{"rider_id", "r2"}, {"position", 2}, {"dnf", true}, {"dns", false}},
          {{"rider_id", "r3"}, {"position", 3}, {"dnf", false}, {"dns", true}}}}},
       "s1", "race-v1");
  catch_up();
  EXPECT_EQ(entry_of("m1", "r1")["status"], "FIN");
  EXPECT_EQ(entry_of("m1", "r2")["status"], "DNF");
  EXPECT_EQ(entry_of("m1", "r2")["finish_position"], nullptr);
  EXPECT_EQ(entry_of("m1", "r3")["status"], "DNS");
}

TEST_F(RaceRows, EveryCorrectionIsKept) {
  a_class();
  race("race_finished",
       finish("m1", 1, false, Json::array({line("r1", "FIN", 1, 30), line("r2", "FIN", 2, 31)})), "s1");
  race("race_finished",
       finish("m1", 1, true, Json::array({line("r2", "FIN", 1, 29), line("r1", "FIN", 2, 30)})), "s2");
  catch_up();
  const Json told = history("m1")["history"];
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0]["results"][0]["rider_id"], "r1");
  EXPECT_EQ(told[0]["stands"], false);
  EXPECT_EQ(told[1]["corrected"], true);
  EXPECT_EQ(told[1]["rule_book"], "club");
  EXPECT_EQ(told[1]["stands"], true);
  EXPECT_EQ(entry_of("m1", "r2")["finish_position"], 1);
}

TEST_F(RaceRows, AReRunVoidsTheResultAndKeepsIt) {
  a_class();
  race("race_finished", finish("m1", 1, false, Json::array({line("r1", "FIN", 1, 30)})), "s1");
  race("race_rerun", {{"moto_id", "m1"}, {"run", 2}, {"reason", "gate stuck"}}, "s2");
  catch_up();
  EXPECT_EQ(status("m1"), "staged");
  EXPECT_EQ(moto_now("m1")["run"], 2);
  EXPECT_EQ(entry_of("m1", "r1")["finish_position"], nullptr);
  ASSERT_EQ(history("m1")["history"].size(), 1U);
  EXPECT_EQ(history("m1")["history"][0]["stands"], false);
  race("race_reset", {{"moto_id", nullptr}}, "s3");
  catch_up();
  EXPECT_EQ(status("m1"), "pending");  // the void result does not make it finished
  race("race_staged", {{"moto_id", "m1"}}, "s4");
  race("gate_drop", {{"moto_id", "m1"}}, "s5");
  race("race_finished", finish("m1", 2, false, Json::array({line("r2", "FIN", 1, 40)})), "s6");
  catch_up();
  const Json told = history("m1");
  EXPECT_EQ(told["run"], 2);
  ASSERT_EQ(told["history"].size(), 2U);
  EXPECT_EQ(told["history"][0]["run"], 1);
  EXPECT_EQ(told["history"][1]["run"], 2);
  EXPECT_EQ(entry_of("m1", "r2")["finish_position"], 1);
  EXPECT_EQ(entry_of("m1", "r1")["status"], nullptr);
}

TEST_F(RaceRows, AMotoThatIsStagedAnewKeepsItsResultUntilItHasAnother) {
  a_class();
  race("race_finished", finish("m1", 1, false, Json::array({line("r1", "FIN", 1, 30)})), "s1");
  race("race_staged", {{"moto_id", "m1"}, {"run", 2}}, "s2");
  catch_up();
  EXPECT_EQ(status("m1"), "staged");
  EXPECT_EQ(moto_now("m1")["run"], 2);
  EXPECT_EQ(entry_of("m1", "r1")["finish_position"], 1);
  race("race_reset", {{"moto_id", "m1"}}, "s3");  // the staging is undone
  catch_up();
  EXPECT_EQ(status("m1"), "finished");
  EXPECT_EQ(moto_now("m1")["run"], 1);
}

TEST_F(RaceRows, AStartThatIsUndoneTakesItsResultWithIt) {
  a_class();
  race("race_finished", finish("m1", 1, false, Json::array({line("r1", "FIN", 1, 30)})), "s1");
  race("race_staged", {{"moto_id", "m1"}, {"run", 1}}, "s2");
  catch_up();
  EXPECT_EQ(status("m1"), "staged");
  EXPECT_EQ(entry_of("m1", "r1")["finish_position"], nullptr);
  EXPECT_EQ(history("m1")["history"][0]["stands"], false);
  race("race_reset", {{"moto_id", "m1"}}, "s3");
  catch_up();
  EXPECT_EQ(status("m1"), "pending");
}

TEST_F(RaceRows, AReRunThatIsUndoneBringsTheOldResultBack) {
  a_class();
  race("race_finished", finish("m1", 1, false, Json::array({line("r1", "FIN", 1, 30)})), "s1");
  race("race_rerun", {{"moto_id", "m1"}, {"run", 2}, {"reason", "crash"}}, "s2");
  race("race_staged", {{"moto_id", "m1"}, {"run", 2}}, "s2");
  race("race_reset", {{"moto_id", "m1"}}, "s3");
  race("race_staged", {{"moto_id", "m1"}, {"run", 1}}, "s3");
  race("gate_drop", {{"moto_id", "m1"}, {"run", 1}}, "s3");
  race("race_finished", finish("m1", 1, false, Json::array({line("r1", "FIN", 1, 30)})), "s3");
  catch_up();
  EXPECT_EQ(status("m1"), "finished");
  EXPECT_EQ(moto_now("m1")["run"], 1);
  EXPECT_EQ(entry_of("m1", "r1")["finish_position"], 1);
}

TEST_F(RaceRows, FinishesThatSayNoRunAreCounted) {
  const Json results = Json::array({{{"rider_id", "r1"}, {"position", 1}}});
  race("race_finished", {{"moto_id", "m1"}, {"results", results}}, "s1", "race-v1");
  race("race_finished", {{"moto_id", "m1"}, {"corrected", true}, {"results", results}}, "s2", "race-v1");
  race("race_finished", {{"moto_id", "m1"}, {"results", results}}, "s3", "race-v1");
  catch_up();
  const Json told = history("m1")["history"];
  ASSERT_EQ(told.size(), 3U);
  EXPECT_EQ(told[0]["run"], 1);
  EXPECT_EQ(told[1]["run"], 1);
  EXPECT_EQ(told[2]["run"], 2);
}

TEST_F(RaceRows, ANewerEngineThatDerivesAnOldRaceAgainAddsNoCorrection) {
  a_class();
  race("race_finished", finish("m1", 1, false, Json::array({line("r1", "FIN", 1, 30)})), "s1", "race-v1");
  race("race_finished", finish("m1", 1, false, Json::array({line("r1", "FIN", 1, 31)})), "s1", "race-v3");
  catch_up();
  const Json told = history("m1")["history"];
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0]["results"][0]["elapsed_us"], 31);
}

TEST_F(RaceRows, AStartThatIsCorrectedLeavesAFinishedMotoFinishedWhereTheEngineSaysSo) {
  a_class();
  race("race_finished", finish("m1", 1, false, Json::array({line("r1", "DNF", 0), line("r2", "DNF", 0)})),
       "s1");
  race("gate_drop", {{"moto_id", "m1"}, {"run", 1}, {"corrected", true}, {"phase", "finished"}}, "s2");
  catch_up();
  EXPECT_EQ(status("m1"), "finished");
  race("gate_drop", {{"moto_id", "m1"}, {"run", 1}, {"corrected", true}, {"phase", "racing"}}, "s3");
  catch_up();
  EXPECT_EQ(status("m1"), "racing");
  // A version of the rules that says no phase is taken at its word: it drops, so it races.
  race("race_finished", finish("m1", 1, true, Json::array({line("r1", "DNF", 0)})), "s4");
  race("gate_drop", {{"moto_id", "m1"}, {"run", 1}, {"corrected", true}}, "s5");
  catch_up();
  EXPECT_EQ(status("m1"), "racing");
}

}  // namespace
}  // namespace holeshot::read
