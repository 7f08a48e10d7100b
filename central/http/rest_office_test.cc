// Lists in and out, onboarding, rulings, audit and backups over REST.
#include <algorithm>

#include "central/http/rest_test_kit.h"

namespace holeshot::http {
namespace {

class RestOffice : public RestFixture {
 protected:
  void raw(const std::string& type, const Json& payload) {
    const log::NewEvent event{.subject = "timing.ingest.raw.v1.zolder",
                              .client = value_or_die(contract::ClientId::parse("gw", "client")),
                              .boot = value_or_die(contract::BootId::parse("gw", "boot")),
                              .seq = ++raw_seq_,
                              .body = Json{{"message_type", type}, {"payload", payload}}.dump()};
    (void)value_or_die(log_.append({&event, 1}));
  }

 private:
  std::uint64_t raw_seq_ = 0;
};

constexpr const char* kEntries =
    "plate_number;first_name;last_name;transponder_id;class\r\n"
    "7A;Zo\xC3\xAB;Maes;7000001;Girls 9\r\n"
    "12;Lars;Jansen;7000002;Boys 9\r\n"
    "12;Lars;Jansen;7000002;Cruiser\r\n";

TEST_F(RestOffice, EntriesComeFromAListAsAWhole) {
  const std::string event = new_event();
  const std::string path = "/api/events/" + event + "/entries/import";
  const auto dry = Json::parse(ask("POST", path + "?dry_run=true", kEntries).body);
  EXPECT_EQ(dry["riders_new"], 2);
  EXPECT_EQ(dry["entries_new"], 3);
  EXPECT_EQ(dry["classes_new"].size(), 3U);
  EXPECT_TRUE(get("/api/riders").empty()) << "a dry run changes nothing";
  EXPECT_EQ(ask("POST", path, kEntries).status, 200);
  EXPECT_EQ(get("/api/riders").size(), 2U);
  EXPECT_EQ(get("/api/events/" + event)["classes"].size(), 3U);
  // Again: nothing is new. And what comes out goes in.
  EXPECT_EQ(Json::parse(ask("POST", path, kEntries).body)["riders_same"], 2);
  const auto text = ask("GET", "/api/events/" + event + "/entries/export").body;
  const auto again = Json::parse(ask("POST", path, text).body);
  EXPECT_EQ(again["entries_same"], 3);
  EXPECT_EQ(again["riders_changed"], 0);
}

TEST_F(RestOffice, EveryBadLineIsNamedAndNothingChanges) {
  const std::string event = new_event();
  new_rider("1", {{"transponder_id", 55}});
  const std::string text =
      "plate_number,first_name,last_name,transponder_id,gender,class\n"
      "2,A,B,55,,Boys\n"
      "3,A,,x,Robot,Boys\n"
      "4,C,D,77,,\n"
      "5,E,F,78,Male,Boys\n";
  const auto refused = ask("POST", "/api/events/" + event + "/entries/import", text);
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(refused.content_type, "application/problem+json");
  std::vector<std::string> faults;
  const Json all_1 = Json::parse(refused.body)["faults"];
  for (const auto& one : all_1)
    faults.push_back(std::to_string(one["line"].get<int>()) + " " + one["column"].get<std::string>());
  EXPECT_EQ(faults, (std::vector<std::string>{"2 transponder_id", "3 last_name", "3 transponder_id",
                                              "3 gender", "4 class"}));
  EXPECT_EQ(get("/api/riders").size(), 1U);
  EXPECT_EQ(expect(422, "POST", "/api/events/" + event + "/entries/import?dry_run=perhaps")["code"],
            "invalid");
  EXPECT_EQ(ask("POST", "/api/riders/import", "a\n\"b").status, 422);
}

TEST_F(RestOffice, ADrawnClassTakesNoListAndARiderIsOneRider) {
  const std::string event = new_event();
  ask("POST", "/api/events/" + event + "/entries/import", kEntries);
  post("/api/events/" + event + "/generate-motos");
  const auto late = ask("POST", "/api/events/" + event + "/entries/import",
                        "plate_number,first_name,last_name,class\n99,N,N,boys 9\n");
  EXPECT_EQ(Json::parse(late.body)["faults"][0]["line"], 2);
  const auto twice = ask("POST", "/api/riders/import",
                         "plate_number,first_name,last_name,gender\n99,N,N,Male\n99,N,N,Female\n");
  EXPECT_EQ(Json::parse(twice.body)["faults"][0]["line"], 3);
  EXPECT_EQ(
      ask("POST", "/api/riders/import", "plate_number,first_name,last_name,gender\n12,Lars,Jansen,Male\n")
          .status,
      200);
  EXPECT_EQ(get("/api/riders?search=lars")[0]["gender"], "Male");
  EXPECT_EQ(get("/api/riders?search=lars")[0]["transponder_id"], 7000002) << "what a list does not say stays";
  EXPECT_NE(ask("GET", "/api/riders/export").body.find("7000001"), std::string::npos);
}

TEST_F(RestOffice, DiscoveryShowsWhatReallyArrived) {
  raw("PASSING", {{"decoder_id", "D0000C01"}, {"transponder_id", 7000001}, {"strength", 110}, {"hits", 30}});
  raw("PASSING", {{"decoder_id", "D0000C01"}, {"transponder_id", 9992}});
  raw("STATUS", {{"decoder_id", "D0000C02"}, {"noise", 3}});
  Json found = get("/api/tracks/zolder/onboarding/discovery");
  ASSERT_EQ(found["decoders"].size(), 2U) << "before anybody has registered the track";
  EXPECT_EQ(found["decoders"][0]["passing_count"], 1);
  EXPECT_EQ(found["decoders"][0]["gate_hits"], 1);
  EXPECT_EQ(found["gate_beacons"], (Json{{{"transponder_id", 9992}, {"hits", 1}}}));
  EXPECT_TRUE(found["decoders"][0]["mapped_loop_id"].is_null());
  new_event();
  const Json track = expect(200, "POST", "/api/tracks/zolder/onboarding/loops",
                            {{"mappings",
                              {{{"decoder_id", "D0000C01"}, {"name", "hill"}},
                               {{"decoder_id", "D0000C02"}, {"name", "finish"}, {"is_finish", true}}}}});
  EXPECT_EQ(track["loops"].size(), 2U);
  found = get("/api/tracks/zolder/onboarding/discovery?window_seconds=60&max_messages=2");
  EXPECT_EQ(found["sampled_messages"], 2);
  EXPECT_EQ(found["decoders"][0]["mapped_role"], "start");
  EXPECT_EQ(found["decoders"][1]["mapped_role"], "finish");
  clock_.advance_us(3'600'000'000);
  EXPECT_TRUE(get("/api/tracks/zolder/onboarding/discovery")["decoders"].empty());
  EXPECT_EQ(expect(422, "POST", "/api/tracks/zolder/onboarding/loops",
                   {{"mappings", {{{"decoder_id", "D0000C03"}}}}})["pointer"],
            "/mappings/0/name");
}

TEST_F(RestOffice, AWalkTestSaysWhichLoopHeardIt) {
  new_event();
  expect(
      200, "POST", "/api/tracks/zolder/onboarding/loops",
      {{"mappings",
        {{{"decoder_id", "D0000C01"}, {"name", "hill"}}, {{"decoder_id", "D0000C02"}, {"name", "finish"}}}}});
  raw("PASSING", {{"decoder_id", "D0000C01"}, {"transponder_id", 7}, {"strength", 110}, {"hits", 30}});
  Json walk = get("/api/tracks/zolder/onboarding/walk-test?transponder_id=7");
  EXPECT_EQ(walk["complete"], false);
  EXPECT_EQ(walk["loops"][0]["heard"], true);
  EXPECT_EQ(walk["loops"][0]["hits"], 30);
  EXPECT_EQ(walk["loops"][1]["heard"], false);
  raw("PASSING", {{"decoder_id", "D0000C02"}, {"transponder_id", 8}});
  EXPECT_EQ(get("/api/tracks/zolder/onboarding/walk-test?transponder_id=7")["complete"], false);
  EXPECT_EQ(get("/api/tracks/zolder/onboarding/walk-test")["complete"], true);
  expect(404, "GET", "/api/tracks/none/onboarding/walk-test");
}

TEST_F(RestOffice, RulingsGoToTheEngineAsTheyWereGiven) {
  new_event();
  run_engine();
  const std::vector<std::tuple<std::string, std::string, Json>> rulings{
      {"dns", "dns", {{"rider_id", "r"}, {"moto_id", "m"}}},
      {"dnf", "dnf", {{"rider_id", "r"}}},
      {"dsq", "dsq", {{"rider_id", "r"}, {"reason", "cut"}}},
      {"rel", "rel", {{"rider_id", "r"}}},
      {"place", "set_place", {{"rider_id", "r"}, {"place", 2}}},
      {"time", "set_time", {{"rider_id", "r"}, {"elapsed_us", 38000000}}},
      {"photo-finish", "photo_finish", {{"riders", {"a", "b"}}}},
      {"assign-rider", "assign_rider", {{"rider_id", "r"}, {"rider", {{"rider_id", "s"}, {"lane", 3}}}}},
      {"assign-lane", "assign_lane", {{"rider_id", "r"}, {"lane", 3}}},
      {"assign-transponder", "assign_transponder", {{"rider_id", "r"}, {"transponder_id", 7}}},
      {"assign-passing", "assign_passing", {{"passing", "D0:1:2"}, {"ignore", true}}},
      {"rerun", "rerun", {{"reason", "rain"}}},
      {"red-flag", "red_flag", Json::object()},
      {"all-clear", "all_clear", Json::object()},
      {"gate", "gate", {{"time_us", 5}}},
      {"practice", "practice", {{"on", false}}},
      {"undo", "undo", {{"undoes", "i1"}}}};
  for (const auto& [path, type, body] : rulings) {
    const Json answer = expect(200, "POST", "/api/race/" + path, body);
    EXPECT_EQ(answer["type"], type);
    const Json intent = bodies_on("timing.race.control.v1.zolder").back();
    EXPECT_EQ(intent["type"], type);
    EXPECT_EQ(intent["event_id"], answer["intent_id"]);
    for (const auto& [name, value] : body.items()) EXPECT_EQ(intent[name], value) << path << " " << name;
  }
  expect(200, "POST", "/api/race/practice");
  EXPECT_TRUE(bodies_on("timing.race.control.v1.zolder").back()["track_config"].is_object());
}

TEST_F(RestOffice, ARulingThatIsNoneIsRefusedAtItsField) {
  new_event();
  EXPECT_EQ(expect(422, "POST", "/api/race/dsq", Json::object())["pointer"], "/rider_id");
  EXPECT_EQ(expect(422, "POST", "/api/race/place", {{"rider_id", "r"}, {"place", 0}})["pointer"], "/place");
  EXPECT_EQ(expect(422, "POST", "/api/race/photo-finish", {{"riders", {"a", 1}}})["pointer"], "/riders/1");
  EXPECT_EQ(expect(422, "POST", "/api/race/red-flag", {{"x", {{"y", 1.5}}}})["pointer"], "/x/y");
  EXPECT_EQ(
      expect(422, "POST", "/api/race/assign-rider", {{"rider_id", "r"}, {"new_rider_id", "no"}})["pointer"],
      "/new_rider_id");
  run_engine("unknown_intent");
  EXPECT_EQ(expect(409, "POST", "/api/race/red-flag")["code"], "unknown_intent");
}

TEST_F(RestOffice, EveryActionIsInTheAudit) {
  const std::string event = new_event();
  ask("PUT", "/api/events/" + event, R"({"name":"Grand Prix"})", {{"x-holeshot-actor", "anna"}});
  run_engine();
  ask("POST", "/api/race/red-flag", R"({"reason":"rider down"})", {{"x-holeshot-actor", "bert"}});
  const Json all = get("/api/audit");
  EXPECT_EQ(all[0]["action"], "red_flag");
  EXPECT_EQ(all[0]["actor"], "bert");
  EXPECT_EQ(all[0]["reason"], "rider down");
  EXPECT_EQ(all[0]["accepted"], true);
  EXPECT_EQ(all[1]["before"]["name"], "Cup");
  EXPECT_EQ(all[1]["after"]["name"], "Grand Prix");
  EXPECT_EQ(get("/api/audit?actor=anna").size(), 1U);
  const auto page = ask("GET", "/api/audit?limit=1");
  EXPECT_EQ(
      Json::parse(get("/api/audit?limit=1&before=" + page.headers.at("X-Next-Cursor")).dump())[0]["actor"],
      "anna");
  expect(422, "GET", "/api/audit?before=x");
}

TEST_F(RestOffice, AnEventMovesToAnotherCentralWithItsResults) {
  const std::string event = new_event();
  expect(200, "PUT", "/api/rule-books/ours", {{"protest_minutes", 1}});
  expect(200, "PUT", "/api/events/" + event, {{"rule_book", "ours"}});
  const std::string cls = new_class(event, 3);
  post("/api/events/" + event + "/classes/" + cls + "/generate-motos");
  for (const auto& moto : get("/api/events/" + event + "/motos")) {
    Json results = Json::array();
    int place = 0;
    for (const auto& entry : moto["entries"])
      results.push_back(
          {{"rider_id", entry["rider_id"]}, {"position", ++place}, {"elapsed_us", 30'000'000 + place}});
    race_event("zolder", "race_finished", {{"moto_id", moto["id"]}, {"results", results}});
  }
  expect(200, "POST", "/api/events/" + event + "/classes/" + cls + "/results/provisional");
  const std::string document = ask("GET", "/api/events/" + event + "/export").body;
  EXPECT_EQ(ask("POST", "/api/events/import", document).status, 409) << "it is here";
  const Json results = get("/api/events/" + event + "/results");

  read::MemoryLog other_log{clock_, "02LOG"};
  auto other_model = value_or_die(read::ReadModel::open((folder_ / "other.db").string(), other_log));
  read::ProjectionWorker other_worker{other_log, *other_model};
  RestApi other{other_log,
                *other_model,
                clock_,
                value_or_die(contract::BootId::parse("other", "boot")),
                {.registry_patience = kLong}};
  Router routes;
  other.add_routes(routes);
  const auto ask_other = [&](const std::string& method, const std::string& path,
                             const std::string& body = {}) {
    Request request{.method = method, .path = path};
    request.body = body;
    return routes.dispatch(std::move(request));
  };
  Request dry{.method = "POST", .path = "/api/events/import", .query = {{"dry_run", "true"}}};
  dry.body = document;
  EXPECT_EQ(routes.dispatch(dry).status, 200);
  EXPECT_EQ(other_log.last(), log::Offset{}) << "a dry run writes nothing";
  const auto imported = ask_other("POST", "/api/events/import", document);
  ASSERT_EQ(imported.status, 201) << imported.body;
  EXPECT_EQ(Json::parse(imported.body)["riders_new"], 3);
  EXPECT_EQ(Json::parse(ask_other("GET", "/api/events/" + event + "/results").body), results);
  for (const char* broken : {"", "[]", "{}", R"({"format":"holeshot-event.v1"})",
                             R"({"format":"holeshot-event.v1","event":{"id":"e"}})"})
    EXPECT_GE(ask_other("POST", "/api/events/import", broken).status, 400) << broken;
}

TEST_F(RestOffice, ADocumentIsLookedAtAsIfTheOfficeHadTypedIt) {
  start({.max_event_document = 5000, .registry_patience = kLong, .control_patience = kLong});
  const Json whole = {
      {"format", "holeshot-event.v1"},
      {"event", {{"id", "e"}, {"name", "X"}, {"date", "2026-01-01"}, {"track_id", "t"}}},
      {"track", {{"id", "t"}, {"name", "T"}}},
      {"riders", {{{"id", "r"}, {"first_name", "A"}, {"last_name", "B"}, {"plate_number", "1"}}}},
      {"classes", {{{"id", "c"}, {"event_id", "e"}, {"name", "Boys"}, {"rider_ids", {"r"}}}}},
      {"motos",
       {{{"id", "m"},
         {"event_id", "e"},
         {"class_id", "c"},
         {"round_type", "moto1"},
         {"round_number", 1},
         {"sequence", 1},
         {"entries", {{{"id", "x"}, {"rider_id", "r"}, {"lane", 1}}}}}}},
      {"results", Json::array()},
      {"publications", Json::array()}};
  const std::vector<std::pair<const char*, Json>> wrong{
      {"/event/date", "soon"},          {"/event/name", ""},
      {"/track/hill_type", "9m"},       {"/track/loops", 7},
      {"/classes/0/name", 7},           {"/classes/0/race_format", "all"},
      {"/motos/0/round_type", "final"}, {"/motos/0/entries", 7},
      {"/motos/0/entries/0/lane", 17},  {"/motos/0/sequence", "first"}};
  for (const auto& [pointer, value] : wrong) {
    Json document = whole;
    document[Json::json_pointer{pointer}] = value;
    EXPECT_EQ(expect(422, "POST", "/api/events/import", document)["pointer"], pointer);
  }
  Json large = whole;
  large["event"]["comment"] = std::string(5000, 'x');
  EXPECT_EQ(expect(413, "POST", "/api/events/import", large)["code"], "too_large");
  post("/api/events/import", whole);
  EXPECT_EQ(get("/api/events/e")["status"], "setup") << "what is missing is as of a new one";
  EXPECT_EQ(get("/api/tracks/t")["gate_beacon_id"], 9992);
}

}  // namespace
}  // namespace holeshot::http
