#include "gateway/upload/probe.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "common/contract/problem.h"
#include "gateway/upload/loopback_test_kit.h"

namespace holeshot::upload {
namespace {

contract::Heartbeat beat() {
  contract::Heartbeat heartbeat;
  heartbeat.track = base::value_or_die(contract::TrackId::parse("hill", "track"));
  heartbeat.client = base::value_or_die(contract::ClientId::parse("laptop", "client"));
  heartbeat.boot = base::value_or_die(contract::BootId::parse("01JD0000000000000000000000", "boot"));
  return heartbeat;
}

std::shared_ptr<const contract::SigningKey> key() {
  return std::make_shared<const contract::SigningKey>(
      base::value_or_die(contract::parse_key("k1:00112233445566778899aabbccddeeff")));
}

// A central whose clock is apart from ours; it checks no more than whether the time in the request is its own.
std::string answer(const ServedRequest& request, std::uint64_t now_us, bool strict) {
  if (request.head.starts_with("GET /ready ")) return http("200 OK", R"({"status":"ready"})");
  if (!request.head.starts_with("POST /api/ingest/heartbeat ")) return http("404 Not Found", "");
  const std::size_t at = request.head.find("X-Holeshot-Ts: ");
  const std::uint64_t sent_ms = at == std::string::npos ? 0 : std::stoull(request.head.substr(at + 15));
  const std::uint64_t apart_ms =
      sent_ms > now_us / 1'000 ? sent_ms - now_us / 1'000 : now_us / 1'000 - sent_ms;
  if (strict && apart_ms > 900'000) {
    return http("401 Unauthorized", contract::problem_body({.status = 401,
                                                            .code = "bad_timestamp",
                                                            .title = "Not signed well",
                                                            .detail = "the time is outside the window",
                                                            .server_time_us = now_us}));
  }
  return http("200 OK", contract::heartbeat_reply_body(now_us));
}

TEST(Probe, AGoodCentralIsGoodAtEveryStep) {
  const base::SystemClock clock;
  LoopbackServer server([&](const ServedRequest& request) { return answer(request, clock.wall_us(), true); });
  const CentralFacts facts =
      probe_central({.central = server.url() + "/", .ca_file = {}, .key = key(), .heartbeat = beat()}, clock);
  EXPECT_EQ(facts.addresses, std::vector<std::string>{"127.0.0.1"});
  EXPECT_TRUE(facts.connect_us) << facts.connect_error;
  ASSERT_TRUE(facts.heartbeat);
  EXPECT_EQ(facts.heartbeat->reason, Reason::kOk) << facts.heartbeat->sentence;
  EXPECT_EQ(facts.kid, "k1");
  EXPECT_FALSE(facts.clock_corrected);
  ASSERT_TRUE(facts.clock_offset_us);
  EXPECT_LT(std::abs(*facts.clock_offset_us), 20'000'000);
  ASSERT_TRUE(facts.ready);
  EXPECT_EQ(facts.ready->reason, Reason::kOk) << facts.ready->sentence;
}

TEST(Probe, AClockThatIsWrongIsLearntAndSignedAgain) {
  const base::SystemClock clock;
  constexpr std::uint64_t kDay = 86'400'000'000;
  LoopbackServer server(
      [&](const ServedRequest& request) { return answer(request, clock.wall_us() + kDay, true); });
  const CentralFacts facts =
      probe_central({.central = server.url(), .ca_file = {}, .key = key(), .heartbeat = beat()}, clock);
  ASSERT_TRUE(facts.heartbeat);
  EXPECT_EQ(facts.heartbeat->reason, Reason::kOk) << facts.heartbeat->sentence;
  EXPECT_TRUE(facts.clock_corrected);
  ASSERT_TRUE(facts.clock_offset_us);
  EXPECT_NEAR(static_cast<double>(*facts.clock_offset_us), static_cast<double>(kDay), 3e7);
}

TEST(Probe, ACentralThatIsNotReadySaysWhy) {
  const base::SystemClock clock;
  LoopbackServer server([&](const ServedRequest& request) -> ServedReply {
    if (!request.head.starts_with("GET /ready ")) return answer(request, clock.wall_us(), false);
    return http(
        "503 Service Unavailable",
        contract::problem_body(
            {.status = 503, .code = "not_ready", .title = "Not ready", .detail = "log: the disk is full"}));
  });
  const CentralFacts facts =
      probe_central({.central = server.url(), .ca_file = {}, .heartbeat = beat()}, clock);
  ASSERT_TRUE(facts.ready);
  EXPECT_EQ(facts.ready->reason, Reason::kTooBusy);
  EXPECT_NE(facts.ready->sentence.find("the disk is full"), std::string::npos) << facts.ready->sentence;
}

TEST(Probe, WhereNobodyListensItEndsAtTheConnection) {
  const base::SystemClock clock;
  const CentralFacts facts =
      probe_central({.central = "http://127.0.0.1:1", .ca_file = {}, .heartbeat = beat()}, clock);
  EXPECT_EQ(facts.addresses, std::vector<std::string>{"127.0.0.1"});
  EXPECT_FALSE(facts.connect_us);
  EXPECT_EQ(facts.connect_error, "127.0.0.1: Connection refused");
  EXPECT_FALSE(facts.heartbeat);
  EXPECT_FALSE(facts.ready);
}

TEST(Probe, ANameThatCannotBeIsSaid) {
  const base::SystemClock clock;
  const CentralFacts facts =
      probe_central({.central = "http://no..such.name", .ca_file = {}, .heartbeat = beat()}, clock);
  EXPECT_TRUE(facts.addresses.empty());
  EXPECT_FALSE(facts.lookup_error.empty());
}

TEST(Probe, EndpointsOfWebAddresses) {
  EXPECT_EQ(endpoint_of("http://central"), (Endpoint{"central", 80, false}));
  EXPECT_EQ(endpoint_of("https://Central.example/x"), (Endpoint{"central.example", 443, true}));
  EXPECT_EQ(endpoint_of("http://10.0.0.1:8080/"), (Endpoint{"10.0.0.1", 8'080, false}));
  EXPECT_EQ(endpoint_of("http://[::1]:8080"), (Endpoint{"::1", 8'080, false}));
  EXPECT_EQ(endpoint_of("http://[::1]"), (Endpoint{"::1", 80, false}));
  for (const char* bad :
       {"", "central", "ftp://x", "http://", "http://x:0", "http://x:99999", "http://x:y", "http://:80"})
    EXPECT_FALSE(endpoint_of(bad)) << bad;
}

}  // namespace
}  // namespace holeshot::upload
