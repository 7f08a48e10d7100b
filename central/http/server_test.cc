#include "central/http/server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <nlohmann/json.hpp>
#include <thread>

#include "central/http/http_test_kit.h"
#include "central/http/ingest.h"
#include "central/http/server_gzip.h"
#include "central/log/sqlite/sqlite_log.h"
#include "common/base/folder_test_kit.h"

namespace holeshot::http {
namespace {

using nlohmann::json;
using test::RawClient;

constexpr std::size_t kBodyLimit = 20'000;

class ServerTest : public testing::Test {
 protected:
  ServerTest() {
    router_.add("GET", "/api/echo/{id}", [](const Request& request) {
      return Response::json(200, request.params.at("id") + "|" + request.query_value("q").value_or("-") +
                                     "|" + std::string{request.header("x-test")});
    });
    router_.add("POST", "/api/size", [](const Request& request) {
      return Response::json(200, std::to_string(request.body.size()));
    });
    router_.add("GET", "/api/long",
                [](const Request&) { return Response::json(200, std::string(50'000, 'x')); });
    router_.add("DELETE", "/api/thing", [](const Request&) { return Response::no_content(); });
  }
  ~ServerTest() override { server_.reset(); }
  void start(ServerSettings settings = {}) {
    settings.max_body_bytes = kBodyLimit;
    server_ = base::value_or_die(HttpServer::start(settings, router_, metrics_, clock_));
  }
  void file(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(folder_.path().string() + name).parent_path());
    std::ofstream(folder_.path().string() + name) << text;
  }
  // The whole answer to one request on a connection of its own.
  std::string ask(const std::string& head, const std::string& body = {}) {
    RawClient client(server_->port());
    client.send(head + "Host: test\r\nConnection: close\r\n\r\n" + body);
    EXPECT_TRUE(client.ended());
    return client.got();
  }
  std::string post(const std::string& body, const std::string& headers = {}) {
    return ask("POST /api/size HTTP/1.1\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + headers,
               body);
  }
  static int status(const std::string& answer) {
    return answer.size() < 12 ? 0 : std::atoi(answer.substr(9, 3).c_str());
  }
  static std::string body(const std::string& answer) {
    const auto at = answer.find("\r\n\r\n");
    return at == std::string::npos ? "" : answer.substr(at + 4);
  }
  static std::string code(const std::string& answer) {
    EXPECT_NE(answer.find("application/problem+json"), std::string::npos) << answer;
    return json::parse(body(answer), nullptr, false).value("code", "?");
  }

  base::TestFolder folder_;
  Router router_;
  base::Metrics metrics_;
  base::SystemClock clock_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(ServerTest, AnswersThroughTheRouter) {
  start();
  const std::string answer = ask("GET /api/echo/a%20b?q=1%2B1 HTTP/1.1\r\nX-Test: yes\r\n");
  EXPECT_EQ(status(answer), 200);
  EXPECT_EQ(body(answer), "a b|1+1|yes");
  EXPECT_NE(answer.find("nosniff"), std::string::npos);
  EXPECT_NE(answer.find("no-store"), std::string::npos);
  EXPECT_EQ(body(post(std::string(777, 'x'))), "777");
  EXPECT_EQ(status(ask("DELETE /api/thing HTTP/1.1\r\n")), 204);
  EXPECT_EQ(body(ask("POST /api/size HTTP/1.1\r\n")), "0");
}

TEST_F(ServerTest, EveryErrorIsAProblem) {
  start();
  EXPECT_EQ(code(ask("GET /nothing HTTP/1.1\r\n")), "not_found");
  const std::string wrong = ask("PUT /api/size HTTP/1.1\r\nContent-Length: 0\r\n");
  EXPECT_EQ(code(wrong), "method_not_allowed");
  EXPECT_NE(wrong.find("Allow: POST"), std::string::npos);
  EXPECT_EQ(code(ask("BREW /api/size HTTP/1.1\r\n")), "bad_request");
  EXPECT_EQ(code(ask("nonsense\r\n")), "bad_request");
  EXPECT_EQ(status(ask("GET /" + std::string(9000, 'a') + " HTTP/1.1\r\n")), 414);
}

TEST_F(ServerTest, HeadHasTheLengthAndNoBody) {
  start();
  const std::string answer = ask("HEAD /api/echo/abc HTTP/1.1\r\n");
  EXPECT_EQ(status(answer), 200);
  EXPECT_NE(answer.find("Content-Length: 6"), std::string::npos) << answer;
  EXPECT_EQ(body(answer), "");
}

TEST_F(ServerTest, BodiesBeyondTheLimitAre413HoweverTheyCome) {
  start();
  EXPECT_EQ(body(post(std::string(kBodyLimit, 'x'))), std::to_string(kBodyLimit));
  EXPECT_EQ(code(post(std::string(kBodyLimit + 1, 'x'))), "too_large");
  EXPECT_EQ(code(post(std::string(3'000'000, 'x'))), "too_large");
  std::string chunks;
  for (int i = 0; i < 5; ++i) chunks += "1388\r\n" + std::string(5000, 'x') + "\r\n";
  EXPECT_EQ(code(ask("POST /api/size HTTP/1.1\r\nTransfer-Encoding: chunked\r\n", chunks + "0\r\n\r\n")),
            "too_large");
  EXPECT_EQ(body(ask("POST /api/size HTTP/1.1\r\nTransfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n")),
            "3");
}

TEST_F(ServerTest, ARouteMayTakeMoreThanTheOthersOneAtATime) {
  std::promise<void> inside;
  std::promise<void> go_on;
  router_.add(
      "POST", "/api/large",
      [&](const Request& request) {
        if (request.query_value("wait")) {
          inside.set_value();
          go_on.get_future().wait();
        }
        return Response::json(200, std::to_string(request.body.size()));
      },
      4 * kBodyLimit);
  start();
  const auto large = [&](const std::string& path, const std::string& body, const std::string& headers = {}) {
    return ask(
        "POST " + path + " HTTP/1.1\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + headers,
        body);
  };
  const std::string most(4 * kBodyLimit, 'x');
  EXPECT_EQ(body(large("/api/large", most)), std::to_string(most.size()));
  EXPECT_EQ(body(large("/api/large", gzip(most), "Content-Encoding: gzip\r\n")), std::to_string(most.size()));
  const std::string over = large("/api/large", most + "x");
  EXPECT_EQ(code(over), "too_large");
  EXPECT_NE(over.find(std::to_string(most.size()) + " bytes"), std::string::npos) << over;
  EXPECT_EQ(code(large("/api/large", gzip(most + "x"), "Content-Encoding: gzip\r\n")), "too_large");
  EXPECT_EQ(code(post(most)), "too_large") << "the other routes keep their limit";

  auto first = std::async(std::launch::async, [&] { return large("/api/large?wait=1", most); });
  inside.get_future().wait();
  for (const bool packed : {false, true}) {
    const std::string second =
        packed ? large("/api/large", gzip(most), "Content-Encoding: gzip\r\n") : large("/api/large", most);
    EXPECT_EQ(status(second), 503);
    EXPECT_EQ(code(second), "busy");
    EXPECT_NE(second.find("Retry-After: "), std::string::npos) << second;
  }
  EXPECT_EQ(body(large("/api/large", "small")), "5") << "what is no larger than elsewhere goes on";
  go_on.set_value();
  EXPECT_EQ(status(first.get()), 200);
  EXPECT_EQ(status(large("/api/large", most)), 200);
}

TEST_F(ServerTest, GzipIsUndoneAndABombIs413) {
  start();
  const std::string headers = "Content-Encoding: gzip\r\n";
  EXPECT_EQ(body(post(gzip(std::string(kBodyLimit, 'x')), headers)), std::to_string(kBodyLimit));
  EXPECT_EQ(code(post(gzip(std::string(kBodyLimit + 1, 'x')), headers)), "too_large");
  EXPECT_EQ(code(post(gzip(std::string(15'000'000, 'x')), headers)), "too_large");
  EXPECT_EQ(code(post("no gzip", headers)), "bad_encoding");
  EXPECT_EQ(status(post("x", "Content-Encoding: br\r\n")), 415);
  EXPECT_EQ(body(post("x", "Content-Encoding: identity\r\n")), "1");
}

TEST_F(ServerTest, AmbiguousRequestsAreRefusedAndTheConnectionEnds) {
  start();
  const std::string smuggled = "GET /api/echo/smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
  for (const std::string& head :
       {std::string{
            "POST /api/size HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"},
        std::string{"POST /api/size HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 0\r\n\r\n"},
        std::string{"POST /api/size HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\n"},
        std::string{"POST /api/size HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n"},
        std::string{"POST /api/size HTTP/1.1\r\nContent-Length: 0\r\n\r\n"},
        std::string{"GET /api/echo/a HTTP/1.1\r\nHost: a\r\nContent-Length: 48\r\n\r\n"}}) {
    RawClient client(server_->port());
    client.send(head + smuggled);
    client.done_sending();
    EXPECT_TRUE(client.ended());
    EXPECT_EQ(status(client.got()), 400) << head;
    EXPECT_EQ(client.got().find("smuggled"), std::string::npos) << client.got();
  }
}

TEST_F(ServerTest, AConnectionServesManyRequestsAlsoPipelinedOnes) {
  start();
  RawClient client(server_->port());
  std::string many;
  for (int i = 0; i < 20; ++i) {
    many += "GET /api/echo/n" + std::to_string(i) + "; HTTP/1.1\r\nHost: a\r\n\r\n";
    many += "POST /api/size HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody";
  }
  client.send(many + "GET /api/echo/end HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(client.ended());
  for (int i = 0; i < 20; ++i) {
    EXPECT_NE(client.got().find("n" + std::to_string(i) + ";|"), std::string::npos) << i;
  }
  EXPECT_NE(client.got().find("end|-|"), std::string::npos);
}

TEST_F(ServerTest, IdleConnectionsDoNotStarveTheNext) {
  ServerSettings settings;
  settings.pool_threads = 2;
  settings.keep_alive = std::chrono::minutes{5};
  start(settings);
  std::vector<std::unique_ptr<RawClient>> idle;
  for (int i = 0; i < 20; ++i) {
    idle.push_back(std::make_unique<RawClient>(server_->port()));
    idle.back()->send("GET /api/echo/idle HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_NE(idle.back()->read_until("idle|").find("idle|"), std::string::npos) << i;
  }
  EXPECT_EQ(status(ask("GET /api/echo/next HTTP/1.1\r\n")), 200);
}

TEST_F(ServerTest, ASlowHeadIsCutOff) {
  ServerSettings settings;
  settings.request_limit = std::chrono::milliseconds{50};
  start(settings);
  RawClient client(server_->port());
  client.send("GET /api/echo/slow HTTP/1.1\r\n");
  EXPECT_TRUE(client.ended());
  EXPECT_NE(status(client.got()), 200);
}

TEST_F(ServerTest, AnEndlessHeadIsCutOff) {
  start();
  RawClient client(server_->port());
  std::string head = "GET /api/echo/slow HTTP/1.1\r\n";
  for (int i = 0; i < 2000; ++i)
    head += "X-Filler-" + std::to_string(i) + ": " + std::string(50, 'x') + "\r\n";
  client.send(head);
  EXPECT_TRUE(client.ended());
  EXPECT_NE(status(client.got()), 200);
}

TEST_F(ServerTest, StopEndsIdleAndHalfReadConnectionsAndFreesThePort) {
  ServerSettings settings;
  settings.keep_alive = std::chrono::minutes{5};
  settings.request_limit = std::chrono::minutes{5};
  start(settings);
  RawClient idle(server_->port());
  idle.send("GET /api/echo/idle HTTP/1.1\r\nHost: a\r\n\r\n");
  idle.read_until("idle|");
  RawClient half(server_->port());
  half.send("POST /api/size HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
  const int port = server_->port();
  server_->stop();
  server_->stop();
  EXPECT_TRUE(idle.ended());
  EXPECT_FALSE(RawClient(port).connected());
}

TEST_F(ServerTest, ATakenPortIsAnErrorInWords) {
  start();
  ServerSettings same;
  same.port = server_->port();
  const auto second = HttpServer::start(same, router_, metrics_, clock_);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find(std::to_string(same.port)), std::string::npos)
      << second.error().text();
}

TEST_F(ServerTest, ServesPagesWithTypesAndCacheRules) {
  file("/index.html", "<title>board</title>");
  file("/assets/index-BxY12abc.js", std::string(5000, ';'));
  file("/.secret", "no");
  ServerSettings settings;
  settings.www = folder_.path();
  start(settings);
  const std::string index = ask("GET / HTTP/1.1\r\n");
  EXPECT_EQ(body(index), "<title>board</title>");
  EXPECT_NE(index.find("text/html"), std::string::npos);
  EXPECT_NE(index.find("Cache-Control: no-cache"), std::string::npos);
  EXPECT_NE(index.find("Content-Security-Policy"), std::string::npos);
  const std::string script = ask("GET /assets/index-BxY12abc.js HTTP/1.1\r\nAccept-Encoding: gzip, br\r\n");
  EXPECT_NE(script.find("immutable"), std::string::npos);
  EXPECT_NE(script.find("Content-Encoding: gzip"), std::string::npos);
  EXPECT_EQ(gunzip(body(script), 10'000).value(), std::string(5000, ';'));
  EXPECT_EQ(status(ask("GET /.secret HTTP/1.1\r\n")), 404);
  EXPECT_EQ(status(ask("GET /..%2f..%2fetc/passwd HTTP/1.1\r\n")), 404);
  EXPECT_EQ(status(ask("GET /../../../../etc/passwd HTTP/1.1\r\n")), 404);
  EXPECT_EQ(status(ask("GET /tracks/zolder HTTP/1.1\r\nAccept: text/html\r\n")), 200);
  EXPECT_EQ(status(ask("GET /tracks/zolder HTTP/1.1\r\n")), 404);
  EXPECT_EQ(code(ask("GET /api/none HTTP/1.1\r\nAccept: text/html\r\n")), "not_found");
  const auto at = index.find("ETag: ") + 6;
  const std::string etag = index.substr(at, index.find("\r\n", at) - at);
  EXPECT_EQ(status(ask("GET / HTTP/1.1\r\nIf-None-Match: " + etag + "\r\n")), 304);
}

TEST_F(ServerTest, LongTextIsCompressedOnlyForThoseWhoTakeIt) {
  start();
  EXPECT_EQ(body(ask("GET /api/long HTTP/1.1\r\n")).size(), 50'000U);
  EXPECT_LT(body(ask("GET /api/long HTTP/1.1\r\nAccept-Encoding: gzip\r\n")).size(), 1000U);
  EXPECT_EQ(body(ask("GET /api/long HTTP/1.1\r\nAccept-Encoding: gzip;q=0\r\n")).size(), 50'000U);
}

TEST_F(ServerTest, CountsRequests) {
  start();
  ask("GET /api/echo/a HTTP/1.1\r\n");
  ask("GET /nothing HTTP/1.1\r\n");
  const std::string text = metrics_.render();
  EXPECT_NE(text.find(R"(holeshot_http_requests_total{method="GET",status="200"} 1)"), std::string::npos)
      << text;
  EXPECT_NE(text.find(R"(holeshot_http_requests_total{method="GET",status="404"} 1)"), std::string::npos);
}

TEST_F(ServerTest, ABatchGoesThroughTheSocketIntoTheLog) {
  auto log = base::value_or_die(log::SqliteLog::open({.path = log::log_path(folder_.path())}, clock_));
  Ingest ingest(*log, clock_, metrics_);
  ingest.add_routes(router_);
  start();
  const std::string batch = test::batch({test::envelope(1), test::envelope(2), "{}"});
  const auto send = [&](const std::string& bytes, const std::string& headers) {
    return ask("POST /api/ingest/batch HTTP/1.1\r\nContent-Length: " + std::to_string(bytes.size()) + "\r\n" +
                   headers,
               bytes);
  };
  const json first = json::parse(body(send(batch, "")));
  EXPECT_EQ(first["accepted"], 2);
  EXPECT_EQ(first["rejected"][0]["code"], "bad_shape");
  const json second = json::parse(body(send(gzip(batch), "Content-Encoding: gzip\r\n")));
  EXPECT_EQ(second["duplicates"], 2);
  EXPECT_EQ(log->read({}).value()[1].body, test::envelope(2));
  EXPECT_EQ(code(send("{", "")), "not_json");
  EXPECT_EQ(status(send(std::string(kBodyLimit + 1, ' '), "")), 413);
  EXPECT_EQ(status(send(batch, "Content-Encoding: zstd\r\n")), 415);
  server_.reset();
}

TEST(ServerGzip, GoesThereAndBackAndRefusesWhatIsBroken) {
  const std::string text(100'000, 'a');
  const std::string packed = gzip(text);
  EXPECT_EQ(gunzip(packed, text.size()).value(), text);
  EXPECT_EQ(gunzip(packed, text.size() - 1).error().code, base::Code::kFull);
  EXPECT_EQ(gunzip(gzip(""), 0).value(), "");
  for (std::size_t size = 0; size < packed.size(); ++size) {
    EXPECT_EQ(gunzip(packed.substr(0, size), text.size()).error().code, base::Code::kInvalid) << size;
  }
  EXPECT_EQ(gunzip(packed + "x", text.size()).error().code, base::Code::kInvalid);
}

}  // namespace
}  // namespace holeshot::http
