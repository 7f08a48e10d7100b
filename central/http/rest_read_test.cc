// Corrections, the audit and rebuilding, over REST.
#include "central/http/rest_test_kit.h"

namespace holeshot::http {
namespace {

class RestRead : public RestFixture {
 protected:
  // The demo's motos, by sequence.
  Json demo() {
    const std::string event = post("/api/seed-demo")["event_id"];
    return get("/api/events/" + event + "/motos");
  }
  void start_with_rebuild() {
    RestOptions options{
        .demo = true, .registry_patience = kLong, .control_patience = kLong, .race_state = {}};
    options.rebuild = [this](const read::RebuildOptions& wanted) { return model_->rebuild(log_, wanted); };
    start(std::move(options));
  }
};

TEST_F(RestRead, ACorrectionIsInTheHistoryOfItsMoto) {
  const Json motos = demo();
  const std::string id = motos[0]["id"];
  const std::string first = motos[0]["entries"][0]["rider_id"];
  const std::string second = motos[0]["entries"][1]["rider_id"];
  const auto finish = [&](const std::string& winner, bool corrected) {
    race_event("demo", "race_finished",
               {{"moto_id", id},
                {"run", 1},
                {"corrected", corrected},
                {"results", {{{"rider_id", winner}, {"position", 1}, {"status", "FIN"}}}}});
  };
  finish(first, false);
  finish(second, true);
  const Json told = get("/api/motos/" + id + "/history");
  ASSERT_EQ(told["history"].size(), 2U);
  EXPECT_EQ(told["history"][0]["results"][0]["rider_id"], first);
  EXPECT_EQ(told["history"][1]["stands"], true);
  expect(404, "GET", "/api/motos/nope/history");
}

TEST_F(RestRead, EveryControlActionIsInTheAudit) {
  const Json motos = demo();
  run_engine();
  expect(200, "POST", "/api/race/stage", {{"moto_id", motos[0]["id"]}, {"reason", "first of the day"}});
  expect(200, "POST", "/api/race/reset", {{"track_id", "demo"}});
  const Json told = get("/api/race/audit?track_id=demo");
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0]["action"], "reset");
  EXPECT_EQ(told[1]["action"], "stage");
  EXPECT_EQ(told[1]["reason"], "first of the day");
  EXPECT_EQ(told[1]["moto_id"], motos[0]["id"]);
  EXPECT_EQ(
      get("/api/race/audit?limit=1&before=" + std::to_string(told[0]["offset"].get<int>()))[0]["action"],
      "stage");
  expect(422, "GET", "/api/race/audit?limit=many");
}

TEST_F(RestRead, ARebuildSaysWhatItChanged) {
  start_with_rebuild();
  (void)demo();
  const Json report = expect(200, "POST", "/api/read/rebuild");
  EXPECT_EQ(report["changed"], Json::array());
  EXPECT_GT(report["events"], 10);
  expect(422, "POST", "/api/read/rebuild", {{"lose_removed", "perhaps"}});
}

TEST_F(RestRead, ARebuildThatWouldLoseSomethingOrCannotRunIsRefused) {
  RestOptions options;
  options.rebuild = [](const read::RebuildOptions& wanted) -> base::Result<read::RebuildReport> {
    return base::fail(wanted.lose_removed ? base::Code::kConflict : base::Code::kDenied, "no");
  };
  start(std::move(options));
  EXPECT_EQ(expect(409, "POST", "/api/read/rebuild")["code"], "events_removed");
  EXPECT_EQ(expect(409, "POST", "/api/read/rebuild", {{"lose_removed", true}})["code"], "rebuild_running");
}

}  // namespace
}  // namespace holeshot::http
