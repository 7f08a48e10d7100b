#include <thread>

#include "central/http/rest_test_kit.h"

namespace holeshot::http {
namespace {

using RestRegistry = RestFixture;

TEST_F(RestRegistry, ATrackIsMadeChangedAndDeleted) {
  const Json made =
      post("/api/tracks", {{"name", "BMX Zolder (B)"}, {"latitude", 50.9876543}, {"unknown", 1}});
  EXPECT_EQ(made["id"], "bmx-zolder-b");
  EXPECT_EQ(made["hill_type"], "5m");
  EXPECT_EQ(made["gate_beacon_id"], 9992);
  EXPECT_EQ(made["latitude"], 50.9876543);
  EXPECT_TRUE(made["longitude"].is_null());
  EXPECT_FALSE(made.contains("unknown"));
  EXPECT_EQ(made["created_at"], made["updated_at"]);
  EXPECT_EQ(post("/api/tracks", {{"name", "bmx zolder B"}})["id"], "bmx-zolder-b-2");

  clock_.advance_us(1'000'000);
  const Json changed = expect(200, "PUT", "/api/tracks/bmx-zolder-b",
                              {{"hill_type", "8m"}, {"gate_beacon_id", "9991"}, {"latitude", nullptr}});
  EXPECT_EQ(changed["name"], "BMX Zolder (B)");
  EXPECT_EQ(changed["hill_type"], "8m");
  EXPECT_EQ(changed["gate_beacon_id"], 9991);
  EXPECT_TRUE(changed["latitude"].is_null());
  EXPECT_EQ(changed["created_at"], made["created_at"]);
  EXPECT_GT(changed["updated_at"], made["updated_at"]);
  EXPECT_EQ(get("/api/tracks/bmx-zolder-b"), changed);
  EXPECT_EQ(get("/api/tracks").size(), 2U);

  expect(204, "DELETE", "/api/tracks/bmx-zolder-b");
  expect(404, "GET", "/api/tracks/bmx-zolder-b");
  expect(404, "DELETE", "/api/tracks/bmx-zolder-b");
  expect(404, "PUT", "/api/tracks/bmx-zolder-b", {{"name", "x"}});
}

TEST_F(RestRegistry, ATrackIdThatTheClientChoseIsCheckedAndKept) {
  EXPECT_EQ(post("/api/tracks", {{"id", "T_1"}, {"name", "x"}})["id"], "T_1");
  EXPECT_EQ(expect(409, "POST", "/api/tracks", {{"id", "T_1"}, {"name", "y"}})["code"], "exists");
  for (const Json& id : {Json("a.b"), Json(""), Json(7), Json("a b"), Json(std::string(65, 'a'))}) {
    EXPECT_EQ(expect(422, "POST", "/api/tracks", {{"id", id}, {"name", "y"}})["pointer"], "/id") << id;
  }
}

TEST_F(RestRegistry, LoopsAreOrderedByPositionAndOnlyOneIsTheFinish) {
  post("/api/tracks", {{"id", "t"}, {"name", "T"}});
  const Json finish =
      post("/api/tracks/t/loops",
           {{"name", "finish"}, {"decoder_id", "d0000c04"}, {"position", 4}, {"is_finish", true}});
  EXPECT_EQ(finish["decoder_id"], "D0000C04");
  EXPECT_EQ(finish["track_id"], "t");
  EXPECT_EQ(finish["is_start"], false);
  const Json hill =
      post("/api/tracks/t/loops",
           {{"name", "hill"}, {"decoder_id", "D0000C01"}, {"position", 1}, {"distance_mm", 12000}});
  EXPECT_EQ(get("/api/tracks/t")["loops"], Json::array({hill, finish}));
  const std::string hill_path = "/api/tracks/t/loops/" + hill["id"].get<std::string>();
  expect(422, "PUT", hill_path, {{"is_finish", true}});
  EXPECT_EQ(expect(200, "PUT", hill_path, {{"position", 9}})["distance_mm"], 12000);
  EXPECT_EQ(get("/api/tracks/t")["loops"][1]["name"], "hill");
  for (const Json& wrong : {Json{{"decoder_id", "xyz"}}, Json{{"decoder_id", "D0"}}, Json{{"position", -1}},
                            Json{{"position", 1.5}}, Json{{"name", ""}}, Json{{"is_start", "yes"}},
                            Json{{"distance_mm", 1e12}}}) {
    EXPECT_EQ(expect(422, "PUT", hill_path, wrong)["pointer"], "/" + wrong.begin().key());
  }
  expect(204, "DELETE", hill_path);
  expect(404, "DELETE", hill_path);
  expect(404, "PUT", "/api/tracks/nope/loops/x", {{"position", 1}});
}

TEST_F(RestRegistry, SectionsAreReplacedAsAListAndHoldTheirLoop) {
  post("/api/tracks", {{"id", "t"}, {"name", "T"}});
  const std::string loop =
      post("/api/tracks/t/loops", {{"name", "hill"}, {"decoder_id", "D0000C01"}, {"position", 1}})["id"];
  const Json track = expect(200, "PUT", "/api/tracks/t/sections",
                            {{"sections",
                              {{{"name", "straight"}, {"length_m", 76.25}, {"loop_id", loop}},
                               {{"name", "hill"}, {"length_m", 12}, {"position", 0}}}}});
  EXPECT_EQ(track["sections"][0]["length_m"], 76.25);
  EXPECT_EQ(track["sections"].size(), 2U);
  EXPECT_EQ(expect(409, "DELETE", "/api/tracks/t/loops/" + loop)["code"], "referenced");
  EXPECT_EQ(expect(422, "PUT", "/api/tracks/t/sections",
                   {{"sections", {{{"name", "x"}, {"length_m", 1}, {"loop_id", "no"}}}}})["pointer"],
            "/sections/0/loop_id");
  EXPECT_EQ(expect(422, "PUT", "/api/tracks/t/sections", {{"sections", {3}}})["pointer"], "/sections/0");
  EXPECT_EQ(expect(422, "PUT", "/api/tracks/t/sections", Json::object())["pointer"], "/sections");
  // What came out may be sent back in.
  const Json again = expect(200, "PUT", "/api/tracks/t/sections", {{"sections", track["sections"]}});
  EXPECT_EQ(again["sections"], track["sections"]);
  expect(200, "PUT", "/api/tracks/t/sections", {{"sections", Json::array()}});
  expect(204, "DELETE", "/api/tracks/t/loops/" + loop);
}

TEST_F(RestRegistry, TheLogHoldsIntegersOnly) {
  post("/api/tracks", {{"id", "t"}, {"name", "T"}, {"latitude", -33.8567844}, {"longitude", 151.213108}});
  expect(200, "PUT", "/api/tracks/t/sections", {{"sections", {{{"name", "x"}, {"length_m", 0.3}}}}});
  const auto bodies = bodies_on("timing.registry.v1");
  ASSERT_EQ(bodies.size(), 2U);
  EXPECT_EQ(bodies[0]["object"]["latitude_e7"], -338567844);
  EXPECT_EQ(bodies[1]["object"]["sections"][0]["length_mm"], 300);
  EXPECT_EQ(bodies[1]["revision"], 2);
  EXPECT_EQ(get("/api/tracks/t")["latitude"], -33.8567844);
}

TEST_F(RestRegistry, RidersAreValidatedField) {
  const Json good = {{"first_name", "Éva"},       {"last_name", "Claes"},    {"plate_number", "7A"},
                     {"transponder_id", 7000001}, {"skill_level", "Expert"}, {"gender", "Female"},
                     {"equipment", "20\""}};
  const Json rider = post("/api/riders", good);
  EXPECT_EQ(rider["transponder_id"], 7000001);
  for (const auto& [field, wrong] :
       std::vector<std::pair<std::string, Json>>{{"first_name", nullptr},
                                                 {"last_name", ""},
                                                 {"last_name", "a\nb"},
                                                 {"plate_number", std::string(13, '1')},
                                                 {"plate_number", 7},
                                                 {"transponder_id", 0},
                                                 {"transponder_id", -1},
                                                 {"transponder_id", 4294967296},
                                                 {"transponder_id", "12x"},
                                                 {"skill_level", "Pro"},
                                                 {"gender", "x"},
                                                 {"equipment", "24"},
                                                 {"transponder_string", 5}}) {
    Json body = good;
    body[field] = wrong;
    EXPECT_EQ(expect(422, "POST", "/api/riders", body)["pointer"], "/" + field) << wrong;
  }
  EXPECT_EQ(expect(422, "POST", "/api/riders", Json::object())["pointer"], "/first_name");
  EXPECT_EQ(get("/api/riders").size(), 1U);
}

TEST_F(RestRegistry, BodiesThatAreNoObjectAreRefusedWhateverTheyAre) {
  for (const char* body : {"", "nonsense", "{\"a\":", "\"\xff\xfe\"", "{} {}"}) {
    EXPECT_EQ(ask("POST", "/api/riders", body).status, 400) << body;
  }
  for (const char* body : {"[]", "null", "3", "\"text\""}) {
    EXPECT_EQ(ask("POST", "/api/riders", body).status, 400) << body;
  }
  EXPECT_EQ(ask("POST", "/api/riders", std::string(200'000, '[')).status, 400);
  EXPECT_EQ(ask("POST", "/api/riders",
                R"({"first_name":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}")
                .status,
            422);
  EXPECT_EQ(ask("POST", "/api/riders", std::string(2U << 20, ' ')).status, 413);
}

TEST_F(RestRegistry, ATransponderIsOneRidersOnly) {
  const std::string first = new_rider("1", {{"transponder_id", 7}, {"transponder_string", "HS-7"}});
  const std::string second = new_rider("2");
  const Json problem = expect(409, "PUT", "/api/riders/" + second, {{"transponder_id", 7}});
  EXPECT_EQ(problem["code"], "transponder_taken");
  EXPECT_NE(problem["detail"].get<std::string>().find("F1 L1"), std::string::npos);
  EXPECT_EQ(expect(409, "PUT", "/api/riders/" + second, {{"transponder_string", "HS-7"}})["pointer"],
            "/transponder_string");
  expect(200, "PUT", "/api/riders/" + first, {{"transponder_id", 7}});  // its own
  expect(200, "PUT", "/api/riders/" + first, {{"transponder_id", nullptr}});
  expect(200, "PUT", "/api/riders/" + second, {{"transponder_id", 7}});
}

TEST_F(RestRegistry, ListsArePagedByLinkAndSearched) {
  for (int i = 10; i < 25; ++i) new_rider(std::to_string(i));
  EXPECT_EQ(get("/api/riders").size(), 15U);
  EXPECT_EQ(get("/api/riders?search=l13").size(), 1U);
  std::vector<std::string> plates;
  std::string path = "/api/riders?limit=4";
  while (!path.empty()) {
    const auto response = ask("GET", path);
    ASSERT_EQ(response.status, 200);
    EXPECT_EQ(response.headers.at("X-Total-Count"), "15");
    for (const auto& rider : Json::parse(response.body)) plates.push_back(rider["plate_number"]);
    const auto link = response.headers.find("Link");
    path = link == response.headers.end() ? "" : link->second.substr(1, link->second.find('>') - 1);
  }
  EXPECT_EQ(plates.size(), 15U);
  EXPECT_TRUE(std::is_sorted(plates.begin(), plates.end()));
  for (const char* wrong : {"limit=0", "limit=-1", "limit=x", "limit=1001", "cursor=zz"}) {
    expect(422, "GET", std::string{"/api/riders?"} + wrong);
  }
}

TEST_F(RestRegistry, TwoStationsCannotOverwriteEachOther) {
  const auto made = ask("POST", "/api/riders", R"({"first_name":"A","last_name":"B","plate_number":"1"})");
  EXPECT_EQ(made.headers.at("ETag"), "\"1\"");
  const std::string path = "/api/riders/" + Json::parse(made.body)["id"].get<std::string>();
  const auto first = ask("PUT", path, R"({"plate_number":"2"})", {{"if-match", "\"1\""}});
  EXPECT_EQ(first.headers.at("ETag"), "\"2\"");
  EXPECT_EQ(ask("PUT", path, R"({"plate_number":"3"})", {{"if-match", "\"1\""}}).status, 412);
  EXPECT_EQ(ask("DELETE", path, "", {{"if-match", "\"1\""}}).status, 412);
  EXPECT_EQ(get(path)["plate_number"], "2");
  EXPECT_EQ(ask("DELETE", path, "", {{"if-match", "*"}}).status, 204);
}

TEST_F(RestRegistry, AnEventNeedsItsTrackAndCarriesItsClasses) {
  EXPECT_EQ(expect(422, "POST", "/api/events",
                   {{"name", "C"}, {"date", "2026-05-01"}, {"track_id", "no"}})["pointer"],
            "/track_id");
  const std::string event = new_event();
  for (const char* date : {"2026-02-29", "2026-13-01", "26-01-01", "2026/01/01", "2026-1-001", "today"}) {
    EXPECT_EQ(expect(422, "PUT", "/api/events/" + event, {{"date", date}})["pointer"], "/date") << date;
  }
  const std::string cls = new_class(event, 2);
  const Json whole = get("/api/events/" + event);
  EXPECT_EQ(whole["status"], "setup");
  EXPECT_EQ(whole["classes"][0]["id"], cls);
  EXPECT_EQ(whole["classes"][0]["race_format"], "motos_only");
  EXPECT_EQ(whole["classes"][0]["riders"].size(), 2U);
  EXPECT_EQ(expect(200, "PUT", "/api/events/" + event, {{"status", "active"}})["status"], "active");
  EXPECT_EQ(expect(409, "DELETE", "/api/tracks/zolder")["code"], "referenced");
  expect(404, "POST", "/api/events/nope/classes", {{"name", "x"}});
}

TEST_F(RestRegistry, RidersEnterAClassOnceAndLeaveIt) {
  const std::string event = new_event();
  const std::string cls = new_class(event, 1);
  const std::string path = "/api/events/" + event + "/classes/" + cls + "/riders";
  const std::string rider = new_rider("99");
  EXPECT_EQ(post(path, {{"rider_id", rider}})["riders"].size(), 2U);
  EXPECT_EQ(expect(409, "POST", path, {{"rider_id", rider}})["code"], "entered");
  EXPECT_EQ(expect(422, "POST", path, {{"rider_id", "nobody"}})["pointer"], "/rider_id");
  EXPECT_EQ(expect(422, "POST", path, Json::object())["pointer"], "/rider_id");
  EXPECT_EQ(expect(409, "DELETE", "/api/riders/" + rider)["code"], "referenced");
  expect(204, "DELETE", path + "/" + rider);
  expect(404, "DELETE", path + "/" + rider);
  expect(204, "DELETE", "/api/riders/" + rider);
  const std::string other = new_event();
  expect(404, "POST", "/api/events/" + other + "/classes/" + cls + "/riders", {{"rider_id", rider}});
}

TEST_F(RestRegistry, MotosAreDrawnNumberedAndDrawnAgainUntilTheyAreRaced) {
  const std::string event = new_event();
  const std::string first = new_class(event, 9);
  const std::string second = new_class(event, 3);
  const std::string base = "/api/events/" + event + "/classes/";
  EXPECT_EQ(post(base + first + "/generate-motos"), (Json{{"format", "motos_only"}, {"motos_created", 6}}));
  EXPECT_EQ(post(base + second + "/generate-motos", {{"seed", 7}})["motos_created"], 3);
  EXPECT_EQ(post(base + second + "/generate-motos", {{"seed", 7}})["motos_created"], 3);  // again
  const Json motos = get("/api/events/" + event + "/motos");
  ASSERT_EQ(motos.size(), 9U);
  for (std::size_t i = 0; i < motos.size(); ++i) EXPECT_EQ(motos[i]["sequence"], i + 1);
  EXPECT_EQ(motos[0]["round_type"], "moto1");
  EXPECT_EQ(motos[0]["entries"].size() + motos[1]["entries"].size(), 9U);
  EXPECT_EQ(motos[5]["round_number"], 3);
  EXPECT_EQ(get(base + first + "/motos").size(), 6U);

  const std::string rider = motos[0]["entries"][0]["rider_id"];
  EXPECT_EQ(expect(409, "DELETE", base + first + "/riders/" + rider)["code"], "in_moto");
  race_event("zolder", "race_staged", {{"moto_id", motos[0]["id"]}});
  EXPECT_EQ(expect(409, "POST", base + first + "/generate-motos")["code"], "has_results");
  EXPECT_EQ(expect(409, "DELETE", base + first)["code"], "has_results");
  EXPECT_EQ(expect(409, "DELETE", "/api/events/" + event)["code"], "has_results");
  expect(204, "DELETE", base + second);
  EXPECT_EQ(get("/api/events/" + event + "/motos").size(), 6U);
  race_event("zolder", "race_reset", Json::object());
  expect(204, "DELETE", "/api/events/" + event);
  expect(404, "GET", "/api/motos/" + motos[0]["id"].get<std::string>());
  expect(204, "DELETE", "/api/tracks/zolder");
  expect(204, "DELETE", "/api/riders/" + rider);
}

TEST_F(RestRegistry, AnEmptyClassHasNoMotosToDraw) {
  const std::string event = new_event();
  const std::string cls = new_class(event, 0);
  EXPECT_EQ(expect(409, "POST", "/api/events/" + event + "/classes/" + cls + "/generate-motos")["code"],
            "class_empty");
  EXPECT_EQ(expect(404, "POST", "/api/events/" + event + "/classes/no/generate-motos")["code"], "not_found");
}

TEST_F(RestRegistry, WhatTheLogDoesNotTakeIsNotAnswered200) {
  log_.refuse_appends(base::Error{base::Code::kFull, "append: no space left on device", ""});
  const auto response =
      ask("POST", "/api/riders", R"({"first_name":"A","last_name":"B","plate_number":"1"})");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(Json::parse(response.body)["code"], "storage_unavailable");
  EXPECT_EQ(response.headers.count("Retry-After"), 1U);
  log_.refuse_appends(std::nullopt);
  new_rider("1");
  EXPECT_EQ(get("/api/riders").size(), 1U);
}

TEST_F(RestRegistry, AChangeIsNotPlannedOnAnOldPicture) {
  new_rider("1", {{"transponder_id", 7}});
  start({.demo = false,
         .registry_patience = std::chrono::milliseconds{1},
         .control_patience = kLong,
         .race_state = {}});
  stop_projection();
  const char* rider = R"({"first_name":"A","last_name":"B","plate_number":"2","transponder_id":8})";
  const auto stored = ask("POST", "/api/riders", rider);
  EXPECT_EQ(stored.status, 503);
  EXPECT_NE(stored.body.find("is stored"), std::string::npos) << stored.body;
  const auto refused = ask("POST", "/api/riders", rider);
  EXPECT_EQ(refused.status, 503);
  EXPECT_NE(refused.body.find("nothing was changed"), std::string::npos) << refused.body;
  EXPECT_EQ(bodies_on("timing.registry.v1").size(), 2U);
}

TEST_F(RestRegistry, EveryChangeSaysWhoAndWhen) {
  ask("POST", "/api/tracks", R"({"name":"A"})", {{"x-holeshot-actor", "anna@office"}});
  ask("POST", "/api/tracks", R"({"name":"B"})", {{"x-holeshot-actor", "two\nlines"}});
  const auto bodies = bodies_on("timing.registry.v1");
  EXPECT_EQ(bodies[0]["actor"], "anna@office");
  EXPECT_EQ(bodies[0]["ts_us"], clock_.wall_us());
  EXPECT_EQ(bodies[1]["actor"], "local");
}

TEST_F(RestRegistry, ManyAtOnceKeepWhatIsUniqueUnique) {
  std::atomic<int> made{0};
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 4; ++i) {
      clients.emplace_back([&] {
        for (int n = 1; n <= 10; ++n) {
          const Json rider = {
              {"first_name", "A"}, {"last_name", "B"}, {"plate_number", "1"}, {"transponder_id", n}};
          if (ask("POST", "/api/riders", rider.dump()).status == 201) ++made;
        }
      });
    }
  }
  EXPECT_EQ(made, 10);
  EXPECT_EQ(get("/api/riders").size(), 10U);
}

TEST_F(RestRegistry, ASecondStartGoesOnWhereTheFirstEnded) {
  const std::string rider = new_rider("1");
  start({.demo = false, .registry_patience = kLong, .control_patience = kLong, .race_state = {}});
  expect(200, "PUT", "/api/riders/" + rider, {{"plate_number", "2"}});
  new_rider("3");
  EXPECT_EQ(bodies_on("timing.registry.v1").size(), 3U);
  expect(404, "POST", "/api/seed-demo");
}

}  // namespace
}  // namespace holeshot::http
