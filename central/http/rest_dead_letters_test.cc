// Dead letters over REST, with ingest in front: what it refuses is found, mended and put back.
#include "central/http/rest_dead_letters.h"

#include "central/http/http_test_kit.h"
#include "central/http/ingest.h"
#include "central/http/rest_test_kit.h"

namespace holeshot::http {
namespace {

constexpr const char* kLetters = "/api/dead-letters";
constexpr const char* kRaw = "timing.ingest.raw.v1.zolder";

class RestDeadLetters : public RestFixture {
 protected:
  // Posts one event; ingest refuses it. Gives the new letter's id.
  std::string refused(const std::string& event, const std::string& track = "zolder") {
    const auto response = ingest_.handle({.method = "POST", .body = test::batch({event}, track)});
    EXPECT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(Json::parse(response.body)["rejected"].size(), 1U) << response.body;
    return get(std::string{kLetters} + "?limit=1")[0]["id"];
  }
  static std::string one(const std::string& id, const char* action = "") {
    return std::string{kLetters} + "/" + id + action;
  }
  // A letter of a worker that gave up the event at this offset.
  std::string given_up(const std::string& body, const std::string& subject = kRaw) {
    const Json letter = {{"attempts", 3},     {"body", body},      {"boot_id", "b"}, {"client_id", "c"},
                         {"code", "invalid"}, {"kind", "race"},    {"offset", 1},    {"reason", "no time"},
                         {"seq", 1},          {"subject", subject}};
    const log::NewEvent event{"timing.dlq.v1.race", value_or_die(contract::ClientId::parse("dlq", "c")),
                              value_or_die(contract::BootId::parse("k" + std::to_string(++given_), "b")), 1,
                              letter.dump()};
    value_or_die(log_.append({&event, 1}));
    return get(std::string{kLetters} + "?limit=1")[0]["id"];
  }

