#include "central/http/heartbeats.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "central/http/http_test_kit.h"
#include "central/http/ingest.h"
#include "central/log/sqlite/sqlite_log.h"
#include "common/base/folder_test_kit.h"
#include "common/contract/signature.h"

namespace holeshot::http {
namespace {

using nlohmann::json;

const std::string kSecretHex = "000102030405060708090a0b0c0d0e0f";

class HeartbeatsTest : public testing::Test {
 protected:
  HeartbeatsTest() {
    std::ofstream(folder_.file("keys")) << "k1:" + kSecretHex + " zolder\n";
    chmod(folder_.file("keys").c_str(), 0600);
    ring_ = base::value_or_die(auth::KeyRing::open(folder_.file("keys"), clock_));
    authenticator_ = std::make_unique<auth::Authenticator>(*ring_, clock_);
  }

  static std::string beat(const std::string& track, const std::string& client,
                          const std::string& sentence = "all is well") {
    contract::Heartbeat heartbeat;
    heartbeat.track = contract::TrackId::parse(track, "t").value();
    heartbeat.client = contract::ClientId::parse(client, "c").value();
    heartbeat.boot = contract::BootId::parse("B", "b").value();
    heartbeat.sentence = sentence;
    return contract::heartbeat_body(heartbeat);
  }
  Request signed_request(const std::string& type, const std::string& body, const std::string& txn,
                         const std::string& track = "zolder") {
    const auto key = base::value_or_die(contract::parse_key("k1:" + kSecretHex));
    const std::uint64_t ts_ms = clock_.wall_us() / 1'000;
    Request request{.method = "POST", .body = body};
    request.headers = {{"x-holeshot-kid", "k1"},
                       {"x-holeshot-client", "laptop"},
                       {"x-holeshot-txn", txn},
                       {"x-holeshot-ts", std::to_string(ts_ms)},
                       {"x-holeshot-sig", contract::sign(key.secret, {type, track, "laptop", txn, ts_ms,
                                                                      contract::payload_hash(body)})}};
    return request;
  }
  static json gateways(const Heartbeats& heartbeats, const std::string& track = {}) {
    Request request{.method = "GET"};
    if (!track.empty()) request.query["track_id"] = track;
    return json::parse(heartbeats.list(request).body).at("gateways");
  }

  base::ManualClock clock_{1'700'000'000'000'000};
  base::Metrics metrics_;
  base::TestFolder folder_;
  std::unique_ptr<auth::KeyRing> ring_;
  std::unique_ptr<auth::Authenticator> authenticator_;
};

TEST_F(HeartbeatsTest, TheLastWordOfEachGatewayIsShownWithItsAge) {
  Heartbeats heartbeats(clock_, metrics_, nullptr);
  const Response reply = heartbeats.take({.method = "POST", .body = beat("zolder", "a", "disk is full")});
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, R"({"server_time_us":1700000000000000})");
  EXPECT_EQ(heartbeats.take({.method = "POST", .body = beat("zolder", "a")}).status, 200);
  EXPECT_EQ(heartbeats.take({.method = "POST", .body = beat("spa", "b")}).status, 200);
  clock_.advance_us(Heartbeats::kAwayUs);
  const json all = gateways(heartbeats);
  ASSERT_EQ(all.size(), 2U);
  const json zolder = gateways(heartbeats, "zolder");
  ASSERT_EQ(zolder.size(), 1U);
  EXPECT_EQ(zolder[0]["heartbeat"]["sentence"], "all is well");
  EXPECT_EQ(zolder[0]["silent_for_us"], Heartbeats::kAwayUs);
  EXPECT_EQ(zolder[0]["away"], false);
  clock_.advance_us(1);
  EXPECT_EQ(gateways(heartbeats, "zolder")[0]["away"], true);
  clock_.advance_us(Heartbeats::kForgetUs);
  EXPECT_EQ(heartbeats.take({.method = "POST", .body = beat("spa", "b")}).status, 200);
  EXPECT_EQ(gateways(heartbeats).size(), 1U) << "another season's laptop is forgotten";
}

TEST_F(HeartbeatsTest, WhatIsNoHeartbeatIsRefused) {
  Heartbeats heartbeats(clock_, metrics_, nullptr);
  EXPECT_EQ(heartbeats.take({.method = "POST", .body = "{"}).status, 400);
  EXPECT_EQ(
      heartbeats.take({.method = "POST", .body = std::string(contract::kMaxHeartbeatBytes + 1, ' ')}).status,
      413);
  EXPECT_TRUE(gateways(heartbeats).empty());
}

TEST_F(HeartbeatsTest, WithKeysAHeartbeatMustBeSignedAsOne) {
  Heartbeats heartbeats(clock_, metrics_, authenticator_.get());
  const std::string body = beat("zolder", "laptop");
  EXPECT_EQ(heartbeats.take({.method = "POST", .body = body}).status, 401);
  EXPECT_EQ(heartbeats.take(signed_request("ingest_batch", body, "t1")).status, 401);
  EXPECT_EQ(heartbeats.take(signed_request("ingest_heartbeat", body, "t1")).status, 200);
  EXPECT_EQ(heartbeats.take(signed_request("ingest_heartbeat", beat("spa", "laptop"), "t2", "spa")).status,
            403);
}

TEST_F(HeartbeatsTest, WithKeysABatchMustBeSignedAndARetryGetsTheFirstAnswer) {
  const auto log = base::value_or_die(log::SqliteLog::open({.path = log::log_path(folder_.path())}, clock_));
  Ingest ingest(*log, clock_, metrics_, {}, authenticator_.get());
  const std::string body = test::batch({test::envelope(1)});
  EXPECT_EQ(ingest.handle({.method = "POST", .body = body}).status, 401);
  const Request request = signed_request("ingest_batch", body, "t1");
  const Response first = ingest.handle(request);
  EXPECT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(json::parse(first.body)["accepted"], 1);
  EXPECT_EQ(ingest.handle(request).body, first.body) << "a retry is not an attack";
  EXPECT_EQ(ingest.handle(signed_request("ingest_batch", test::batch({test::envelope(2)}), "t1")).status,
            409);
  EXPECT_EQ(log->last().value(), 1U);
}

}  // namespace
}  // namespace holeshot::http
