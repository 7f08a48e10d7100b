// A race day's competition over REST: what the race office does with classes, rounds, lists and results.
#include <algorithm>

#include "central/http/rest_test_kit.h"

namespace holeshot::http {
namespace {

class RestEvent : public RestFixture {
 protected:
  std::string class_path(const std::string& event, const std::string& cls) {
    return "/api/events/" + event + "/classes/" + cls;
  }
  // A class with this format and so many riders.
  std::string drawn_class(const std::string& event, int riders, const Json& more) {
    const std::string cls = new_class(event, riders);
    expect(200, "PUT", class_path(event, cls), more);
    post(class_path(event, cls) + "/generate-motos");
    return cls;
  }
  // The engine's result: riders arrive in the order of their ids, so the test knows who wins.
  void finish(const Json& moto, std::int64_t first_us = 30'000'000) {
    std::vector<std::string> riders;
    for (const auto& entry : moto["entries"]) riders.push_back(entry["rider_id"]);
    std::sort(riders.begin(), riders.end());
    Json results = Json::array();
    for (std::size_t i = 0; i < riders.size(); ++i) {
      results.push_back({{"rider_id", riders[i]},
                         {"position", i + 1},
                         {"elapsed_us", first_us + static_cast<std::int64_t>(i) * 1'000'000},
                         {"gap_to_leader_us", i * 1'000'000},
                         {"dnf", false},
                         {"dns", false}});
    }
    race_event("zolder", "race_finished", {{"moto_id", moto["id"]}, {"results", results}});
  }
  Json motos(const std::string& event, const std::string& cls) {
    return get(class_path(event, cls) + "/motos");
  }
  // Everything that has riders, until the last main.
  void race_all(const std::string& event, const std::string& cls) {
    for (int round = 0; round < 10; ++round) {
      bool raced = false;
      for (const auto& moto : motos(event, cls)) {
        if (moto["status"] != "pending" || moto["entries"].empty()) continue;
        finish(moto);
        raced = true;
      }
      ask("POST", class_path(event, cls) + "/fill");
      if (!raced) return;
    }
  }
};

TEST_F(RestEvent, TheMainIsFilledByItselfAndWrittenAsTheRulesDoing) {
  const std::string event = new_event();
  const std::string cls = drawn_class(event, 9, {{"race_format", "motos_main"}});
  Json all = motos(event, cls);
  ASSERT_EQ(all.size(), 7U);
  EXPECT_EQ(all[6]["round_type"], "main");
  EXPECT_EQ(all[6]["filled"], false);
  EXPECT_EQ(expect(409, "POST", "/api/race/stage", {{"moto_id", all[6]["id"]}})["code"], "not_filled");
  for (std::size_t i = 0; i < 6; ++i) finish(all[i]);
  const auto filled = [&] { return motos(event, cls)[6]["filled"] == true; };
  ASSERT_TRUE(model_->wait_until(filled, kLong));
  const Json main = motos(event, cls)[6];
  EXPECT_EQ(main["entries"].size(), 8U);
  EXPECT_EQ(main["seeds"].size(), 8U);
  const auto bodies = bodies_on("timing.registry.v1");
  EXPECT_EQ(bodies.back()["actor"], "rules:club");
  EXPECT_EQ(bodies.back()["id"], main["id"]);
  // Asking for it changes nothing more.
  EXPECT_EQ(expect(200, "POST", class_path(event, cls) + "/fill"),
            (Json{{"filled", 0}, {"stale", Json::array()}}));
  EXPECT_EQ(bodies_on("timing.registry.v1").size(), bodies.size());
}

TEST_F(RestEvent, ACorrectedResultFillsAgainUntilTheMainIsRaced) {
  const std::string event = new_event();
  const std::string cls = drawn_class(event, 9, {{"race_format", "motos_main"}});
  race_all(event, cls);
  const Json all = motos(event, cls);
  Json first = all[0];
  // The group's winner is taken out of all three motos after the main was raced.
  for (std::size_t i = 0; i < 6; ++i) {
    if (all[i]["group"] != first["group"]) continue;
    Json results = Json::array();
    for (const auto& entry : all[i]["entries"]) {
      const bool out = entry["finish_position"] == 1;
      results.push_back({{"rider_id", entry["rider_id"]},
                         {"position", out ? Json(nullptr) : Json(entry["finish_position"])},
                         {"elapsed_us", out ? Json(nullptr) : entry["elapsed_us"]},
                         {"dns", out},
                         {"dnf", false}});
    }
    race_event("zolder", "race_finished", {{"moto_id", all[i]["id"]}, {"results", results}});
  }
  const Json report = expect(200, "POST", class_path(event, cls) + "/fill");
  EXPECT_EQ(report["filled"], 0);
  EXPECT_EQ(report["stale"], Json::array({all[6]["id"]}));
}

TEST_F(RestEvent, TransferClassesFillTheirNextMoto) {
  const std::string event = new_event();
  expect(200, "PUT", "/api/events/" + event, {{"rule_book", "usabmx"}});
  const std::string cls = drawn_class(event, 5, {{"scoring", "transfer"}});
  EXPECT_EQ(get(class_path(event, cls) + "/progress")["plan"]["transfers"], (Json{1, 1, 2}));
  race_all(event, cls);
  std::vector<std::size_t> sizes;
  for (const auto& moto : motos(event, cls)) sizes.push_back(moto["entries"].size());
  EXPECT_EQ(sizes, (std::vector<std::size_t>{5, 4, 3, 4})) << "1-1-2, then a main of four";
}

TEST_F(RestEvent, RuleBooksAreNamedAndKeptOnceDrawn) {
  EXPECT_EQ(get("/api/rule-books").size(), 3U);
  const std::string event = new_event();
  EXPECT_EQ(expect(422, "PUT", "/api/events/" + event, {{"rule_book", "fifa"}})["pointer"], "/rule_book");
  const std::string cls = drawn_class(event, 4, {{"rule_book", "uci"}, {"race_format", "motos_main"}});
  EXPECT_EQ(get(class_path(event, cls))["draw"]["rule_book"], "uci");
  EXPECT_EQ(expect(409, "PUT", class_path(event, cls), {{"rule_book", "club"}})["code"], "drawn");
  expect(204, "DELETE", class_path(event, cls) + "/motos");
  EXPECT_EQ(expect(200, "PUT", class_path(event, cls), {{"rule_book", "club"}})["rule_book"], "club");
  const std::string small = new_class(event, 2);
  expect(200, "PUT", class_path(event, small), {{"rule_book", "uci"}});
  const Json refused = expect(409, "POST", class_path(event, small) + "/generate-motos");
  EXPECT_EQ(refused["code"], "class_size");
  EXPECT_NE(refused["detail"].get<std::string>().find("merge"), std::string::npos);
}

TEST_F(RestEvent, AnOfficeMayHaveABookOfItsOwn) {
  const Json made = expect(200, "PUT", "/api/rule-books/our-club",
                           {{"based_on", "uci"},
                            {"points", {{"dns_over_gate", 4}}},
                            {"advance", {{"exceptions", {{{"riders", 9}, {"total", 7}}}}}}});
  EXPECT_EQ(made["motos"]["lanes"], "table") << "what is not said is the other book's";
  EXPECT_EQ(get("/api/rule-books").size(), 4U);
  const std::string event = new_event();
  expect(200, "PUT", "/api/events/" + event, {{"rule_book", "our-club"}});
  const std::string cls = drawn_class(event, 9, {{"race_format", "motos_main"}});
  race_all(event, cls);
  EXPECT_EQ(motos(event, cls)[6]["entries"].size(), 7U) << "of nine riders seven";
  EXPECT_EQ(expect(409, "PUT", "/api/rule-books/our-club", {{"protest_minutes", 5}})["code"], "referenced");
  EXPECT_EQ(expect(409, "DELETE", "/api/rule-books/our-club")["code"], "referenced");
  EXPECT_EQ(expect(409, "PUT", "/api/rule-books/uci", {{"protest_minutes", 5}})["code"], "built_in");
  EXPECT_NE(
      expect(422, "PUT", "/api/rule-books/x", {{"gate", {{"lanes", 0}}}})["detail"].get<std::string>().find(
          "/gate/lanes"),
      std::string::npos);
  EXPECT_EQ(expect(422, "PUT", "/api/rule-books/x", {{"based_on", "fifa"}})["pointer"], "/based_on");
  expect(200, "PUT", "/api/rule-books/x", Json::object());
  EXPECT_EQ(get("/api/rule-books/x")["based_on"], "club");
  expect(204, "DELETE", "/api/rule-books/x");
  expect(404, "GET", "/api/rule-books/x");
}

TEST_F(RestEvent, ThePointsOfAMotoAreTheRuleBooks) {
  expect(200, "PUT", "/api/rule-books/hard",
         {{"based_on", "club"}, {"points", {{"dnf", "starters"}, {"dns_over_gate", 4}}}});
  const std::string event = new_event();
  std::map<std::string, std::vector<Json>> points;
  for (const char* book : {"club", "hard"}) {
    const std::string cls = drawn_class(event, 5, {{"rule_book", book}});
    const Json moto = motos(event, cls)[0];
    EXPECT_TRUE(moto["entries"][0]["points"].is_null()) << "not raced yet";
    Json results = Json::array();
    const std::vector<std::string> codes{"FIN", "FIN", "DNF", "DNS", "DSQ"};
    for (std::size_t i = 0; i < codes.size(); ++i) {
      results.push_back(
          {{"rider_id", moto["entries"][i]["rider_id"]}, {"position", i + 1}, {"status", codes[i]}});
    }
    race_event("zolder", "race_finished", {{"moto_id", moto["id"]}, {"results", results}});
    const Json raced = get("/api/motos/" + moto["id"].get<std::string>());
    for (const auto& entry : raced["entries"]) points[book].push_back(entry["points"]);
    EXPECT_EQ(motos(event, cls)[0], raced);
  }
  EXPECT_EQ(points["club"], (std::vector<Json>{1, 2, 5, 10, nullptr}));
  EXPECT_EQ(points["hard"], (std::vector<Json>{1, 2, 4, 12, nullptr}));
}

TEST_F(RestEvent, WhatBecameDueWhileNoCentralRanIsFilledAtTheStart) {
  const std::string event = new_event();
  const std::string cls = drawn_class(event, 4, {{"race_format", "motos_main"}});
  start({.fill_rounds = false, .registry_patience = kLong, .control_patience = kLong});
  for (const auto& moto : motos(event, cls)) {
    if (!moto["entries"].empty()) finish(moto);
  }
  EXPECT_EQ(motos(event, cls)[3]["filled"], false);
  start({.registry_patience = kLong, .control_patience = kLong});
  EXPECT_TRUE(model_->wait_until([&] { return motos(event, cls)[3]["filled"] == true; }, kLong));
}

TEST_F(RestEvent, ALateRiderJoinsTheSmallerGroupAndDidNotStartBefore) {
  const std::string event = new_event();
  const std::string cls = drawn_class(event, 9, Json::object());
  for (const auto& moto : motos(event, cls)) {
    if (moto["round_type"] == "moto1") finish(moto);
  }
  const std::string late = new_rider("late");
  post(class_path(event, cls) + "/riders", {{"rider_id", late}});
  std::size_t in = 0;
  for (const auto& moto : motos(event, cls)) {
    for (const auto& entry : moto["entries"]) in += entry["rider_id"] == late ? 1U : 0U;
    if (moto["round_type"] == "moto1") continue;
    EXPECT_EQ(moto["entries"].size(), 5U);
  }
  EXPECT_EQ(in, 2U);
  const Json all_1 = get(class_path(event, cls) + "/standings")["standings"];
  for (const auto& row : all_1) {
    if (row["rider_id"] != late) continue;
    EXPECT_EQ(row["total_points"], 10);
    EXPECT_TRUE(row["results"][0]["moto_id"].is_null());
  }
  for (const auto& moto : motos(event, cls)) {
    if (moto["round_type"] == "moto2") finish(moto);
  }
  EXPECT_EQ(
      expect(409, "POST", class_path(event, cls) + "/riders", {{"rider_id", new_rider("later")}})["code"],
      "late_closed");
}

TEST_F(RestEvent, ATransferClassTakesALateRiderUntilItIsRaced) {
  const std::string event = new_event();
  const std::string cls = drawn_class(event, 5, {{"scoring", "transfer"}});
  post(class_path(event, cls) + "/riders", {{"rider_id", new_rider("late")}});
  const Json drawn = motos(event, cls);
  EXPECT_EQ(drawn[0]["entries"].size(), 6U);
  EXPECT_TRUE(drawn[1]["entries"].empty()) << "filled from results only";
  finish(drawn[0]);
  EXPECT_EQ(
      expect(409, "POST", class_path(event, cls) + "/riders", {{"rider_id", new_rider("later")}})["code"],
      "late_closed");
}

TEST_F(RestEvent, TheSeedThatIsKeptDrawsTheSameAgain) {
  const std::string event = new_event();
  const std::string cls = drawn_class(event, 9, Json::object());
  const Json before = motos(event, cls);
  expect(204, "DELETE", class_path(event, cls) + "/motos");
  post(class_path(event, cls) + "/generate-motos");
  const Json after = motos(event, cls);
  for (std::size_t i = 0; i < before.size(); ++i) {
    for (std::size_t n = 0; n < before[i]["entries"].size(); ++n) {
      EXPECT_EQ(before[i]["entries"][n]["rider_id"], after[i]["entries"][n]["rider_id"]);
      EXPECT_EQ(before[i]["entries"][n]["lane"], after[i]["entries"][n]["lane"]);
    }
  }
}

TEST_F(RestEvent, ALateRiderNeedsARoomyGate) {
  const std::string event = new_event();
  const std::string cls = drawn_class(event, 8, Json::object());
  EXPECT_EQ(expect(409, "POST", class_path(event, cls) + "/riders", {{"rider_id", new_rider("x")}})["code"],
            "gates_full");
  EXPECT_EQ(get(class_path(event, cls))["riders"].size(), 8U);
}

TEST_F(RestEvent, AScratchedRiderLeavesWhatIsToComeAndMayReturn) {
  const std::string event = new_event();
  const std::string cls = drawn_class(event, 5, Json::object());
  finish(motos(event, cls)[0]);
  const std::string rider = motos(event, cls)[0]["entries"][0]["rider_id"];
  const Json after =
      post(class_path(event, cls) + "/scratches", {{"rider_id", rider}, {"reason", "bike broken"}});
  EXPECT_EQ(after["scratched"][0]["reason"], "bike broken");
  EXPECT_EQ(motos(event, cls)[0]["entries"].size(), 5U) << "what is raced stays";
  EXPECT_EQ(motos(event, cls)[1]["entries"].size(), 4U);
  EXPECT_EQ(expect(409, "POST", class_path(event, cls) + "/scratches", {{"rider_id", rider}})["code"],
            "scratched");
  EXPECT_EQ(expect(422, "POST", class_path(event, cls) + "/scratches", {{"rider_id", "nobody"}})["pointer"],
            "/rider_id");
  expect(200, "DELETE", class_path(event, cls) + "/scratches/" + rider);
  EXPECT_EQ(motos(event, cls)[1]["entries"].size(), 5U);
  expect(404, "DELETE", class_path(event, cls) + "/scratches/" + rider);
}

TEST_F(RestEvent, SmallClassesRideTogetherAndAreCountedApart) {
  const std::string event = new_event();
  const std::string big = new_class(event, 3);
  const std::string small = new_class(event, 2);
  expect(200, "PUT", class_path(event, small), {{"name", "Girls 9"}});
  const Json merged = expect(200, "POST", class_path(event, big) + "/merge", {{"from", {small}}});
  EXPECT_EQ(merged["riders"].size(), 5U);
  EXPECT_EQ(get(class_path(event, small))["merged_into"], big);
  EXPECT_EQ(expect(409, "POST", class_path(event, small) + "/generate-motos")["code"], "merged");
  expect(409, "POST", class_path(event, big) + "/merge", {{"from", {small}}});
  EXPECT_EQ(expect(422, "POST", class_path(event, big) + "/merge", {{"from", {big}}})["pointer"], "/from");
  post("/api/events/" + event + "/generate-motos");
  race_all(event, big);
  const auto places = [&] {
    std::map<std::string, std::vector<int>> found;  // by class of origin, as they stand
    const Json standings = get("/api/events/" + event + "/standings")["classes"][0]["standings"];
    for (const auto& row : standings) found[row["entered_class"]].push_back(row["entered_class_rank"]);
    return found;
  };
  EXPECT_EQ(places(), (std::map<std::string, std::vector<int>>{{"Boys 9", {1, 2, 3}}, {"Girls 9", {1, 2}}}));
  // A name is no key: two classes that have the same one are two lists.
  expect(200, "PUT", class_path(event, big), {{"name", "Girls 9"}});
  EXPECT_EQ(places().at("Girls 9").size(), 5U);
  EXPECT_EQ(std::ranges::count(places().at("Girls 9"), 1), 2);
  EXPECT_EQ(expect(409, "POST", class_path(event, big) + "/split")["code"], "has_results");
  const std::string a = new_class(event, 1);
  const std::string b = new_class(event, 1);
  expect(200, "POST", class_path(event, a) + "/merge", {{"from", {b}}});
  EXPECT_EQ(expect(200, "POST", class_path(event, a) + "/split")["riders"].size(), 1U);
  EXPECT_EQ(get(class_path(event, b))["riders"].size(), 1U);
  EXPECT_EQ(expect(409, "POST", class_path(event, a) + "/split")["code"], "not_merged");
}

TEST_F(RestEvent, TheSameSeedDrawsTheSameEntriesAlikeWhateverTheirIds) {
  // Where the riders of the list are drawn: group and lane in each moto, in the order of their entry.
  const auto drawn = [&](std::uint64_t seed) {
    const std::string event = new_event();
    const std::string cls = new_class(event, 9);
    post(class_path(event, cls) + "/generate-motos", {{"seed", seed}});
    std::map<std::string, std::vector<Json>> places;
    const Json all = motos(event, cls);
    for (const auto& moto : all) {
      for (const auto& entry : moto["entries"])
        places[entry["rider_id"]].push_back({moto["group"], entry["lane"]});
    }
    std::vector<std::vector<Json>> in_order;
    const Json its = get(class_path(event, cls));
    for (const auto& rider : its["rider_ids"]) in_order.push_back(places[rider]);
    return in_order;
  };
  const auto first = drawn(7);
  EXPECT_EQ(drawn(7), first);
  EXPECT_NE(drawn(8), first);
}

TEST_F(RestEvent, EqualRidersShareTheirRankInTheClassThatTheyEntered) {
  const std::string event = new_event();
  const std::string cls = new_class(event, 3);
  expect(200, "POST", class_path(event, cls) + "/merge", {{"from", {new_class(event, 2)}}});
  post("/api/events/" + event + "/generate-motos");
  for (const auto& moto : Json(motos(event, cls))) {
    std::vector<std::string> riders;
    for (const auto& entry : moto["entries"]) riders.push_back(entry["rider_id"]);
    std::sort(riders.begin(), riders.end());
    Json results = Json::array();
    for (std::size_t i = 0; i < riders.size(); ++i) {
      const bool home = i < 3;  // the other two never start
      results.push_back({{"rider_id", riders[i]},
                         {"position", home ? Json(i + 1) : Json(nullptr)},
                         {"elapsed_us", home ? Json(36'000'000 + i) : Json(nullptr)},
                         {"dns", !home},
                         {"dnf", false}});
    }
    race_event("zolder", "race_finished", {{"moto_id", moto["id"]}, {"results", results}});
  }
  std::vector<Json> ranks;
  const Json rows = get(class_path(event, cls) + "/standings")["standings"];
  for (const auto& row : rows) ranks.push_back({row["rank"], row["entered_class_rank"]});
  EXPECT_EQ(ranks, (std::vector<Json>{{1, 1}, {2, 2}, {3, 3}, {4, 1}, {4, 1}}));
}

TEST_F(RestEvent, TheRunningOrderIsTheWholeEventsAndTwoStationsCannotOverwriteIt) {
  const std::string event = new_event();
  new_class(event, 9);
  new_class(event, 4);
  const std::string path = "/api/events/" + event + "/running-order";
  EXPECT_EQ(post("/api/events/" + event + "/generate-motos")["motos_created"], 9);
  const auto shown = ask("GET", path);
  std::vector<std::string> order;
  std::vector<std::string> rounds;
  const Json all_3 = Json::parse(shown.body)["motos"];
  for (const auto& moto : all_3) {
    order.push_back(moto["moto_id"]);
    rounds.push_back(moto["round_type"]);
  }
  EXPECT_TRUE(std::is_sorted(rounds.begin(), rounds.end()));
  EXPECT_FALSE(Json::parse(shown.body)["too_soon"].empty()) << "three gates a round are too few to rest";
  std::reverse(order.begin(), order.end());
  const std::string body = Json{{"moto_ids", order}}.dump();
  EXPECT_EQ(ask("PUT", path, body).status, 428);
  const auto changed = ask("PUT", path, body, {{"if-match", shown.headers.at("ETag")}});
  ASSERT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(Json::parse(changed.body)["motos"][0]["moto_id"], order[0]);
  EXPECT_EQ(ask("PUT", path, body, {{"if-match", shown.headers.at("ETag")}}).status, 412);
  EXPECT_EQ(ask("PUT", path, R"({"moto_ids":["x"]})", {{"if-match", "*"}}).status, 422);
  EXPECT_EQ(expect(200, "POST", path)["motos"][0]["round_type"], "moto1");
}

TEST_F(RestEvent, ARaceOfficeMayInsistThatEveryChangeSaysWhatItWasMadeOn) {
  const std::string event = new_event();
  const std::string cls = new_class(event, 1);
  start({.require_revisions = true, .registry_patience = kLong, .control_patience = kLong});
  EXPECT_EQ(expect(428, "PUT", "/api/events/" + event, {{"name", "X"}})["code"], "revision_required");
  EXPECT_EQ(expect(428, "DELETE", class_path(event, cls))["code"], "revision_required");
  const auto seen = ask("GET", class_path(event, cls));
  EXPECT_EQ(
      ask("PUT", class_path(event, cls), R"({"name":"Y"})", {{"if-match", seen.headers.at("ETag")}}).status,
      200);
  EXPECT_EQ(
      ask("PUT", class_path(event, cls), R"({"name":"Z"})", {{"if-match", seen.headers.at("ETag")}}).status,
      412);
  new_rider("1");
}

TEST_F(RestEvent, ResultsBecomeOfficialAfterTheProtestTimeAndKeepTheirHistory) {
  const std::string event = new_event();
  const std::string cls = drawn_class(event, 4, Json::object());
  const std::string path = class_path(event, cls) + "/results";
  EXPECT_EQ(expect(409, "POST", path + "/provisional")["code"], "not_allowed_now");
  race_all(event, cls);
  EXPECT_EQ(expect(409, "POST", path + "/official")["code"], "not_allowed_now");
  const Json published = expect(200, "POST", path + "/provisional", {{"protest_minutes", 10}});
  EXPECT_EQ(published["state"], "provisional");
  EXPECT_EQ(published["protest_until_us"], clock_.wall_us() + 600'000'000);
  expect(409, "POST", path + "/official");
  expect(409, "POST", path + "/official", {{"overrule", true}});
  // A protest: the last of the first moto was in truth its first.
  Json moto = motos(event, cls)[0];
  const std::string loser = published["rows"][3]["rider_id"];
  Json results = Json::array();
  for (const auto& entry : moto["entries"]) {
    const bool wins = entry["rider_id"] == loser;
    const std::int64_t place = entry["finish_position"];
    results.push_back({{"rider_id", entry["rider_id"]},
                       {"position", wins ? 1 : place + 1},
                       {"elapsed_us", entry["elapsed_us"]}});
  }
  race_event("zolder", "race_finished", {{"moto_id", moto["id"]}, {"results", results}, {"corrected", true}});
  EXPECT_EQ(get(path)["changed_since"], true);
  clock_.advance_us(700'000'000);
  expect(409, "POST", path + "/official");
  const Json corrected =
      expect(200, "POST", path + "/provisional", {{"protest_minutes", 0}, {"reason", "photo"}});
  EXPECT_EQ(corrected["history"].size(), 2U);
  EXPECT_EQ(corrected["history"][1]["reason"], "photo");
  EXPECT_EQ(corrected["changed_since"], false);
  EXPECT_EQ(expect(200, "POST", path + "/official")["state"], "official");
  expect(409, "POST", path + "/provisional");
  EXPECT_EQ(expect(422, "POST", path + "/reopen", Json::object())["pointer"], "/reason");
  EXPECT_EQ(expect(200, "POST", path + "/reopen", {{"reason", "appeal"}})["state"], "provisional");
  EXPECT_EQ(ask("POST", path + "/official", "{}", {{"if-match", "\"1\""}}).status, 412);
}

TEST_F(RestEvent, ResultsComeAsJsonCsvAndOnPaper) {
  const std::string event = new_event();
  const std::string cls = drawn_class(event, 3, Json::object());
  race_all(event, cls);
  const std::string path = "/api/events/" + event;
  EXPECT_EQ(get(path + "/results")["classes"][0]["rows"].size(), 3U);
  const auto csv = ask("GET", path + "/results?format=csv");
  EXPECT_EQ(csv.content_type, "text/csv; charset=utf-8");
  EXPECT_EQ(std::count(csv.body.begin(), csv.body.end(), '\n'), 4);
  const auto html = ask("GET", path + "/results?format=html");
  EXPECT_NE(html.body.find("Boys 9"), std::string::npos);
  EXPECT_EQ(html.content_type, "text/html; charset=utf-8");
  expect(422, "GET", path + "/results?format=pdf");
  EXPECT_NE(ask("GET", path + "/moto-sheets").body.find("Moto 3, group 1"), std::string::npos);
  EXPECT_EQ(ask("GET", path + "/moto-sheets?round=moto1").body.find("Moto 3"), std::string::npos);
  expect(422, "GET", path + "/moto-sheets?round=x");
}

// Two centrals on one log fill the same round: the second one's read model has not seen the first one's motos yet.
TEST_F(RestEvent, TwoThatFillTheSameRoundWriteItOnce) {
  start({.fill_rounds = false, .registry_patience = kLong, .control_patience = kLong});
  const std::string event = new_event();
  const std::string cls = drawn_class(event, 9, {{"race_format", "motos_main"}});
  for (const auto& moto : motos(event, cls)) {
    if (!moto["entries"].empty()) finish(moto);
  }
  auto behind = value_or_die(read::ReadModel::open((folder_ / "other.db").string(), log_));
  while (value_or_die(read::catch_up_once(log_, *behind)) > 0) {
  }
  RestApi other{log_,
                *behind,
                clock_,
                value_or_die(contract::BootId::parse("other", "boot")),
                {.fill_rounds = false, .registry_patience = std::chrono::milliseconds{1}}};
  Router routes;
  other.add_routes(routes);
  const auto fill = [&] {
    return routes.dispatch({.method = "POST", .path = class_path(event, cls) + "/fill"});
  };
  clock_.advance_us(3'000'000);
  EXPECT_EQ(expect(200, "POST", class_path(event, cls) + "/fill")["filled"], 1);
  const auto after_first = bodies_on("timing.registry.v1").size();
  const Json main = motos(event, cls).back();
  clock_.advance_us(3'000'000);
  EXPECT_EQ(fill().status, 503) << "its read model shows nothing of it";
  EXPECT_EQ(bodies_on("timing.registry.v1").size(), after_first);
  EXPECT_EQ(motos(event, cls).back(), main);
  while (value_or_die(read::catch_up_once(log_, *behind)) > 0) {
  }
  EXPECT_EQ(Json::parse(fill().body)["filled"], 0);
}

}  // namespace
}  // namespace holeshot::http
