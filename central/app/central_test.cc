// The whole of central in one process: what only the wiring can get wrong.
#include "central/app/central.h"

#include <gtest/gtest.h>
#include <httplib.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "central/live/ws_client.h"
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
  void start(LiveLimits limits = {}) {
    CentralOptions options;
    options.data = data_;
    options.live_limits = std::move(limits);
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

  std::unique_ptr<live::WsClient> watch(const std::string& more = {}) {
    const auto address = parse_address(central_->live_address(), "live").value();
    return base::value_or_die(
        live::WsClient::connect(address.host, address.port, "/ws/v1/live?track_id=zolder" + more));
  }

  // Far longer than anything takes.
  static constexpr std::chrono::milliseconds kPatience{20'000};
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

TEST_F(CentralTest, ShowsWhoWatchesAndSendsThemAwayOnTheRecord) {
  start();
  const auto viewer = watch();
  ASSERT_TRUE(viewer->next_text(kPatience));
  const auto all = nlohmann::json::parse(client().Get("/api/admin/live?track_id=zolder")->body);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0]["transport"], "websocket");
  EXPECT_EQ(all[0]["address"], "127.0.0.1");
  const std::string one = "/api/admin/live/" + all[0]["client_id"].get<std::string>();
  EXPECT_EQ(client().Get(one)->status, 200);
  const auto kicked = client().Post(one + "/kick", R"({"reason":"filming the judges"})", "application/json");
  EXPECT_EQ(kicked->status, 200) << kicked->body;
  const auto told = nlohmann::json::parse(base::value_or_die(viewer->next_text(kPatience)));
  EXPECT_EQ(told["payload"]["code"], "kicked");
  const auto closed = viewer->next(kPatience);
  ASSERT_TRUE(closed);
  EXPECT_EQ(closed->close_code, 1008);
  std::string audit;
  // Each question is a round trip over the network, so this does not spin.
  for (int i = 0; i < 20'000 && audit.find("filming") == std::string::npos; ++i)
    audit = client().Get("/api/audit?kind=viewer")->body;
  EXPECT_NE(audit.find(R"("action":"kick")"), std::string::npos) << audit;
  EXPECT_EQ(client().Post(one + "/kick", R"({"reason":"x"})", "application/json")->status, 404);
}

TEST_F(CentralTest, TokensDecideWhoWatchesOnBothListeners) {
  std::filesystem::create_directories(data_);
  const std::string tokens = data_ + "/live.tokens";
  std::ofstream(tokens) << "public-2026-0123456789 viewer zolder\n";
  std::filesystem::permissions(tokens, std::filesystem::perms::owner_read);
  start({.tokens = tokens, .trusted_proxies = {}, .admission = {}});
  const auto stranger = watch();
  EXPECT_NE(base::value_or_die(stranger->next_text(kPatience)).find("not_authenticated"), std::string::npos);
  EXPECT_EQ(stranger->next(kPatience)->close_code, 4401);
  const auto guest = watch("&token=public-2026-0123456789");
  EXPECT_NE(base::value_or_die(guest->next_text(kPatience)).find("\"snapshot\""), std::string::npos);
  EXPECT_EQ(client().Get("/race/catchup?track_id=zolder&since_seq=0")->status, 401);
  EXPECT_EQ(client().Get("/race/catchup?track_id=spa&since_seq=0&token=public-2026-0123456789")->status, 403);
  std::filesystem::permissions(tokens,
                               std::filesystem::perms::owner_read | std::filesystem::perms::others_read);
  central_.reset();
  CentralOptions options;
  options.data = data_;
  options.live_limits.tokens = tokens;
  const auto open_to_all = Central::start(options, clock_);
  ASSERT_FALSE(open_to_all);
  EXPECT_NE(open_to_all.error().text().find("chmod 600"), std::string::npos) << open_to_all.error().text();
}

TEST_F(CentralTest, CatchesUpAndCountsWhoWasTurnedAway) {
  start({.tokens = {}, .trusted_proxies = {}, .admission = {.viewers_per_address = 1}});
  EXPECT_EQ(client().Get("/race/catchup?track_id=zolder&since_seq=0")->status, 404) << "nothing was said yet";
  EXPECT_EQ(client().Get("/race/catchup?track_id=zolder&since_seq=0")->status, 429);
  const auto viewer = watch();
  ASSERT_TRUE(viewer->next_text(kPatience));
  const auto address = parse_address(central_->live_address(), "live").value();
  EXPECT_FALSE(live::WsClient::connect(address.host, address.port, "/ws/v1/live?track_id=zolder"));
  const auto metrics = client().Get("/metrics")->body;
  EXPECT_NE(metrics.find(R"(holeshot_live_turned_away_total{code="too_many_of_address"} 1)"),
            std::string::npos)
      << metrics;
  const auto races = client().Get("/race/metrics");
  EXPECT_EQ(races->status, 200);
  EXPECT_EQ(races->body.find(R"({"races":[)"), 0U) << races->body;
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