  base::Metrics metrics_;
  Ingest ingest_{log_, clock_, metrics_};
  int given_ = 0;
};

TEST_F(RestDeadLetters, ShowWhatIngestRefusedAndWhy) {
  const std::string id = refused(test::envelope(0));
  const Json letter = get(one(id));
  EXPECT_EQ(letter["state"], "open");
  EXPECT_EQ(letter["source"], "ingest");
  EXPECT_EQ(letter["reason"], "rejected");
  EXPECT_EQ(letter["code"], "bad_seq");
  EXPECT_EQ(letter["track_id"], "zolder");
  EXPECT_EQ(letter["original"], test::envelope(0));
  EXPECT_EQ(letter["original_bytes"], test::envelope(0).size());
  EXPECT_TRUE(letter["offset"].is_null());
  EXPECT_EQ(letter["resolutions"], Json::array());
  const Json listed = get(kLetters);
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_FALSE(listed[0].contains("original")) << "an original may be megabytes";
}

TEST_F(RestDeadLetters, AreMendedPutBackAndThenClosed) {
  const std::string id = refused(test::envelope(0));
  EXPECT_EQ(expect(422, "POST", one(id, "/replay"))["pointer"], "/original");
  EXPECT_EQ(expect(422, "POST", one(id, "/fix"), {{"original", test::envelope(7, "peer")}})["pointer"],
            "/original");
  EXPECT_EQ(expect(422, "POST", one(id, "/fix"), Json::object())["pointer"], "/original");
  const Json done =
      expect(200, "POST", one(id, "/fix"),
             {{"original", test::envelope(7)}, {"actor", "anna"}, {"reason", "seq was cut off"}});
  EXPECT_EQ(done["state"], "replayed");
  EXPECT_EQ(done["was_there"], false);
  EXPECT_EQ(bodies_on(kRaw), std::vector<Json>{Json::parse(test::envelope(7))});
  const Json letter = get(one(id));
  EXPECT_EQ(letter["state"], "replayed");
  ASSERT_EQ(letter["resolutions"].size(), 1U);
  EXPECT_EQ(letter["resolutions"][0]["action"], "fixed");
  EXPECT_EQ(letter["resolutions"][0]["actor"], "anna");
  EXPECT_EQ(letter["resolutions"][0]["reason"], "seq was cut off");
  EXPECT_EQ(letter["resolutions"][0]["replayed_as"], done["replayed_as"]);
  for (const char* action : {"/replay", "/fix", "/discard"}) {
    const Json body = {{"original", test::envelope(8)}, {"reason", "again"}};
    EXPECT_EQ(expect(409, "POST", one(id, action), body)["code"], "already_resolved") << action;
  }
  EXPECT_EQ(bodies_on(kRaw).size(), 1U);
}

TEST_F(RestDeadLetters, AConflictKeepsBothVersions) {
  (void)ingest_.handle({.method = "POST", .body = test::batch({test::envelope(7)})});
  const std::string id = refused(
      test::envelope(7, "zolder", "01HZX3V8J7Q4W2N5B6C7D8E9F0", R"({"message_type":"PASSING","other":1})"));
  EXPECT_EQ(get(one(id))["code"], "conflict");
  expect(200, "POST", one(id, "/replay"));
  EXPECT_EQ(bodies_on(kRaw).size(), 2U);
}

TEST_F(RestDeadLetters, ADiscardWantsAReasonAndCanBeUndone) {
  const std::string id = refused(test::envelope(0));
  EXPECT_EQ(expect(422, "POST", one(id, "/discard"), Json::object())["pointer"], "/reason");
  EXPECT_EQ(expect(200, "POST", one(id, "/discard"), {{"reason", "a test transponder"}})["state"],
            "discarded");
  EXPECT_EQ(get(std::string{kLetters} + "?state=open").size(), 0U);
  EXPECT_EQ(expect(200, "POST", one(id, "/reopen"))["state"], "open");
  EXPECT_EQ(expect(409, "POST", one(id, "/reopen"))["code"], "already_resolved");
}

TEST_F(RestDeadLetters, WhoResolvesIsInTheBodyOrInTheHeader) {
  const std::string id = refused(test::envelope(0));
  EXPECT_EQ(ask("POST", one(id, "/discard"), R"({"reason":"x"})", {{"x-holeshot-actor", "ben"}}).status, 200);
  EXPECT_EQ(get(one(id))["resolutions"][0]["actor"], "ben");
  EXPECT_EQ(expect(422, "POST", one(id, "/reopen"), {{"actor", std::string(65, 'a')}})["pointer"], "/actor");
}

TEST_F(RestDeadLetters, WhatWasDerivedIsNotPutBack) {
  const std::string id = given_up("{}", "timing.race.events.v1.zolder");
  EXPECT_EQ(expect(409, "POST", one(id, "/replay"))["code"], "not_replayable");
}

TEST_F(RestDeadLetters, ListsHaveFiltersAndPages) {
  for (int seq = 0; seq < 3; ++seq) refused(test::envelope(0, "zolder", "boot" + std::to_string(seq)));
  refused(test::envelope(1, "other"), "peer");
  given_up("{}");
  EXPECT_EQ(get(std::string{kLetters} + "?code=bad_seq").size(), 3U);
  EXPECT_EQ(get(std::string{kLetters} + "?track_id=peer,nowhere").size(), 1U);
  EXPECT_EQ(get(std::string{kLetters} + "?source=race").size(), 1U);
  EXPECT_EQ(get(std::string{kLetters} + "?state=replayed").size(), 0U);
  auto page = ask("GET", std::string{kLetters} + "?limit=2");
  EXPECT_EQ(page.headers.at("X-Total-Count"), "5");
  page = ask("GET", std::string{kLetters} + "?limit=3&cursor=" + page.headers.at("X-Next-Cursor"));
  EXPECT_EQ(Json::parse(page.body).size(), 3U);
  EXPECT_FALSE(page.headers.contains("X-Next-Cursor"));
  EXPECT_EQ(expect(422, "GET", std::string{kLetters} + "?state=closed")["pointer"], "/state");
  EXPECT_EQ(expect(422, "GET", std::string{kLetters} + "?cursor=x")["pointer"], "/cursor");
  expect(422, "GET", std::string{kLetters} + "?limit=0");
}

TEST_F(RestDeadLetters, ManyArePutBackOldestFirstAndWhatCannotBeIsTold) {
  const std::string first = given_up(test::envelope(1));
  const std::string bad = given_up("no envelope");
  const std::string last = given_up(test::envelope(2));
  const Json done =
      expect(200, "POST", "/api/dead-letters/replay", {{"filter", {{"source", "race"}}}, {"actor", "anna"}});
  EXPECT_EQ(done["done"], 2);
  ASSERT_EQ(done["failed"].size(), 1U);
  EXPECT_EQ(done["failed"][0]["id"], bad);
  EXPECT_EQ(done["failed"][0]["code"], "invalid");
  EXPECT_TRUE(done["next_cursor"].is_null());
  EXPECT_EQ(bodies_on(kRaw),
            (std::vector<Json>{Json::parse(test::envelope(1)), Json::parse(test::envelope(2))}));
  EXPECT_EQ(get(one(first))["state"], "replayed");
  EXPECT_EQ(get(one(bad))["state"], "open");
  EXPECT_EQ(expect(200, "POST", "/api/dead-letters/replay", {{"filter", Json::object()}})["done"], 0);
}

TEST_F(RestDeadLetters, BulkGoesOnWhereItStoppedAndTouchesNothingElse) {
  for (int i = 0; i < 5; ++i) given_up("no envelope");
  const std::string other = refused(test::envelope(0));
  const Json half = expect(200, "POST", "/api/dead-letters/discard",
                           {{"filter", {{"source", {"race"}}}}, {"reason", "old"}, {"limit", 3}});
  EXPECT_EQ(half["done"], 3);
  const Json rest = expect(
      200, "POST", "/api/dead-letters/discard",
      {{"filter", {{"source", {"race"}}}}, {"reason", "old"}, {"limit", 3}, {"cursor", half["next_cursor"]}});
  EXPECT_EQ(rest["done"], 2);
  EXPECT_EQ(get(one(other))["state"], "open");
}

TEST_F(RestDeadLetters, BulkWantsAFilterAndADiscardAReason) {
  EXPECT_EQ(expect(422, "POST", "/api/dead-letters/replay", Json::object())["pointer"], "/filter");
  EXPECT_EQ(expect(422, "POST", "/api/dead-letters/discard", {{"filter", Json::object()}})["pointer"],
            "/reason");
  EXPECT_EQ(expect(422, "POST", "/api/dead-letters/replay", {{"filter", {{"code", 7}}}})["pointer"],
            "/filter/code");
  EXPECT_EQ(
      expect(422, "POST", "/api/dead-letters/replay", {{"filter", Json::object()}, {"limit", 0}})["pointer"],
      "/limit");
}

TEST_F(RestDeadLetters, ALogThatTakesNothingIsSaidAndTheLetterStaysOpen) {
  const std::string id = given_up(test::envelope(1));
  log_.refuse_appends(base::Error{base::Code::kFull, "append to log: no room", ""});
  EXPECT_EQ(ask("POST", one(id, "/replay")).headers.at("Retry-After"), "2");
  expect(503, "POST", "/api/dead-letters/replay", {{"filter", Json::object()}});
  log_.refuse_appends(std::nullopt);
  EXPECT_EQ(get(one(id))["state"], "open");
  expect(200, "POST", one(id, "/replay"));
}

TEST_F(RestDeadLetters, WhatIsNotThereIsNotFound) {
  for (const char* id : {"00000000000000ff", "ff", "x"}) {
    expect(404, "GET", one(id));
    expect(404, "POST", one(id, "/replay"));
    expect(404, "POST", one(id, "/discard"), {{"reason", "x"}});
  }
}

}  // namespace
}  // namespace holeshot::http
