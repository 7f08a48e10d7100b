#include "central/app/catch_up.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "central/live/frame.h"

namespace holeshot::central_app {
namespace {

using Json = nlohmann::json;

class CatchUpTest : public ::testing::Test {
 protected:
  CatchUpTest() { make({}); }
  void make(live::AccessRules access, std::uint64_t per_address = kCatchUpsPerAddressPerS) {
    router_ = std::make_unique<http::Router>();
    desk_ = std::make_unique<CatchUpDesk>(CatchUpSources{hub_, clock_, std::move(access), {}, per_address});
    desk_->add_routes(*router_);
  }
  void publish(std::uint64_t seq, std::uint64_t ts_us) {
    const auto frame = [&](live::Kind kind, live::FrameClass frame_class) {
      return live::make_frame({.kind = kind,
                               .channel = live::Channel::kRace,
                               .track_id = "zolder",
                               .event_id = {},
                               .epoch = 7,
                               .seq = seq,
                               .ts_us = ts_us,
                               .payload = "{}",
                               .kid = {},
                               .sig = {}},
                              frame_class);
    };
    base::value_or_die(hub_.publish({{"zolder", live::Channel::kRace},
                                     frame(live::Kind::kEvent, live::FrameClass::kControl),
                                     frame(live::Kind::kSnapshot, live::FrameClass::kKey)}));
  }
  http::Response ask(std::map<std::string, std::string> query,
                     std::map<std::string, std::string> headers = {}, std::string remote = "198.51.100.1") {
    query.try_emplace("track_id", "zolder");
    query.try_emplace("since_seq", "1");
    http::Request request;
    request.method = "GET";
    request.path = "/race/catchup";
    request.query = std::move(query);
    request.headers = std::move(headers);
    request.remote = std::move(remote);
    return router_->dispatch(std::move(request));
  }
  static std::string code(const http::Response& response) { return Json::parse(response.body)["code"]; }

  base::ManualClock clock_{1'760'000'000'000'000};
  live::Hub hub_;
  std::unique_ptr<http::Router> router_;
  std::unique_ptr<CatchUpDesk> desk_;
};

TEST_F(CatchUpTest, GivesWhatIsMissing) {
  for (std::uint64_t seq = 1; seq <= 4; ++seq) publish(seq, seq * 1000);
  const auto response = ask({{"epoch", "7"}, {"since_seq", "2"}});
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.headers.at("Access-Control-Allow-Origin"), "*");
  const Json body = Json::parse(response.body);
  EXPECT_EQ(body["complete"], true);
  EXPECT_EQ(body["epoch"], 7);
  EXPECT_EQ(body["next_seq"], 5);
  ASSERT_EQ(body["frames"].size(), 2U);
  EXPECT_EQ(body["frames"][0]["seq"], 3);
}

TEST_F(CatchUpTest, SaysWhereItCannotReachAndGivesTheSnapshot) {
  publish(1, 1'000'000);
  publish(2, 2'000'000);
  publish(3, 30'000'000);
  for (const auto& query : {std::map<std::string, std::string>{{"epoch", "7"}, {"since_seq", "1"}},
                            {{"epoch", "6"}, {"since_seq", "2"}},
                            {{"epoch", "7"}, {"since_seq", "9"}}}) {
    const Json body = Json::parse(ask(query).body);
    EXPECT_EQ(body["complete"], false);
    EXPECT_EQ(body["snapshot"]["seq"], 3);
    clock_.advance_us(1'000'000);
  }
}

TEST_F(CatchUpTest, OneASecondForEachClientHoweverManyShareItsAddress) {
  publish(1, 1);
  for (int i = 0; i < 500; ++i) {
    EXPECT_EQ(ask({{"client_id", "phone-" + std::to_string(i)}}).status, 200) << i;
  }
  const auto again = ask({{"client_id", "phone-7"}});
  EXPECT_EQ(again.status, 429);
  EXPECT_EQ(code(again), "too_many_catchups");
  EXPECT_EQ(again.headers.at("Retry-After"), "1");
  EXPECT_EQ(again.headers.at("Access-Control-Expose-Headers"), "Retry-After");
  clock_.advance_us(1'000'000);
  EXPECT_EQ(ask({{"client_id", "phone-7"}}).status, 200);
}

TEST_F(CatchUpTest, NamesThatAreMadeUpAreStoppedByTheAddress) {
  make({}, 5);
  publish(1, 1);
  int answered = 0;
  for (int i = 0; i < 500; ++i)
    answered += ask({{"client_id", "x" + std::to_string(i)}}).status == 200 ? 1 : 0;
  EXPECT_EQ(answered, 50);
  EXPECT_EQ(ask({{"client_id", "other"}}, {}, "198.51.100.2").status, 200);
}

TEST_F(CatchUpTest, AClientIsItsNameOrItsCookieOrItsTokenOrItsBrowser) {
  publish(1, 1);
  const auto twice = [&](const std::map<std::string, std::string>& query,
                         const std::map<std::string, std::string>& headers) {
    const int first = ask(query, headers).status;
    return std::pair{first, ask(query, headers).status};
  };
  using Pair = std::pair<int, int>;
  EXPECT_EQ(twice({}, {{"x-holeshot-client", "a"}}), (Pair{200, 429}));
  EXPECT_EQ(twice({}, {{"cookie", "holeshot_client=b"}}), (Pair{200, 429}));
  EXPECT_EQ(twice({{"token", "c"}}, {}), (Pair{200, 429}));
  EXPECT_EQ(twice({}, {{"user-agent", "curl"}}), (Pair{200, 429}));
  EXPECT_EQ(ask({}, {{"user-agent", "firefox"}}).status, 200);
}

TEST_F(CatchUpTest, OnlyAProxyOfOursSpeaksForOthers) {
  publish(1, 1);
  const auto from = [&](const std::string& peer, const std::string& forwarded) {
    return ask({}, {{"x-forwarded-for", forwarded}}, peer).status;
  };
  EXPECT_EQ(from("127.0.0.1", "192.0.2.1"), 200);
  EXPECT_EQ(from("127.0.0.1", "192.0.2.2"), 200);
  EXPECT_EQ(from("203.0.113.1", "192.0.2.3"), 200);
  EXPECT_EQ(from("203.0.113.1", "192.0.2.4"), 429) << "it is still the same stranger";
}

TEST_F(CatchUpTest, TokensAreJudged) {
  publish(1, 1);
  live::AccessRules access;
  access.judge = [](std::string_view token, std::string_view track) -> live::Access {
    if (token != "public") return {.verdict = live::Access::Verdict::kUnknown};
    return {.verdict =
                track == "zolder" ? live::Access::Verdict::kAllowed : live::Access::Verdict::kForbidden};
  };
  make(access);
  EXPECT_EQ(ask({}).status, 401);
  EXPECT_EQ(ask({{"token", "public"}, {"track_id", "spa"}}).status, 403);
  EXPECT_EQ(ask({}, {{"authorization", "Bearer public"}}).status, 200);
}

TEST_F(CatchUpTest, RefusesWhatMakesNoSense) {
  publish(1, 1);
  EXPECT_EQ(code(ask({{"track_id", "a b"}})), "track_id_required");
  EXPECT_EQ(code(ask({{"since_seq", "-1"}})), "invalid_since_seq");
  EXPECT_EQ(code(ask({{"epoch", "x"}})), "invalid_epoch");
  EXPECT_EQ(ask({{"track_id", "spa"}}).status, 404);
}

}  // namespace
}  // namespace holeshot::central_app
