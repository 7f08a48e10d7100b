#include "gateway/upload/heartbeat.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>
#include <vector>

#include "common/base/worker.h"
#include "common/contract/problem.h"

namespace holeshot::upload {
namespace {

using contract::Lamp;
using std::chrono::microseconds;
using std::chrono::seconds;

constexpr std::uint64_t kNow = 1'760'000'000'000'000;
constexpr std::uint64_t kSecond = 1'000'000;

class Central final : public HttpTransport {
 public:
  HttpResult<HttpResponse> post(const HttpRequest& request, const std::stop_token& /*stop*/) override {
    requests.push_back(request);
    return answer;
  }
  std::vector<HttpRequest> requests;
  HttpResult<HttpResponse> answer{
      HttpResponse{.status = 200, .body = contract::heartbeat_reply_body(kNow + 60 * kSecond)}};
};

class HeartbeatTest : public testing::Test {
 protected:
  static contract::Heartbeat well() {
    contract::Heartbeat how;
    how.track = base::value_or_die(contract::TrackId::parse("hill", "t"));
    how.client = base::value_or_die(contract::ClientId::parse("laptop", "c"));
    how.boot = base::value_or_die(contract::BootId::parse("BOOT1", "b"));
    how.sentence = "all is well";
    return how;
  }
  HeartbeatOptions options() const {
    return {.central = "http://central/", .client = how_.client, .key = key_};
  }
  microseconds step() { return heartbeat_.step({}); }
  std::size_t posts() const { return central_.requests.size(); }

  base::ManualClock clock_{kNow};
  contract::UlidMaker ulids_{clock_, 1};
  CentralClock central_clock_{clock_};
  Central central_;
  contract::Heartbeat how_ = well();
  std::shared_ptr<const contract::SigningKey> key_ = std::make_shared<const contract::SigningKey>(
      base::value_or_die(contract::parse_key("k1:000102030405060708090a0b0c0d0e0f")));
  Heartbeat heartbeat_{central_, clock_, central_clock_, ulids_, [this] { return how_; }, options()};
};

TEST_F(HeartbeatTest, BeatsAtOnceAndThenEveryTenSecondsWhateverTheWallClockDoes) {
  step();
  EXPECT_EQ(posts(), 1U);
  for (std::uint64_t second = 1; second <= 100; ++second) {
    clock_.advance_us(kSecond);
    if (second % 7 == 0) clock_.set_wall_us(kNow + (second % 2) * 86'400 * kSecond);
    EXPECT_LE(step(), seconds{1});
  }
  EXPECT_EQ(posts(), 11U);
  EXPECT_EQ(heartbeat_.sent(), 11U);
}

TEST_F(HeartbeatTest, BeatsAtOnceWhenALampChangesAndNotForAnythingElse) {
  step();
  how_.sentence = "another sentence";
  how_.spool.pending = 7;
  step();
  EXPECT_EQ(posts(), 1U);
  how_.lamps.disk = Lamp::kRed;
  step();
  EXPECT_EQ(posts(), 2U);
  const auto told = base::value_or_die(contract::parse_heartbeat(central_.requests.back().body));
  EXPECT_EQ(told, how_);
  step();
  EXPECT_EQ(posts(), 2U);
}

TEST_F(HeartbeatTest, IsSignedForItselfAndForNoBatch) {
  step();
  const HttpRequest& request = central_.requests.at(0);
  EXPECT_EQ(request.url, "http://central/api/ingest/heartbeat");
  std::map<std::string, std::string> headers(request.headers.begin(), request.headers.end());
  const auto read = base::value_or_die(contract::parse_signature_headers(
      headers["X-Holeshot-Kid"], headers["X-Holeshot-Client"], headers["X-Holeshot-Txn"],
      headers["X-Holeshot-Ts"], headers["X-Holeshot-Sig"]));
  contract::SignedParts parts{.type = std::string{contract::kSignedHeartbeat},
                              .track = "hill",
                              .client = read.client,
                              .txn = read.txn,
                              .ts_ms = read.ts_ms};
  EXPECT_TRUE(contract::verify_body(key_->secret, parts, request.body, read.sig));
  parts.type = contract::kSignedBatch;
  EXPECT_FALSE(contract::verify_body(key_->secret, parts, request.body, read.sig));
}

TEST_F(HeartbeatTest, LearnsCentralsTimeFromItsAnswersAndFromItsRefusals) {
  step();
  EXPECT_EQ(central_clock_.offset_us(), 60 * static_cast<std::int64_t>(kSecond));
  central_.answer = HttpResponse{
      .status = 401,
      .body = contract::problem_body(
          {.status = 401, .code = "clock_skew", .title = "T", .server_time_us = kNow + 3'610 * kSecond})};
  clock_.advance_us(10 * kSecond);
  step();
  EXPECT_EQ(central_clock_.offset_us(), 3'600 * static_cast<std::int64_t>(kSecond));
  EXPECT_EQ(heartbeat_.sent(), 1U);
}

TEST_F(HeartbeatTest, ThatFailsIsNotRepeatedBeforeItsTime) {
  const std::vector<HttpResult<HttpResponse>> answers{
      HttpResponse{.status = 404}, HttpResponse{.status = 200, .body = "<html>"},
      HttpResponse{.status = 200, .body = "{}"}, std::unexpected(HttpFailure{})};
  for (const auto& answer : answers) {
    central_.answer = answer;
    const std::size_t before = posts();
    step();
    step();
    EXPECT_EQ(posts(), before + 1);
    clock_.advance_us(10 * kSecond);
  }
  EXPECT_EQ(heartbeat_.sent(), 0U);
}

TEST_F(HeartbeatTest, RunningItIsWokenByAPokeAndStopsWhenAsked) {
  HeartbeatOptions rare = options();
  rare.every = std::chrono::hours{1};
  rare.look_every = std::chrono::hours{1};
  std::atomic<Lamp> lamp{Lamp::kGreen};
  Heartbeat heartbeat(
      central_, clock_, central_clock_, ulids_,
      [&] {
        contract::Heartbeat how = how_;
        how.lamps.central = lamp;
        return how;
      },
      rare);
  base::Worker worker("heartbeat", [&](const std::stop_token& stop) { heartbeat.run(stop); });
  while (heartbeat.sent() < 1) std::this_thread::yield();  // ctest bounds it
  lamp = Lamp::kRed;
  heartbeat.poke();
  while (heartbeat.sent() < 2) std::this_thread::yield();
  worker.request_stop();
  worker.join();
  EXPECT_EQ(posts(), 2U);
}

}  // namespace
}  // namespace holeshot::upload
