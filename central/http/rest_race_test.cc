#include <set>

#include "central/http/rest_test_kit.h"
#include "common/contract/ulid.h"

namespace holeshot::http {
namespace {

class RestRace : public RestFixture {
 protected:
  // The demo's motos, by sequence.
  Json demo() {
    const std::string event = post("/api/seed-demo")["event_id"];
    return get("/api/events/" + event + "/motos");
  }
};

TEST_F(RestRace, TheDemoIsSeededOnceAsTheSimulatorRidesIt) {
  const Json made = post("/api/seed-demo");
  EXPECT_EQ(made["track_id"], "demo");
  EXPECT_EQ(made["created"], true);
  const std::string dump = value_or_die(model_->dump());
  EXPECT_EQ(expect(200, "POST", "/api/seed-demo")["created"], false);
  EXPECT_EQ(value_or_die(model_->dump()), dump);

  const Json track = get("/api/tracks/demo");
  ASSERT_EQ(track["loops"].size(), 4U);
  EXPECT_EQ(track["loops"][0]["decoder_id"], "D0000C01");
  EXPECT_EQ(track["loops"][3]["is_finish"], true);
  const Json event = get("/api/events/" + made["event_id"].get<std::string>());
  EXPECT_EQ(event["status"], "active");
  ASSERT_EQ(event["classes"].size(), 3U);
  for (std::size_t g = 0; g < 3; ++g) {
    for (std::size_t i = 0; i < 8; ++i) {
      const Json& rider = event["classes"][g]["riders"][i];
      EXPECT_EQ(rider["transponder_id"], 7000001 + g * 8 + i);
      EXPECT_TRUE(contract::is_ulid(rider["id"].get<std::string>()));
    }
  }
  EXPECT_EQ(event["classes"][1]["riders"][0]["transponder_string"], "HS-00009");
  const Json motos = get("/api/events/" + made["event_id"].get<std::string>() + "/motos");
  ASSERT_EQ(motos.size(), 9U);
  for (std::size_t i = 0; i < 9; ++i) {
    EXPECT_EQ(motos[i]["entries"].size(), 8U);
    EXPECT_EQ(motos[i]["class_id"], event["classes"][i % 3]["id"]);
    EXPECT_EQ(motos[i]["round_number"], i / 3 + 1);
  }
}

TEST_F(RestRace, WorkersAreShownAsTheyTellAboutThemselves) {
  EXPECT_EQ(get("/api/workers"), Json::parse(R"({"workers":[]})"));
  const std::string numbers =
      R"("cursor":7,"dead_letters":0,"deliveries":7,"gaps":0,"lag":0,"lag_us":0,"last_error":null,"overdue":0,"retries":0,"state":"live",)";
  const std::string two = R"({"workers":[{"kind":"projection",)" + numbers +
                          R"("track_id":null},{"kind":"race",)" + numbers + R"("track_id":"zolder"}]})";
  start({.demo = false,
         .registry_patience = kLong,
         .control_patience = kLong,
         .race_state = {},
         .workers = [&] { return two; }});
  EXPECT_EQ(get("/api/workers"), Json::parse(two));
}

TEST_F(RestRace, WhatTheOfficeDeletedFromTheDemoComesBackOnlyWithItsEvent) {
  const std::string event = post("/api/seed-demo")["event_id"];
  expect(204, "DELETE", "/api/events/" + event);
  EXPECT_EQ(get("/api/riders").size(), 24U);
  EXPECT_EQ(post("/api/seed-demo")["created"], true);
  EXPECT_EQ(get("/api/riders").size(), 24U);
  EXPECT_EQ(get("/api/events/" + event + "/motos").size(), 9U);
}

TEST_F(RestRace, TheDemoDoesNotTakeSomebodysTransponder) {
  new_rider("1", {{"transponder_id", 7000024}});
  EXPECT_EQ(expect(409, "POST", "/api/seed-demo")["code"], "transponder_taken");
  EXPECT_EQ(get("/api/riders").size(), 1U);
}

TEST_F(RestRace, StagingTellsTheEngineAllThatItNeeds) {
  const Json moto = demo()[0];
  run_engine();
  const Json answer =
      expect(200, "POST", "/api/race/stage", {{"moto_id", moto["id"]}, {"reason", "on time"}});
  EXPECT_EQ(answer["accepted"], true);
  EXPECT_EQ(get("/api/motos/" + moto["id"].get<std::string>())["status"], "staged");

  const auto intents = bodies_on("timing.race.control.v1.demo");
  ASSERT_EQ(intents.size(), 1U);
  const Json& intent = intents[0];
  EXPECT_EQ(intent["event_id"], answer["intent_id"]);
  EXPECT_TRUE(contract::is_ulid(intent["event_id"].get<std::string>()));
  EXPECT_EQ(intent["type"], "stage");
  EXPECT_EQ(intent["ts_us"], clock_.wall_us());
  EXPECT_EQ(intent["actor"], "local");
  EXPECT_EQ(intent["reason"], "on time");
  EXPECT_EQ(intent["track_id"], "demo");
  EXPECT_EQ(intent["moto_id"], moto["id"]);
  EXPECT_EQ(intent["event_ref"], moto["event_id"]);
  EXPECT_EQ(intent["class_id"], moto["class_id"]);
  EXPECT_EQ(intent["class_name"], "Girls 13-14");
  EXPECT_EQ(intent["round_type"], "moto1");
  EXPECT_EQ(intent["track_config"]["gate_transponders"], Json::array({9992}));
  EXPECT_EQ(intent["track_config"]["loops"][3]["name"], "finish");
  EXPECT_EQ(intent["track_config"]["loops"][3]["is_finish"], true);
  ASSERT_EQ(intent["riders"].size(), 8U);
  std::set<int> lanes;
  for (const auto& rider : intent["riders"]) {
    lanes.insert(rider["lane"].get<int>());
    for (const char* name : {"rider_id", "first_name", "last_name", "plate_number", "transponder_id"}) {
      EXPECT_TRUE(rider.contains(name)) << name;
    }
  }
  EXPECT_EQ(lanes.size(), 8U);
}

TEST_F(RestRace, WhatTheEngineRefusesIs409WithItsReason) {
  const Json moto = demo()[0];
  run_engine("gate_taken");
  const Json problem = expect(409, "POST", "/api/race/stage", {{"moto_id", moto["id"]}});
  EXPECT_EQ(problem["code"], "gate_taken");
  EXPECT_EQ(problem["detail"], "because");
  EXPECT_EQ(expect(409, "POST", "/api/race/reset")["code"], "gate_taken");
}

TEST_F(RestRace, AnEngineThatDoesNotAnswerIsNeitherYesNorNo) {
  const Json moto = demo()[0];
  start({.demo = true,
         .registry_patience = kLong,
         .control_patience = std::chrono::milliseconds{1},
         .race_state = {}});
  const Json answer = expect(202, "POST", "/api/race/stage", {{"moto_id", moto["id"]}});
  EXPECT_EQ(answer["code"], "engine_behind");
  EXPECT_TRUE(answer["accepted"].is_null());
  const std::string path = "/api/race/intents/" + answer["intent_id"].get<std::string>();
  expect(404, "GET", path);
  race_event("demo", "intent_result",
             {{"intent_id", answer["intent_id"]}, {"type", "stage"}, {"accepted", true}});
  EXPECT_EQ(get(path)["accepted"], true);
}

TEST_F(RestRace, AnIntentThatTheLogDoesNotTakeIs503) {
  const Json moto = demo()[0];
  log_.refuse_appends(base::Error{base::Code::kClosed, "append: an earlier sync failed", "restart central"});
  const auto response = ask("POST", "/api/race/stage", Json{{"moto_id", moto["id"]}}.dump());
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.headers.count("Retry-After"), 1U);
}

TEST_F(RestRace, StagingKnowsItsMotoAndItsTrack) {
  const Json moto = demo()[0];
  run_engine();
  EXPECT_EQ(expect(422, "POST", "/api/race/stage", Json::object())["pointer"], "/moto_id");
  expect(404, "POST", "/api/race/stage", {{"moto_id", "none"}});
  EXPECT_EQ(expect(409, "POST", "/api/race/stage", {{"moto_id", moto["id"]}, {"track_id", "other"}})["code"],
            "wrong_track");
  post("/api/tracks", {{"name", "Second"}});
  expect(200, "POST", "/api/race/stage", {{"moto_id", moto["id"]}});  // the moto says where
  EXPECT_EQ(bodies_on("timing.race.control.v1.demo").size(), 1U);
}

TEST_F(RestRace, TheTrackMayBeLeftOutWhereThereIsOne) {
  EXPECT_EQ(expect(422, "POST", "/api/race/reset")["code"], "track_required");
  demo();
  run_engine();
  expect(200, "POST", "/api/race/reset");
  expect(200, "POST", "/api/race/force-finish", {{"moto_id", "m"}});
  post("/api/tracks", {{"id", "second"}, {"name", "Second"}});
  EXPECT_EQ(expect(422, "POST", "/api/race/reset")["pointer"], "/track_id");
  expect(200, "POST", "/api/race/reset", {{"track_id", "second"}});
  expect(404, "POST", "/api/race/reset", {{"track_id", "third"}});
  expect(422, "POST", "/api/race/reset", {{"track_id", 3}});
  EXPECT_EQ(bodies_on("timing.race.control.v1.demo")[1]["type"], "force_finish");
  EXPECT_EQ(bodies_on("timing.race.control.v1.demo")[1]["moto_id"], "m");
  EXPECT_EQ(bodies_on("timing.race.control.v1.second").size(), 1U);
}

TEST_F(RestRace, AlertsAreRaisedAndCleared) {
  demo();
  run_engine();
  const Json raised =
      expect(200, "POST", "/api/race/alert", {{"level", "red"}, {"text", "Rider down, corner 2"}});
  expect(200, "POST", "/api/race/alert/clear", {{"id", raised["id"]}});
  EXPECT_EQ(expect(422, "POST", "/api/race/alert", {{"level", "red"}})["pointer"], "/text");
  EXPECT_EQ(expect(422, "POST", "/api/race/alert/clear", Json::object())["pointer"], "/id");
  const auto intents = bodies_on("timing.race.control.v1.demo");
  ASSERT_EQ(intents.size(), 2U);
  EXPECT_EQ(intents[0]["type"], "alert");
  EXPECT_EQ(intents[0]["level"], "red");
  EXPECT_EQ(intents[1]["type"], "clear_alert");
  EXPECT_EQ(intents[1]["id"], raised["id"]);
}

TEST_F(RestRace, StateComesFromTheEngineAndOfAKnownTrackOnly) {
  demo();
  EXPECT_EQ(get("/api/race/state?track_id=demo")["phase"], "idle");
  start(
      {.demo = true,
       .registry_patience = kLong,
       .control_patience = kLong,
       .race_state = [](const contract::TrackId& track) {
         return std::optional{
             R"({"phase":"racing","snapshot":{"class_name":"Boys 9","event_type":"state_snapshot","finished_count":0,)"
             R"("gate_drop_time_us":1777000000000000,"moto_id":"m","motos":[],"phase":"racing","positions":[],)"
             R"("riders":[],"round_type":"moto1","total_riders":0,"track_name":")" +
             track.str() + R"("}})"};
       }});
  EXPECT_EQ(get("/race/state")["snapshot"]["track_name"], "demo");
  EXPECT_EQ(get("/api/race/state")["phase"], "racing");
  expect(404, "GET", "/api/race/state?track_id=nope");
}

