// The whole of central in one process: what only the wiring can get wrong.
#include "central/app/central.h"

#include <gtest/gtest.h>
#include <httplib.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "common/contract/batch.h"
#include "common/contract/envelope.h"

namespace holeshot::central_app {
namespace {

class CentralTest : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove_all(data_); }
  void TearDown() override {
    central_.reset();
    std::filesystem::remove_all(data_);
  }
  void start() {
    CentralOptions options;
    options.data = data_;
    options.demo = true;
    auto started = Central::start(options, clock_);
    ASSERT_TRUE(started) << started.error().text();
    central_ = std::move(*started);
  }
  httplib::Client client() { return httplib::Client("http://" + central_->http_address()); }
  static std::string batch(std::uint64_t seq) {
    contract::Envelope envelope{
        .event_id = "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        .track_id = contract::TrackId::parse("zolder", "track").value(),
        .client_id = contract::ClientId::parse("laptop", "client").value(),
        .boot_id = contract::BootId::parse("boot", "boot").value(),
        .seq = seq,
        .captured_at_us = 1,
        .message_type = "STATUS",
        .payload = R"({"decoder_id":"D0000C01","message_type":"STATUS","noise":40,"raw":"8e8f"})"};
    std::string text;
    contract::append_envelope(text, envelope);
    const std::string_view one = text;
    return contract::batch_body(envelope.track_id, {&one, 1});
  }

  base::SystemClock clock_;
  const std::string data_ = ::testing::TempDir() + "central_test." + std::to_string(::getpid());
  std::unique_ptr<Central> central_;
};

TEST_F(CentralTest, TakesABatchKeepsItOverARestartAndKnowsItAgain) {
  start();
  const auto first = client().Post("/api/ingest/batch", batch(1), "application/json");
  ASSERT_TRUE(first);
  EXPECT_EQ(contract::parse_reply(first->body)->accepted, 1U);
  central_.reset();
  start();
  const auto again = client().Post("/api/ingest/batch", batch(1), "application/json");
  ASSERT_TRUE(again);
  EXPECT_EQ(contract::parse_reply(again->body)->duplicates, 1U);
}

TEST_F(CentralTest, AnswersHealthReadyConfigAndMetrics) {
  start();
  EXPECT_EQ(client().Get("/health")->status, 200);
  EXPECT_EQ(client().Get("/ready")->status, 200);
  const auto config = client().Get("/race/config");
  EXPECT_NE(config->body.find("\"live_url\":null"), std::string::npos);
  const auto port = central_->live_address().substr(central_->live_address().rfind(':') + 1);
  EXPECT_NE(config->body.find("\"live_port\":" + port), std::string::npos);
  ASSERT_TRUE(client().Post("/api/ingest/batch", batch(1), "application/json"));
  const auto metrics = client().Get("/metrics");
  EXPECT_NE(metrics->body.find("holeshot_log_last_offset 1"), std::string::npos) << metrics->body;
  EXPECT_NE(metrics->body.find("holeshot_live_clients 0"), std::string::npos);
}

TEST_F(CentralTest, TellsTheServiceManagerThatItLivesAndWhatItHolds) {
  start();
  EXPECT_TRUE(central_->healthy());
  ASSERT_TRUE(client().Post("/api/ingest/batch", batch(1), "application/json"));
  EXPECT_EQ(central_->summary().find("1 events in the log, "), 0U) << central_->summary();
  EXPECT_NE(central_->summary().find(central_->live_address()), std::string::npos);
}

TEST_F(CentralTest, ShowsWhoeverConsumesTheLogAndHowFarHeIs) {
  start();
  ASSERT_TRUE(client().Post("/api/ingest/batch", batch(1), "application/json"));
  std::string shown;
  for (int i = 0; i < 2000 && shown.find("\"deliveries\":1") == std::string::npos; ++i) {
    shown = client().Get("/api/workers")->body;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  EXPECT_NE(shown.find(R"("kind":"projection")"), std::string::npos) << shown;
  EXPECT_NE(shown.find(R"("kind":"race","lag":0)"), std::string::npos) << shown;
  EXPECT_NE(shown.find(R"("state":"live","track_id":"zolder")"), std::string::npos) << shown;
  const auto metrics = client().Get("/metrics")->body;
  EXPECT_NE(metrics.find(R"(holeshot_worker_lag_events{kind="race",track="zolder"} 0)"), std::string::npos);
  EXPECT_NE(metrics.find(R"(holeshot_worker_deliveries_total{kind="race",track="zolder"} 1)"),
            std::string::npos);
}

TEST_F(CentralTest, ASecondOneOnTheSameDataIsRefusedWithWords) {
  start();
  CentralOptions options;
  options.data = data_;
  const auto second = Central::start(options, clock_);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().text().find(data_), std::string::npos) << second.error().text();
}

TEST_F(CentralTest, ATakenPortAndAnImpossibleFolderAreNamed) {
  start();
  CentralOptions options;
  options.data = data_ + ".other";
  options.http = parse_address(central_->http_address(), "http").value();
  const auto taken = Central::start(options, clock_);
  ASSERT_FALSE(taken);
  EXPECT_NE(taken.error().text().find(central_->http_address()), std::string::npos) << taken.error().text();
  std::filesystem::remove_all(options.data);
  options.data = "/proc/holeshot";
  EXPECT_FALSE(Central::start(options, clock_));
}

}  // namespace
}  // namespace holeshot::central_app
