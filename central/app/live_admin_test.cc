#include "central/app/live_admin.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "central/app/live_routes.h"

namespace holeshot::central_app {
namespace {

using Json = nlohmann::json;

live::ViewerReport viewer(const std::string& id, const std::string& track, std::uint64_t connected_us,
                          std::uint64_t backlog) {
  live::ViewerReport report;
  report.client_id = id;
  report.address = "192.0.2.1";
  report.role = "viewer";
  report.connected_us = connected_us;
  report.buffered_bytes = backlog;
  report.waiting = 64;
  report.queue_frames = 256;
  report.watches.push_back({{track, live::Channel::kRace}, {"e1"}, {}, {}});
  return report;
}

std::vector<std::string> ids(const http::LiveViewerPage& page) {
  std::vector<std::string> out;
  for (const auto& one : Json::parse(page.items)) out.push_back(one["client_id"]);
  return out;
}
using Ids = std::vector<std::string>;

TEST(ViewerPage, ChoosesByTrackAndSortsByAgeOrBacklog) {
  const std::vector<live::ViewerReport> all{viewer("0-2", "zolder", 10, 5), viewer("0-3", "spa", 30, 9),
                                            viewer("0-4", "zolder", 20, 7)};
  EXPECT_EQ(ids(viewer_page(all, {})), (Ids{"0-3", "0-4", "0-2"}));
  EXPECT_EQ(ids(viewer_page(all, {.track_id = "zolder"})), (Ids{"0-4", "0-2"}));
  EXPECT_EQ(ids(viewer_page(all, {.by_backlog = true})), (Ids{"0-3", "0-4", "0-2"}));
  const auto page = viewer_page(all, {.by_backlog = true, .limit = 2});
  EXPECT_EQ(ids(page), (Ids{"0-3", "0-4"}));
  EXPECT_EQ(page.total, 3U);
  EXPECT_EQ(viewer_page({}, {}).items, "[]");
}

TEST(ViewerJson, SaysAllThatIsKnown) {
  const Json json = Json::parse(viewer_json(viewer("0-2", "zolder", 1'760'000'000'000'000, 5)));
  EXPECT_EQ(json["buffer_utilization"], 0.25);
  EXPECT_EQ(json["connected_at"], "2025-10-09T08:53:20.000000Z");
  EXPECT_EQ(json["last_message_at"], nullptr);
  EXPECT_EQ(json["name"], nullptr);
  EXPECT_EQ(json["watches"][0]["track_id"], "zolder");
  EXPECT_EQ(json["watches"][0]["events"], Json::array({"e1"}));
}

class LiveRoutesTest : public ::testing::Test {
 protected:
  Json get(LiveRouteSources sources, const std::string& path, int status = 200) {
    sources.hub = &hub_;
    http::Router router;
    add_live_routes(router, std::move(sources));
    http::Request request;
    request.method = "GET";
    request.path = path;
    const auto response = router.dispatch(std::move(request));
    EXPECT_EQ(response.status, status) << response.body;
    EXPECT_EQ(response.headers.at("Access-Control-Allow-Origin"), "*");
    return Json::parse(response.body);
  }
  live::Hub hub_;
};

TEST_F(LiveRoutesTest, TheConfigSaysHowMuchTheStandsAreSent) {
  const Json all = get({.address = {"", 8081}}, "/race/config");
  EXPECT_EQ(all["sampling"], 1);
  EXPECT_EQ(all["high_traffic"], false);
  EXPECT_EQ(all["tick_hz"], 20);
  EXPECT_EQ(all["keyframe_interval_ms"], 1000);
  EXPECT_EQ(all["encodings"], Json::array({"json", "binary"}));
  EXPECT_EQ(all["live_url"], nullptr);
  const Json thinned = get({.sampling_percent = [] { return 25U; }}, "/race/config");
  EXPECT_EQ(thinned["sampling"], 0.25);
  EXPECT_EQ(thinned["high_traffic"], true);
}

TEST_F(LiveRoutesTest, MetricsAreOfEachRace) {
  const live::TopicKey zolder{"zolder", live::Channel::kRace};
  const auto frame = live::make_frame({.kind = live::Kind::kSnapshot,
                                       .channel = live::Channel::kRace,
                                       .track_id = "zolder",
                                       .event_id = {},
                                       .epoch = 7,
                                       .seq = 41,
                                       .ts_us = 1,
                                       .payload = "{}",
                                       .kid = {},
                                       .sig = {}},
                                      live::FrameClass::kKey);
  base::value_or_die(hub_.publish({zolder, nullptr, frame}));
  LiveRouteSources sources;
  sources.tick_index = [](const std::string&) { return 12; };
  sources.topics = [&]() -> base::Result<std::map<live::TopicKey, live::TopicStats>> {
    return std::map<live::TopicKey, live::TopicStats>{
        {zolder, {.viewers = 4, .dropped = 9, .buffered_bytes = 40}}};
  };
  sources.viewers = [] { return std::map<std::string, std::uint64_t>{{"zolder", 6}}; };
  const Json races = get(sources, "/race/metrics")["races"];
  ASSERT_EQ(races.size(), 1U);
  EXPECT_EQ(races[0], (Json{{"track_id", "zolder"},
                            {"epoch", 7},
                            {"seq", 41},
                            {"tick_index", 12},
                            {"client_count", 6},
                            {"dropped_tick_frames", 9},
                            {"buffered_bytes_avg", 10}}));
  sources.topics = []() -> base::Result<std::map<live::TopicKey, live::TopicStats>> {
    return base::fail(base::Code::kRetry, "a loop did not answer");
  };
  EXPECT_EQ(get(sources, "/race/metrics", 503)["code"], "not_ready");
}

}  // namespace
}  // namespace holeshot::central_app