TEST_F(RestRace, AMotoFillsWithItsResultAndTheClassWithItsStandings) {
  const Json moto = demo()[0];
  Json results = Json::array();
  int place = 0;
  for (const auto& entry : moto["entries"]) {
    ++place;
    results.push_back({{"rider_id", entry["rider_id"]},
                       {"position", place},
                       {"elapsed_us", 35'000'000 + place},
                       {"gap_to_leader_us", place - 1},
                       {"dnf", place == 7},
                       {"dns", place == 8}});
  }
  race_event("demo", "race_finished", {{"moto_id", moto["id"]}, {"results", results}});
  const Json finished = get("/api/motos/" + moto["id"].get<std::string>());
  EXPECT_EQ(finished["status"], "finished");
  EXPECT_EQ(finished["entries"][2]["points"], 3);
  EXPECT_EQ(finished["entries"][6]["points"], 8);
  EXPECT_EQ(finished["entries"][7]["points"], 10);
  EXPECT_TRUE(finished["entries"][7]["finish_position"].is_null());
  const std::string event = moto["event_id"];
  const std::string cls = moto["class_id"];
  const Json table = get("/api/events/" + event + "/classes/" + cls + "/standings")["standings"];
  ASSERT_EQ(table.size(), 8U);
  EXPECT_EQ(table[0]["rider_id"], moto["entries"][0]["rider_id"]);
  EXPECT_EQ(table[7]["total_points"], 10);
  expect(404, "GET", "/api/events/" + event + "/classes/nope/standings");
}

TEST_F(RestRace, TheReadModelRebuiltFromTheLogIsTheOneThatGrew) {
  const Json motos = demo();
  run_engine();
  for (const auto& moto : motos) {
    expect(200, "POST", "/api/race/stage", {{"moto_id", moto["id"]}});
    race_event("demo", "gate_drop", {{"moto_id", moto["id"]}});
    race_event("demo", "race_finished",
               {{"moto_id", moto["id"]},
                {"results", {{{"rider_id", moto["entries"][0]["rider_id"]}, {"position", 1}}}}});
  }
  const std::string grown = value_or_die(model_->dump());
  ASSERT_TRUE(model_->rebuild(log_));
  EXPECT_EQ(value_or_die(model_->dump()), grown);
}

}  // namespace
}  // namespace holeshot::http
