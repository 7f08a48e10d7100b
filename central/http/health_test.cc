#include "central/http/health.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace holeshot::http {
namespace {

using nlohmann::json;

class HealthTest : public testing::Test {
 protected:
  HealthTest() {
    HealthSources sources;
    sources.service = "holeshot-central";
    sources.checks = {{"log",
                       [this] {
                         return log_closed_ ? base::Status{base::fail(base::Code::kClosed, "disk gone")}
                                            : base::Status{};
                       }},
                      {"read", [] { return base::Status{}; }}};
    sources.live = [] { return LiveStats{.active_clients = 3, .total_messages = 40, .dropped_messages = 1}; };
    add_health_routes(router_, std::move(sources), metrics_);
  }
  Response get(const std::string& path, const std::string& accept = {}) {
    Request request;
    request.method = "GET";
    request.path = path;
    if (!accept.empty()) request.headers["accept"] = accept;
    return router_.dispatch(request);
  }
  Router router_;
  base::Metrics metrics_;
  bool log_closed_ = false;
};

TEST_F(HealthTest, HealthSaysWhoItIs) {
  const json body = json::parse(get("/health").body);
  EXPECT_EQ(body["status"], "ok");
  EXPECT_EQ(body["service"], "holeshot-central");
  EXPECT_EQ(body["active_clients"], 3);
}

TEST_F(HealthTest, ReadyNamesThePartThatFails) {
  EXPECT_EQ(get("/ready").status, 200);
  EXPECT_EQ(json::parse(get("/ready").body)["checks"]["read"], "ok");
  log_closed_ = true;
  const Response failing = get("/ready");
  EXPECT_EQ(failing.status, 503);
  EXPECT_NE(json::parse(failing.body)["detail"].get<std::string>().find("log: disk gone"), std::string::npos);
}

TEST_F(HealthTest, MetricsSpeakPrometheusAndJson) {
  metrics_.counter("holeshot_test_total", "test").add(2);
  EXPECT_NE(get("/metrics").body.find("holeshot_test_total 2"), std::string::npos);
  EXPECT_EQ(get("/metrics").content_type.substr(0, 10), "text/plain");
  const json live = json::parse(get("/metrics", "application/json").body);
  EXPECT_EQ(live.size(), 6U);
  EXPECT_EQ(live["active_clients"], 3);
  EXPECT_EQ(live["dropped_messages"], 1);
}

}  // namespace
}  // namespace holeshot::http
