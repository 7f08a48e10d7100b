// Envelopes that central cannot take, in one backlog with others: which arrive, which are set aside, and that an outage
// is never taken for an envelope's fault.
#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "gateway/upload/uploader_test_kit.h"

namespace holeshot::upload {
namespace {

class UploaderHuntTest : public UploaderTest {
 protected:
  UploaderHuntTest() { rewire({}); }
  void rewire(UploadOptions options) {
    options.central = "http://central";
    options.client = base::value_or_die(contract::ClientId::parse("laptop", "c"));
    uploader_ = std::make_unique<Uploader>(*spool_, central_, clock_, ulids_, options);
  }
  // Steps as run() does, with the pauses taken by hand; returns how long they were together.
  microseconds drive(int steps) {
    microseconds paused{0};
    for (int i = 0; i < steps; ++i) {
      const NextStep next = step();
      if (next.kind == Kind::kWaitForData) break;
      clock_.advance_us(static_cast<std::uint64_t>(next.pause.count()));
      paused += next.pause;
    }
    return paused;
  }
  // All seqs from 1 to `count` but those.
  static std::vector<std::uint64_t> all_but(std::uint64_t count, const std::set<std::uint64_t>& missing) {
    std::vector<std::uint64_t> seqs;
    for (std::uint64_t seq = 1; seq <= count; ++seq) {
      if (!missing.contains(seq)) seqs.push_back(seq);
    }
    return seqs;
  }
  RememberingCentral central_;
};

TEST_F(UploaderHuntTest, SeveralPoisonedEventsOfEachKindLeaveAllOthersInOrder) {
  capture(1'000);
  central_.poison = {{1, 400},   {2, 500},   {3, 500},   {250, 413},
                     {499, 500}, {500, 400}, {501, 501}, {999, 500}};
  std::set<std::uint64_t> bad;
  for (const auto& [seq, status] : central_.poison) bad.insert(seq);
  drive(2'000);
  EXPECT_EQ(pending(), 0U);
  EXPECT_EQ(quarantined(), bad.size());
  std::vector<std::uint64_t> arrived = central_.log;
  std::sort(arrived.begin(), arrived.end());
  EXPECT_EQ(arrived, all_but(1'000, bad)) << "each once, and none missing";
  EXPECT_EQ(central_.log, arrived) << "and in order";
  EXPECT_EQ(status().set_aside, 5U);
  EXPECT_EQ(status().rejected, 3U);
  EXPECT_EQ(status().reason, Reason::kOk);
}

TEST_F(UploaderHuntTest, ACulpritHoldsUpItsNeighboursForAMinuteOrSoAndNotForEver) {
  capture(100);
  central_.poison = {{40, 500}};
  const microseconds paused = drive(1'000);
  EXPECT_EQ(pending(), 0U);
  EXPECT_LT(paused, std::chrono::minutes{3});
}

TEST_F(UploaderHuntTest, TheLastEventIsTriedForEverBecauseNobodyWaitsBehindIt) {
  capture(5);
  central_.poison = {{5, 500}};
  drive(500);
  EXPECT_EQ(pending(), 1U);
  EXPECT_EQ(quarantined(), 0U);
  capture(1);
  drive(500);
  EXPECT_EQ(pending(), 0U);
  EXPECT_EQ(central_.log, all_but(6, {5}));
  EXPECT_EQ(quarantined(), 1U);
}

TEST_F(UploaderHuntTest, ALongOutageThatAnswers500SetsNobodyAsideAndKeepsTheOrder) {
  capture(300);
  bool out = true;
  central_.before = [&](const HttpRequest& /*request*/) -> std::optional<HttpResult<HttpResponse>> {
    if (out) return problem(500, "broken");
    return std::nullopt;
  };
  const microseconds paused = drive(5'000);
  EXPECT_GT(paused, std::chrono::hours{12});
  EXPECT_EQ(pending(), 300U);
  EXPECT_EQ(quarantined(), 0U);
  EXPECT_EQ(status().reason, Reason::kServerError);
  out = false;
  // The first to be asked when it ends may be a neighbour: then that one is there before the culprit, once.
  drive(100);
  EXPECT_EQ(pending(), 0U);
  EXPECT_EQ(quarantined(), 0U);
  EXPECT_EQ(central_.log.size(), 300U);
}

TEST_F(UploaderHuntTest, ACentralThatFailsByChanceCondemnsNobody) {
  std::mt19937 random(5);
  central_.before = [&](const HttpRequest& /*request*/) -> std::optional<HttpResult<HttpResponse>> {
    if (random() % 3 == 0) return problem(500, "now and then");
    return std::nullopt;
  };
  capture(2'000);
  drive(20'000);
  EXPECT_EQ(pending(), 0U);
  EXPECT_EQ(quarantined(), 0U);
  EXPECT_EQ(central_.log.size(), 2'000U);
}

TEST_F(UploaderHuntTest, WhatAProxySaysIsNeverAnEnvelopesFault) {
  capture(3);
  for (const int status_code : {502, 503, 504}) {
    central_.poison = {{1, status_code}};
    drive(200);
    EXPECT_EQ(pending(), 3U);
    EXPECT_EQ(quarantined(), 0U);
  }
}

TEST_F(UploaderHuntTest, WhatIsSetAsideSaysWhyInTheQuarantine) {
  capture(2);
  central_.poison = {{1, 500}};
  drive(500);
  ASSERT_EQ(quarantined(), 1U);
  EXPECT_EQ(status().set_aside, 1U);
  EXPECT_EQ(central_.log, (std::vector<std::uint64_t>{2}));
}

TEST_F(UploaderHuntTest, OnALineSoSlowThatOnlySmallBatchesGetThroughEverythingGetsThrough) {
  capture(1'000);
  central_.before = [](const HttpRequest& request) -> std::optional<HttpResult<HttpResponse>> {
    if (RememberingCentral::seqs_in(request.body).size() <= 20) return std::nullopt;
    return std::unexpected(failure(Code::kRetry, Reason::kTimeout, "no answer in 20 s"));
  };
  drive(1'000);
  EXPECT_EQ(pending(), 0U);
  EXPECT_EQ(central_.log, all_but(1'000, {}));
}

TEST_F(UploaderHuntTest, BacklogKeepsToItsRateAndLiveDataDoesNotWait) {
  capture(5'000);
  rewire({.drain_bytes_per_s = 10'000});  // what was there at its start is backlog
  std::uint64_t sent = 0;
  central_.before = [&](const HttpRequest& request) -> std::optional<HttpResult<HttpResponse>> {
    HttpResponse taken = central_.take(request.body);
    taken.sent_bytes = 25'000;
    sent += taken.sent_bytes;
    return taken;
  };
  const microseconds paused = drive(1'000);
  EXPECT_EQ(pending(), 0U);
  EXPECT_EQ(central_.log, all_but(5'000, {}));
  // Ten batches are 250 KB: 40 KB at once, the last is not waited for, the rest at 10 KB/s.
  EXPECT_GE(paused, seconds{18});
  EXPECT_LE(paused, seconds{25});
  for (int i = 0; i < 50; ++i) {
    capture(100);
    EXPECT_EQ(drive(10), microseconds{0}) << "live";
  }
}

TEST_F(UploaderHuntTest, AFlushDoesNotWaitForTheRate) {
  capture(1'000);
  rewire({.drain_bytes_per_s = 1});
  central_.before = [&](const HttpRequest& request) -> std::optional<HttpResult<HttpResponse>> {
    HttpResponse taken = central_.take(request.body);
    taken.sent_bytes = 1'000'000;
    return taken;
  };
  EXPECT_EQ(step(), kAgain);
  EXPECT_GT(step().pause, std::chrono::hours{1});
  base::Worker worker("uploader", [&](const std::stop_token& stop) { uploader_->run(stop); });
  uploader_->flush();
  while (uploader_->status().acknowledged < 1'000) std::this_thread::yield();  // ctest bounds it
  worker.request_stop();
  worker.join();
}

}  // namespace
}  // namespace holeshot::upload
