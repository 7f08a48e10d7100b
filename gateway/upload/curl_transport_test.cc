// libcurl against a real HTTP server on loopback that says what it is told.
#include "gateway/upload/curl_transport.h"

#include <gtest/gtest.h>

#include <thread>

#include "gateway/upload/loopback_test_kit.h"

namespace holeshot::upload {
namespace {

HttpResponse answered(HttpResult<HttpResponse> result) {
  if (!result) base::die(result.error());
  return std::move(*result);
}

// Answers all with `reply`, and keeps the last request.
class TestServer {
 public:
  std::string reply;  // set before a request
  std::string head;   // of the last request; read after its answer
  std::string body;   // likewise
  LoopbackServer server{[this](const ServedRequest& request) {
    head = request.head;
    body = request.body;
    return reply;
  }};
  std::string url = server.url() + "/api/ingest/batch";
};

TEST(CurlTransport, PostsJsonAndGivesBackStatusBodyAndRetryAfter) {
  TestServer server;
  server.reply = http("503 Service Unavailable", "later", "Retry-After:  7 \r\n");
  CurlTransport transport;
  const auto response = answered(transport.post({server.url, {{"X-Holeshot-Txn", "T1"}}, "{}"}, {}));
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.retry_after, "7");
  EXPECT_EQ(response.body, "later");
  EXPECT_EQ(server.body, "{}");
  EXPECT_NE(server.head.find("POST /api/ingest/batch HTTP/1.1"), std::string::npos);
  EXPECT_NE(server.head.find("Content-Type: application/json"), std::string::npos);
  EXPECT_NE(server.head.find("X-Holeshot-Txn: T1"), std::string::npos);
  EXPECT_EQ(server.head.find("Expect"), std::string::npos);
  EXPECT_EQ(server.head.find("Content-Encoding"), std::string::npos);
}

TEST(CurlTransport, CompressesWhatIsWorthItAndKeepsTheConnection) {
  TestServer server;
  server.reply = http("200 OK", "{}");
  CurlTransport transport;
  std::string body;
  for (int i = 0; i < 5'000; ++i) body += "{\"passing\":" + std::to_string(i) + "},";
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(answered(transport.post({server.url, {}, body}, {})).status, 200);
    EXPECT_NE(server.head.find("Content-Encoding: gzip"), std::string::npos);
    EXPECT_LT(server.body.size(), body.size() / 3);
    EXPECT_EQ(gunzip(server.body), body);
  }
  EXPECT_EQ(server.server.connections(), 1);
}

TEST(CurlTransport, AFreshConnectionIsMadeWhereItIsAskedFor) {
  TestServer server;
  server.reply = http("200 OK", "{}");
  CurlTransport transport;
  ASSERT_EQ(answered(transport.post({server.url, {}, "{}"}, {})).status, 200);
  EXPECT_EQ(server.server.connections(), 1);
  ASSERT_EQ(answered(transport.post({server.url, {}, "{}", true}, {})).status, 200);
  ASSERT_EQ(answered(transport.post({server.url, {}, "{}"}, {})).status, 200);
  EXPECT_EQ(server.server.connections(), 2);
}

TEST(CurlTransport, ARedirectIsAnAnswerAndIsNotFollowed) {
  TestServer server;
  server.reply = http("302 Found", "", "Location: " + server.url + "\r\n");
  CurlTransport transport;
  EXPECT_EQ(answered(transport.post({server.url, {}, "{}"}, {})).status, 302);
  EXPECT_EQ(server.server.requests(), 1);
}

TEST(CurlTransport, NobodyListeningIsARetryInWords) {
  std::string url;
  {
    const TestServer gone;
    url = gone.url;
  }
  CurlTransport transport;
  const auto response = transport.post({url, {}, "{}"}, {});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, base::Code::kRetry);
  EXPECT_NE(response.error().hint.find("central is not running"), std::string::npos);
  EXPECT_FALSE(transport.post({"file:///etc/passwd", {}, "{}"}, {}));
}

TEST(CurlTransport, SilenceEndsAtTheTimeLimit) {
  TestServer server;
  CurlTransport transport({.total_timeout = std::chrono::milliseconds{100}});
  const auto response = transport.post({server.url, {}, "{}"}, {});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, base::Code::kRetry);
}

TEST(CurlTransport, AnAnswerWithoutEndIsCutOff) {
  TestServer server;
  server.reply = http("200 OK", std::string(5U << 20, 'x'));
  CurlTransport transport;
  const auto response = transport.post({server.url, {}, "{}"}, {});
  ASSERT_FALSE(response);
  EXPECT_NE(response.error().message.find("longer than any answer"), std::string::npos);
}

TEST(CurlTransport, AStopEndsARequestThatIsUnderWay) {
  TestServer server;
  CurlTransport transport({.total_timeout = std::chrono::minutes{10}});
  std::stop_source stop;
  std::thread stopper([&] {
    while (server.server.requests() == 0) std::this_thread::yield();
    stop.request_stop();
  });
  const auto response = transport.post({server.url, {}, "{}"}, stop.get_token());
  stopper.join();
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, base::Code::kClosed);
}

}  // namespace
}  // namespace holeshot::upload
