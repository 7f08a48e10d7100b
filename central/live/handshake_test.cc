#include "central/live/handshake.h"

#include <gtest/gtest.h>

#include <random>

namespace holeshot::live {
namespace {

constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==";

std::string request_text(std::string_view target, std::string_view extra = {}) {
  return "GET " + std::string{target} +
         " HTTP/1.1\r\nHost: example\r\nUpgrade: websocket\r\nConnection: keep-alive, "
         "Upgrade\r\nSec-WebSocket-Key: " +
         std::string{kKey} + "\r\nSec-WebSocket-Version: 13\r\n" + std::string{extra} + "\r\n";
}

Answer answer(const std::string& text) {
  auto request = parse_head(text);
  if (!request) return Refusal{400, "bad_request", request.error().message, {}};
  return answer_request(*request);
}

void expect_refused(const std::string& text, int status, std::string_view code) {
  const Answer got = answer(text);
  const auto* refusal = std::get_if<Refusal>(&got);
  ASSERT_NE(refusal, nullptr) << text;
  EXPECT_EQ(refusal->status, status) << text;
  EXPECT_EQ(refusal->code, code) << text << refusal->detail;
}

Upgrade expect_upgrade(const std::string& text) {
  Answer got = answer(text);
  auto* upgrade = std::get_if<Upgrade>(&got);
  if (upgrade == nullptr) {
    ADD_FAILURE() << text << std::get<Refusal>(got).detail;
    return {};
  }
  return std::move(*upgrade);
}

TEST(Handshake, AcceptsAsInRfc6455) {
  EXPECT_EQ(websocket_accept(kKey), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  const Upgrade upgrade = expect_upgrade(request_text("/ws/v1/live?track_id=t1"));
  EXPECT_EQ(upgrade_response(upgrade),
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
  EXPECT_TRUE(upgrade.subscribe_at_once);
  EXPECT_EQ(upgrade.query.tracks, std::vector<std::string>{"t1"});
}

TEST(Handshake, KeysAreBase64OfSixteenBytes) {
  EXPECT_TRUE(is_websocket_key("AAAAAAAAAAAAAAAAAAAAAA=="));
  EXPECT_FALSE(is_websocket_key(""));
  EXPECT_FALSE(is_websocket_key("AAAAAAAAAAAAAAAAAAAAAAA="));  // 17 bytes
  EXPECT_FALSE(is_websocket_key("AAAAAAAAAAAAAAAAAAAAAB=="));  // spare bits are set
  EXPECT_FALSE(is_websocket_key("AAAAAAAAAAAAAAAAAAAA===="));
  EXPECT_FALSE(is_websocket_key("AAAA AAAAAAAAAAAAAAAAA=="));
  EXPECT_FALSE(is_websocket_key("dGhlIHNhbXBsZSBub25jZQ==A"));
}

TEST(Handshake, ATrackIsNeededBeforeTheUpgrade) {
  expect_refused(request_text("/ws/v1/live"), 400, "track_id_required");
  expect_refused(request_text("/ws/v1/live?track_id="), 400, "track_id_required");
  expect_refused("GET /ws/v1/live HTTP/1.1\r\nHost: a\r\n\r\n", 400, "track_id_required");
  const Upgrade alias = expect_upgrade(request_text("/ws"));
  EXPECT_FALSE(alias.subscribe_at_once);
  const Upgrade several = expect_upgrade(request_text("/ws/v1/live?track_id=a,b"));
  EXPECT_FALSE(several.subscribe_at_once);
  EXPECT_EQ(several.query.tracks.size(), 2U);
}

TEST(Handshake, MalformedQueriesAreRefusedByName) {
  expect_refused(request_text("/ws/v1/live?track_id=a%20b"), 400, "invalid_track_id");
  expect_refused(request_text("/ws/v1/live?track_id=a&event_id=x.y"), 400, "invalid_event_id");
  expect_refused(request_text("/ws/v1/live?track_id=a&from=yesterday"), 400, "invalid_from");
  expect_refused(request_text("/ws/v1/live?track_id=a&from=seq:"), 400, "invalid_from");
  expect_refused(request_text("/ws/v1/live?track_id=a&from=seq:-1"), 400, "invalid_from");
  expect_refused(request_text("/ws/v1/live?track_id=a&from=ts:99999999999999999999"), 400, "invalid_from");
  expect_refused(request_text("/ws/v1/live?track_id=a&epoch=x"), 400, "invalid_epoch");
  expect_refused(request_text("/ws/v1/live?track_id=a&encoding=xml"), 400, "invalid_encoding");
  expect_refused(request_text("/ws/v1/live?track_id=a&rate=0"), 400, "invalid_rate");
  expect_refused(request_text("/ws/v1/live?track_id=a&track_id=b"), 400, "invalid_query");
  expect_refused(request_text("/ws/v1/live?track_id=%4"), 400, "invalid_query");
  expect_refused(request_text("/ws/v1/live?track_id=a%00"), 400, "invalid_query");
}

TEST(Handshake, ReadsEveryFieldOfTheQuery) {
  const Upgrade u =
      expect_upgrade(request_text("/ws/v1/"
                                  "live?track_id=a%2Db&event_id=e1&channels=decoder,tea,race&from=seq:17&"
                                  "epoch=3&encoding=binary&rate=10&new=1"));
  EXPECT_EQ(u.query.tracks[0], "a-b");
  EXPECT_EQ(u.query.event_id, "e1");
  EXPECT_EQ(u.query.channels, (std::vector{Channel::kDecoder, Channel::kRace}));
  EXPECT_EQ(u.query.unknown_channels, std::vector<std::string>{"tea"});
  EXPECT_EQ(u.query.from.kind, From::Kind::kSeq);
  EXPECT_EQ(u.query.from.value, 17U);
  EXPECT_EQ(u.query.epoch, 3U);
  EXPECT_EQ(u.encoding, Encoding::kBinary);
  EXPECT_EQ(u.query.rate.hz, 10U);
}

TEST(Handshake, OnlyVersionThirteenAndOnlyWithAllHeaders) {
  const std::string good = request_text("/ws/v1/live?track_id=a");
  const auto without = [&](std::string_view line) {
    std::string text = good;
    text.erase(text.find(line), text.find("\r\n", text.find(line)) + 2 - text.find(line));
    return text;
  };
  expect_refused(without("Host"), 400, "bad_request");
  expect_refused(without("Upgrade: websocket"), 426, "upgrade_required");
  expect_refused(without("Connection"), 426, "upgrade_required");
  expect_refused(without("Sec-WebSocket-Version"), 426, "websocket_version");
  expect_refused(without("Sec-WebSocket-Key"), 400, "websocket_key");
  std::string old = good;
  old.replace(old.find("13\r\n"), 2, "8");
  const Answer got = answer(old);
  EXPECT_NE(refusal_response(std::get<Refusal>(got)).find("\r\nSec-WebSocket-Version: 13\r\n"),
            std::string::npos);
  expect_refused(request_text("/ws/v1/live?track_id=a", "Sec-WebSocket-Key: " + std::string{kKey} + "\r\n"),
                 400, "websocket_key");
}

TEST(Handshake, SubprotocolDecidesWhereTheQueryDoesNot) {
  const auto offer = [](std::string_view target, std::string_view list) {
    return request_text(target, "Sec-WebSocket-Protocol: " + std::string{list} + "\r\n");
  };
  const std::string live = "/ws/v1/live?track_id=a";
  EXPECT_EQ(expect_upgrade(offer(live, "holeshot.v1.binary, holeshot.v1.json")).subprotocol,
            "holeshot.v1.json");
  const Upgrade binary = expect_upgrade(offer(live, "holeshot.v1.binary"));
  EXPECT_EQ(binary.subprotocol, "holeshot.v1.binary");
  EXPECT_EQ(binary.encoding, Encoding::kBinary);
  EXPECT_NE(upgrade_response(binary).find("\r\nSec-WebSocket-Protocol: holeshot.v1.binary\r\n"),
            std::string::npos);
  EXPECT_EQ(expect_upgrade(offer(live, "chat")).subprotocol, "");
  EXPECT_EQ(
      expect_upgrade(offer(live + "&encoding=binary", "holeshot.v1.json, holeshot.v1.binary")).subprotocol,
      "holeshot.v1.binary");
  expect_refused(offer(live + "&encoding=binary", "holeshot.v1.json"), 400, "invalid_encoding");
}

TEST(Handshake, OtherPathsAndMethods) {
  expect_refused("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 404, "not_found");
  expect_refused("GET /ws/v1/live/ HTTP/1.1\r\nHost: a\r\n\r\n", 404, "not_found");
  expect_refused("POST /ws HTTP/1.1\r\nHost: a\r\n\r\n", 405, "method_not_allowed");
  EXPECT_TRUE(std::holds_alternative<HealthProbe>(answer("GET /health HTTP/1.1\r\nHost: a\r\n\r\n")));
  EXPECT_TRUE(
      health_response("holeshot-central", 3)
          .ends_with("\r\n\r\n{\"active_clients\":3,\"service\":\"holeshot-central\",\"status\":\"ok\"}"));
  const std::string problem = refusal_response({404, "not_found", "no", {}});
  EXPECT_TRUE(problem.starts_with("HTTP/1.1 404 Not Found\r\nContent-Type: application/problem+json\r\n"));
  EXPECT_NE(problem.find(R"("code":"not_found")"), std::string::npos);
}

TEST(HttpHead, RefusesWhatAProxyMayReadDifferently) {
  for (const std::string_view text : {
           "GET / HTTP/1.1\nHost: a\n\n\r\n\r\n",
           "GET / HTTP/1.0\r\nHost: a\r\n\r\n",
           "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
           "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
           "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
           "GET / HTTP/1.1\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\x01\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\nb: c\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\r\nnocolon\r\n\r\n",
           "\r\n\r\n",
           "",
           "GET\r\n\r\n",
       }) {
    EXPECT_FALSE(parse_head(text)) << text;
  }
}

TEST(HttpHead, FindsItsEnd) {
  EXPECT_EQ(head_size("GET / HTTP/1.1\r\nHost: a\r\n"), std::nullopt);
  EXPECT_EQ(head_size("a\r\n\r\nrest"), 5U);
}

TEST(HttpHead, RandomDamageIsReadOrRefused) {
  const std::string good =
      request_text("/ws/v1/live?track_id=a%2Fb&from=seq:1", "Sec-WebSocket-Protocol: x\r\n");
  std::mt19937 rng(3);
  int refused = 0;
  for (int round = 0; round < 5000; ++round) {
    std::string text = good;
    for (auto edits = 1 + rng() % 3; edits > 0; --edits) text[rng() % text.size()] = static_cast<char>(rng());
    if (std::holds_alternative<Refusal>(answer(text))) ++refused;
  }
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace holeshot::live
