// What the routes of the live listener's viewers pass on, and what a kick leaves behind.
#include "central/http/rest_live.h"

#include "central/http/rest_test_kit.h"

namespace holeshot::http {
namespace {

class RestLive : public RestFixture {
 protected:
  void start_with(LiveDesk desk) {
    RestOptions options{.registry_patience = kLong, .control_patience = kLong, .race_state = {}};
    options.live = std::move(desk);
    start(std::move(options));
  }
  // The audit once the read model has caught up with the log.
  Json audit_of(const std::string& kind) {
    EXPECT_TRUE(model_->wait_applied(log_.last(), kLong));
    return get("/api/audit?kind=" + kind);
  }
};

TEST_F(RestLive, PassesOnWhatIsAskedFor) {
  LiveViewerQuery asked;
  LiveDesk desk = one_viewer();
  desk.list = [&asked](const LiveViewerQuery& query) -> base::Result<LiveViewerPage> {
    asked = query;
    return LiveViewerPage{"[]", 20'000};
  };
  start_with(desk);
  const auto response = ask("GET", "/api/admin/live?track_id=zolder&sort=backlog&limit=7");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.at("X-Total-Count"), "20000");
  EXPECT_EQ(asked.track_id, "zolder");
  EXPECT_TRUE(asked.by_backlog);
  EXPECT_EQ(asked.limit, 7U);
  get("/api/admin/live");
  EXPECT_FALSE(asked.by_backlog);
  EXPECT_EQ(asked.limit, 100U);
  expect(422, "GET", "/api/admin/live?limit=1001");
}

TEST_F(RestLive, AKickTellsTheReasonAndIsInTheAudit) {
  std::string told;
  LiveDesk desk = one_viewer();
  desk.kick = [&told](const std::string& id, const std::string& reason) -> base::Status {
    told = id + ": " + reason;
    return {};
  };
  start_with(desk);
  const auto response = ask("POST", "/api/admin/live/0-17/kick", R"({"reason":"filming the judges"})",
                            {{"x-holeshot-actor", "ann"}});
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(told, "0-17: filming the judges");
  const Json entries = audit_of("viewer");
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0]["action"], "kick");
  EXPECT_EQ(entries[0]["id"], "0-17");
  EXPECT_EQ(entries[0]["actor"], "ann");
  EXPECT_EQ(entries[0]["reason"], "filming the judges");
  EXPECT_EQ(entries[0].dump().find("192.0.2.1"), std::string::npos)
      << "an address is nobody's business for ever";
}

TEST_F(RestLive, WhoIsNotThereIsNotKickedAndLeavesNoEntry) {
  start_with(one_viewer());
  expect(404, "POST", "/api/admin/live/0-99/kick", {{"reason", "x"}});
  expect(422, "POST", "/api/admin/live/0-17/kick", Json::object());
  EXPECT_TRUE(audit_of("viewer").empty());
}

TEST_F(RestLive, AListenerThatDoesNotAnswerIs503) {
  LiveDesk desk = one_viewer();
  desk.list = [](const LiveViewerQuery&) -> base::Result<LiveViewerPage> {
    return base::fail(base::Code::kRetry, "a loop did not answer");
  };
  start_with(desk);
  expect(503, "GET", "/api/admin/live");
}

TEST_F(RestLive, WithoutAListenerItSaysSo) {
  EXPECT_EQ(expect(409, "GET", "/api/admin/live")["code"], "not_here");
  EXPECT_EQ(expect(409, "POST", "/api/admin/live/0-17/kick", {{"reason", "x"}})["code"], "not_here");
}

}  // namespace
}  // namespace holeshot::http
