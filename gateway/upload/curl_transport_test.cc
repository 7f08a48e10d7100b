// libcurl against a real HTTP server on loopback that says what it is told.
#include "gateway/upload/curl_transport.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include <atomic>
#include <condition_variable>
#include <thread>

#include "common/base/fd.h"
#include "common/base/worker.h"

namespace holeshot::upload {
namespace {

// One connection at a time, keep-alive; each request gets `reply`. An empty reply: never answers.
class TestServer {
 public:
  TestServer() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(bind(listener_.get(), generic, size), 0);
    EXPECT_EQ(listen(listener_.get(), 8), 0);
    EXPECT_EQ(getsockname(listener_.get(), generic, &size), 0);
    url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/api/ingest/batch";
    worker_ = base::Worker("server", [this](const std::stop_token& stop) { serve(stop); });
  }
  ~TestServer() {
    worker_.request_stop();
    shutdown(listener_.get(), SHUT_RDWR);
    shutdown(connection_.load(), SHUT_RDWR);
    worker_.join();
  }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  std::string url;
  std::string reply;  // set before a request
  std::string head;   // of the last request; read after its answer
  std::string body;   // likewise
  std::atomic<int> connections{0};
  std::atomic<int> requests{0};

 private:
  void serve(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const base::UniqueFd peer{accept(listener_.get(), nullptr, nullptr)};
      if (!peer.valid()) return;
      connection_ = peer.get();
      ++connections;
      while (serve_one(peer.get())) {
      }
      connection_ = -1;
    }
  }
  bool serve_one(int peer) {
    std::string text;
    std::size_t end = 0;
    while ((end = text.find("\r\n\r\n")) == std::string::npos) {
      if (!receive(peer, text)) return false;
    }
    head = text.substr(0, end);
    const std::size_t at = head.find("Content-Length: ");
    const std::size_t length = at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
    while (text.size() < end + 4 + length) {
      if (!receive(peer, text)) return false;
    }
    body = text.substr(end + 4);
    ++requests;
    if (reply.empty()) return receive(peer, text);
    return send(peer, reply.data(), reply.size(), MSG_NOSIGNAL) > 0;
  }
  static bool receive(int peer, std::string& into) {
    std::array<char, 65'536> room{};
    const ssize_t size = recv(peer, room.data(), room.size(), 0);
    if (size <= 0) return false;
    into.append(room.data(), static_cast<std::size_t>(size));
    return true;
  }
  base::UniqueFd listener_;
  std::atomic<int> connection_{-1};
  base::Worker worker_;
};

std::string http(const std::string& status_line, const std::string& body, const std::string& headers = {}) {
  return "HTTP/1.1 " + status_line + "\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

std::string gunzip(const std::string& packed) {
  std::string plain(10 * packed.size() + 1'000'000, '\0');
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(plain.data());
  stream.avail_out = static_cast<uInt>(plain.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  plain.resize(stream.total_out);
  inflateEnd(&stream);
  return plain;
}

TEST(CurlTransport, PostsJsonAndGivesBackStatusBodyAndRetryAfter) {
  TestServer server;
  server.reply = http("503 Service Unavailable", "later", "Retry-After:  7 \r\n");
  CurlTransport transport;
  const auto response =
      base::value_or_die(transport.post({server.url, {{"X-Holeshot-Txn", "T1"}}, "{}"}, {}));
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
    ASSERT_EQ(base::value_or_die(transport.post({server.url, {}, body}, {})).status, 200);
    EXPECT_NE(server.head.find("Content-Encoding: gzip"), std::string::npos);
    EXPECT_LT(server.body.size(), body.size() / 3);
    EXPECT_EQ(gunzip(server.body), body);
  }
  EXPECT_EQ(server.connections, 1);
}

TEST(CurlTransport, ARedirectIsAnAnswerAndIsNotFollowed) {
  TestServer server;
  server.reply = http("302 Found", "", "Location: " + server.url + "\r\n");
  CurlTransport transport;
  EXPECT_EQ(base::value_or_die(transport.post({server.url, {}, "{}"}, {})).status, 302);
  EXPECT_EQ(server.requests, 1);
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
    while (server.requests == 0) std::this_thread::yield();
    stop.request_stop();
  });
  const auto response = transport.post({server.url, {}, "{}"}, stop.get_token());
  stopper.join();
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, base::Code::kClosed);
}

}  // namespace
}  // namespace holeshot::upload
