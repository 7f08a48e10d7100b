// Who is let in, from outside: limits, tokens, and what an operator sees and ends.
#include "central/live/door.h"

#include <gtest/gtest.h>

#include "central/live/http_world.h"

namespace holeshot::live {
namespace {

class DoorTest : public ::testing::Test, public LiveWorld {
 protected:
  static LiveConfig guarded(std::shared_ptr<std::atomic<std::uint64_t>> version = nullptr) {
    LiveConfig config;
    config.access.judge = [version](std::string_view token, std::string_view track) -> Access {
      if (token == "gone-tomorrow" && version && *version > 1) return {.verdict = Access::Verdict::kUnknown};
      if (token != "judge" && token != "public" && token != "gone-tomorrow")
        return {.verdict = Access::Verdict::kUnknown};
      if (token == "public" && !track.empty() && track != "t")
        return {.verdict = Access::Verdict::kForbidden};
      return {.role = token == "judge" ? "official" : "viewer", .official = token == "judge"};
    };
    if (version) config.access.version = [version] { return version->load(); };
    return config;
  }
  // An error that says why, and then the close.
  static std::pair<std::string, int> told_and_closed(WsClient& viewer) {
    const Json error = next(viewer);
    return {error["payload"]["code"], close_code(viewer)};
  }
  static std::string refused(const base::Result<std::unique_ptr<WsClient>>& viewer) {
    return viewer ? "let in" : viewer.error().message;
  }
  base::Result<std::unique_ptr<WsClient>> knock() {
    return WsClient::connect("127.0.0.1", server_->address().port, "/ws/v1/live?track_id=t");
  }
};

using Told = std::pair<std::string, int>;

TEST_F(DoorTest, AWebSocketIsToldInItsOwnWordsWhenItsTokenIsNotGood) {
  start(guarded());
  EXPECT_EQ(told_and_closed(*join("/ws/v1/live?track_id=t")), (Told{"not_authenticated", 4401}));
  EXPECT_EQ(told_and_closed(*join("/ws/v1/live?track_id=t&token=x")), (Told{"not_authenticated", 4401}));
  EXPECT_EQ(told_and_closed(*join("/ws?token=x")), (Told{"not_authenticated", 4401}));
  EXPECT_EQ(told_and_closed(*join("/ws/v1/live?track_id=other&token=public")), (Told{"not_allowed", 4403}));
  EXPECT_EQ(next(*join("/ws/v1/live?track_id=t&token=public"))["kind"], "snapshot");
}

TEST_F(DoorTest, ATrackThatIsAskedForLaterIsJudgedThen) {
  start(guarded());
  const auto viewer = join("/ws?token=public");
  ASSERT_TRUE(viewer->send_text(R"({"type":"subscribe","payload":{"tracks":["t"]}})"));
  EXPECT_EQ(next(*viewer)["kind"], "snapshot");
  ASSERT_TRUE(viewer->send_text(R"({"type":"subscribe","payload":{"tracks":["t","other"]}})"));
  EXPECT_EQ(told_and_closed(*viewer), (Told{"not_allowed", 4403}));
}

TEST_F(DoorTest, OverHttpATokenIsAStatus) {
  start(guarded());
  for (const char* path : {"/race/stream?", "/race/poll?"}) {
    const auto status = [&](const std::string& query, const std::string& headers = {}) {
      HttpClient client(*server_);
      client.ask(path + query, headers);
      const std::string head = client.head();
      return head.empty() ? 0 : std::stoi(head.substr(9, 3));
    };
    EXPECT_EQ(status("track_id=t"), 401) << path;
    EXPECT_EQ(status("track_id=other&token=public"), 403) << path;
    EXPECT_EQ(status("track_id=t&token=public"), 200) << path;
    EXPECT_EQ(status("track_id=t", "Authorization: Bearer judge\r\n"), 200) << path;
  }
}

TEST_F(DoorTest, ATokenThatIsTakenBackEndsItsViewersAndNobodyElse) {
  const auto version = std::make_shared<std::atomic<std::uint64_t>>(1);
  start(guarded(version));
  const auto stays = join("/ws/v1/live?track_id=t&token=judge");
  const auto goes = join("/ws/v1/live?track_id=t&token=gone-tomorrow");
  EXPECT_EQ(next(*stays)["kind"], "snapshot");
  EXPECT_EQ(next(*goes)["kind"], "snapshot");
  *version = 2;
  pass(10s);
  EXPECT_EQ(next(*goes)["kind"], "heartbeat");
  EXPECT_EQ(told_and_closed(*goes), (Told{"not_authenticated", 4401}));
  EXPECT_EQ(next(*stays)["kind"], "heartbeat");
  publish(1);
  EXPECT_EQ(kind_and_seq(*stays), expected("event", 1));
}

TEST_F(DoorTest, OneVenueIsLimitedByItsAddressAsTheProxyTellsIt) {
  LiveConfig config;
  config.admission.viewers_per_address = 2;
  start(config);
  const auto venue = [&](const std::string& address) {
    auto client = std::make_unique<HttpClient>(*server_);
    client->ask("/race/stream?track_id=t", "X-Forwarded-For: " + address + "\r\n");
    return std::pair{client->head().substr(9, 3), std::move(client)};
  };
  auto one = venue("192.0.2.1");
  auto two = venue("192.0.2.1");
  EXPECT_EQ(one.first, "200");
  EXPECT_EQ(two.first, "200");
  EXPECT_EQ(venue("192.0.2.1").first, "429");
  EXPECT_EQ(venue("192.0.2.2").first, "200");
  two.second.reset();
  EXPECT_TRUE(eventually([&] { return venue("192.0.2.1").first == "200"; })) << "a place is given back";
}

TEST_F(DoorTest, ARushIsAnswered503WithATimeToComeBack) {
  LiveConfig config;
  config.admission.connects_per_s = 2;
  start(config);
  std::vector<std::unique_ptr<WsClient>> in;
  for (int i = 0; i < 4; ++i) in.push_back(base::value_or_die(knock()));
  EXPECT_NE(refused(knock()).find("503"), std::string::npos);
  HttpClient client(*server_);
  client.ask("/race/stream?track_id=t");
  const std::string head = client.head();
  EXPECT_NE(head.find("Retry-After: "), std::string::npos) << head;
  pass(1s);
  EXPECT_EQ(refused(knock()), "let in");
}

TEST_F(DoorTest, AFullTrackTakesNobodyMore) {
  LiveConfig config;
  config.admission.viewers_per_track = 1;
  start(config);
  const auto in = join();
  EXPECT_EQ(next(*in)["kind"], "snapshot");
  EXPECT_NE(refused(knock()).find("503"), std::string::npos);
  const auto sneaky = join("/ws");
  ASSERT_TRUE(sneaky->send_text(R"({"type":"subscribe","payload":{"tracks":["t"]}})"));
  EXPECT_EQ(next(*sneaky)["payload"]["code"], "track_full");
}

TEST_F(DoorTest, TheRegistrySaysWhoIsHere) {
  LiveConfig config = guarded();
  config.loops = 2;
  start(config);
  publish(1);
  const auto socket = join("/ws/v1/live?track_id=t&event_id=e1&encoding=binary&token=judge");
  EXPECT_EQ(next(*socket)["kind"], "snapshot");
  ASSERT_TRUE(socket->send_text(R"({"type":"heartbeat","payload":{}})"));
  const Json own = next(*socket)["payload"];
  HttpClient stream(*server_);
  stream.ask("/race/stream?track_id=t&token=public",
             "X-Holeshot-Client: stand-4\r\nX-Forwarded-For: 192.0.2.9\r\n");
  EXPECT_EQ(stream.event().second["kind"], "snapshot");
  auto all = base::value_or_die(server_->viewers());
  ASSERT_EQ(all.size(), 2U);
  std::ranges::sort(all, {}, [](const ViewerReport& one) { return one.transport; });
  EXPECT_EQ(all[0].client_id, own["client_id"]);
  EXPECT_EQ(all[0].role, "official");
  EXPECT_TRUE(all[0].official);
  EXPECT_EQ(all[0].encoding, Encoding::kBinary);
  EXPECT_EQ(all[0].address, "127.0.0.1");
  EXPECT_EQ(all[0].messages_received, 1U);
  EXPECT_EQ(all[0].queue_frames, 256U);
  ASSERT_EQ(all[0].watches.size(), 1U);
  EXPECT_EQ(all[0].watches[0].topic, kTopic);
  EXPECT_EQ(all[0].watches[0].events, std::vector<std::string>{"e1"});
  EXPECT_EQ(all[1].transport, Transport::kEventStream);
  EXPECT_EQ(all[1].address, "192.0.2.9");
  EXPECT_EQ(all[1].name, "stand-4");
}

TEST_F(DoorTest, AKickSaysWhyAndEndsThatOneAlone) {
  start();
  publish(1);
  const auto bad = join();
  const auto good = join();
  EXPECT_EQ(next(*bad)["kind"], "snapshot");
  ASSERT_TRUE(bad->send_text(R"({"type":"heartbeat","payload":{}})"));
  const std::string id = next(*bad)["payload"]["client_id"];
  ASSERT_TRUE(server_->kick(id, "filming the judges"));
  const Json told = next(*bad);
  EXPECT_EQ(told["payload"]["code"], "kicked");
  EXPECT_EQ(told["payload"]["message"], "filming the judges");
  EXPECT_EQ(close_code(*bad), 1008);
  EXPECT_EQ(next(*good)["kind"], "snapshot");
  publish(2);
  EXPECT_EQ(kind_and_seq(*good), expected("event", 2));
  for (const char* none : {"0-999999", "7-2", "", "0-", "-1", "0-2x", "x"})
    EXPECT_EQ(server_->kick(none, "x").error().code, base::Code::kMissing) << none;
}

}  // namespace
}  // namespace holeshot::live
