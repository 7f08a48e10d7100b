#include "central/http/api_client.h"

#include <gtest/gtest.h>

#include "central/http/server.h"

namespace holeshot::http {
namespace {

using base::value_or_die;

class ApiClientTest : public testing::Test {
 protected:
  ApiClientTest() {
    routes_.add("GET", "/api/things", [](const Request& request) {
      auto response = Response::json(200, request.query_value("name").value_or("none"));
      response.headers["X-Next-Cursor"] = "7";
      return response;
    });
    routes_.add("POST", "/api/things",
                [](const Request& request) { return Response::json(201, request.body); });
    server_ = value_or_die(HttpServer::start({}, routes_, metrics_, clock_));
  }
  ApiClient client() { return value_or_die(ApiClient::make("http://" + server_->address())); }

  Router routes_;
  base::Metrics metrics_;
  base::SystemClock clock_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(ApiClientTest, GivesStatusHeadersAndBody) {
  const auto got =
      value_or_die(client().send({.method = "GET", .path = "/api/things", .query = {{"name", "a b&c=ü"}}}));
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, "a b&c=ü") << "escaped on the way";
  EXPECT_EQ(got.headers.at("X-Next-Cursor"), "7");
  const auto made =
      value_or_die(client().send({.method = "POST", .path = "/api/things", .body = "{\"a\":1}"}));
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(made.body, "{\"a\":1}");
}

TEST_F(ApiClientTest, AProblemIsAnAnswer) {
  const auto got = value_or_die(client().send({.method = "GET", .path = "/api/nothing"}));
  EXPECT_EQ(got.status, 404);
  EXPECT_EQ(got.content_type, "application/problem+json");
}

TEST_F(ApiClientTest, ACentralThatIsNotThereIsNamed) {
  auto asking = client();
  const std::string address = server_->address();
  server_.reset();
  const auto got = asking.send({.method = "GET", .path = "/api/things"});
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, base::Code::kRetry);
  EXPECT_NE(got.error().text().find(address), std::string::npos);
  EXPECT_NE(got.error().text().find("--data"), std::string::npos);
}

TEST(ApiClient, TakesAnAddressAlone) {
  for (const char* bad :
       {"", "127.0.0.1:8080", "https://127.0.0.1:8080", "http://", "http://h:1/path", "http://u@h:1"})
    EXPECT_EQ(ApiClient::make(bad).error().code, base::Code::kInvalid) << bad;
  EXPECT_TRUE(ApiClient::make("http://127.0.0.1:8080"));
  EXPECT_TRUE(ApiClient::make("http://[::1]:8080"));
}

}  // namespace
}  // namespace holeshot::http
