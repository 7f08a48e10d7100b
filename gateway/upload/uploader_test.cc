#include "gateway/upload/uploader.h"

#include <gtest/gtest.h>

#include <thread>

#include "common/base/worker.h"
#include "common/contract/canonical_json.h"
#include "gateway/upload/uploader_test_kit.h"

namespace holeshot::upload {
namespace {

TEST_F(UploaderTest, WithNothingToSendItWaitsForDataAndAsksNobody) {
  EXPECT_EQ(step().kind, Kind::kWaitForData);
  EXPECT_TRUE(transport_.requests.empty());
  EXPECT_EQ(status().state, UploadState::kIdle);
}

TEST_F(UploaderTest, A200WithOurReplyAcknowledgesTheBatch) {
  capture(3);
  transport_.say(accepted(2, 1));
  EXPECT_EQ(step(), kAgain);
  EXPECT_EQ(transport_.requests.at(0).url, "http://central:8080/api/ingest/batch");
  EXPECT_EQ(base::value_or_die(contract::canonicalize(transport_.requests[0].body)),
            transport_.requests[0].body);
  EXPECT_EQ(pending(), 0U);
  EXPECT_EQ(status().last_ack_us, kNow);
  EXPECT_EQ(status().acknowledged, 3U);
  EXPECT_EQ(status().duplicates, 1U);
  EXPECT_EQ(status().clock_offset_us, 250);
  EXPECT_EQ(step().kind, Kind::kWaitForData);
  EXPECT_EQ(status().state, UploadState::kIdle);
}

TEST_F(UploaderTest, RejectedEventsGoToTheQuarantineAndTheirNeighboursArePassed) {
  capture(3);
  transport_.say(accepted(2, 0, {{1, "hill:laptop:BOOT1:2", "conflict", "other bytes"}}));
  EXPECT_EQ(step(), kAgain);
  const auto stats = base::value_or_die(spool_->stats());
  EXPECT_EQ(stats.pending, 0U);
  EXPECT_EQ(stats.acked, 2U);
  EXPECT_EQ(stats.quarantined, 1U);
  EXPECT_EQ(status().rejected, 1U);
}

TEST_F(UploaderTest, A200ThatIsNotOursIsAnAlarmAndTheBatchStays) {
  capture(2);
  transport_.say(answer(200, "<html>Welcome to the venue's Wi-Fi</html>"));
  EXPECT_EQ(step().kind, Kind::kPause);
  EXPECT_EQ(status().state, UploadState::kAlarm);
  EXPECT_NE(status().last_error.find("login"), std::string::npos);
  expect_same_batch_again(2);
}

TEST_F(UploaderTest, A200WhoseNumbersDoNotAddUpIsAFailure) {
  capture(2);
  const std::vector<HttpResponse> liars{
      accepted(1),
      accepted(3),
      accepted(2, 1),
      accepted(1, 0, {{2, "k", "c", "d"}}),
      accepted(0, 0, {{0, "k", "c", "d"}, {0, "k", "c", "d"}}),
      answer(200, R"({"accepted":18446744073709551615,"duplicates":3,"rejected":[],"server_time_us":1})")};
  for (const auto& liar : liars) {
    transport_.say(liar);
    EXPECT_EQ(step().kind, Kind::kPause) << liar.body;
    EXPECT_EQ(pending(), 2U);
  }
  EXPECT_EQ(status().consecutive_failures, liars.size());
  expect_same_batch_again(2);
}

TEST_F(UploaderTest, NewDataDoesNotChangeABatchThatIsTriedAgain) {
  capture(1);
  transport_.say(answer(500));
  EXPECT_EQ(step().kind, Kind::kPause);
  capture(1);
  transport_.say(accepted(1));
  EXPECT_EQ(step(), kAgain);
  EXPECT_EQ(transport_.requests[0].body, transport_.requests[1].body);
  EXPECT_EQ(transport_.txn(0), transport_.txn(1));
  EXPECT_EQ(pending(), 1U);
}

// 400 and 413, five events, the fourth is the culprit: the halves find it, it is dead-lettered, all others arrive.
class UploaderHalvingTest : public UploaderTest, public testing::WithParamInterface<int> {};

TEST_P(UploaderHalvingTest, FindsTheCulpritAndLetsItsNeighboursPass) {
  capture(5);
  const auto bad = [&] { transport_.say(problem(GetParam(), "too_bad")); };
  bad();  // 1 2 3 4 5
  EXPECT_EQ(step(), kAgain);
  transport_.say(accepted(2));  // 1 2
  EXPECT_EQ(step(), kAgain);
  bad();  // 3 4 5
  EXPECT_EQ(step(), kAgain);
  transport_.say(accepted(1));  // 3
  EXPECT_EQ(step(), kAgain);
  bad();  // 4 5
  EXPECT_EQ(step(), kAgain);
  bad();  // 4
  EXPECT_EQ(step(), kAgain);
  EXPECT_EQ(quarantined(), 1U);
  transport_.say(accepted(1));  // 5
  EXPECT_EQ(step(), kAgain);
  EXPECT_EQ(pending(), 0U);
  EXPECT_EQ(base::value_or_die(spool_->stats()).acked, 4U);
  const std::vector<std::size_t> sizes{5, 2, 3, 1, 2, 1, 1};
  for (std::size_t i = 0; i < sizes.size(); ++i) EXPECT_EQ(transport_.events_in(i), sizes[i]) << i;
  EXPECT_NE(transport_.txn(0), transport_.txn(1)) << "another batch, another transaction";
}
INSTANTIATE_TEST_SUITE_P(Statuses, UploaderHalvingTest, testing::Values(400, 413));

TEST_F(UploaderTest, AProxysOwn413NeverCondemnsAnEnvelope) {
  capture(1);
  transport_.say(answer(413, "<html>nginx</html>"));
  EXPECT_EQ(step().pause, seconds{30});
  EXPECT_EQ(status().state, UploadState::kAlarm);
  expect_same_batch_again(1);
}

TEST_F(UploaderTest, ACentralOfAnotherContractCondemnsNothing) {
  capture(1);
  transport_.say(problem(400, "unsupported_contract"));
  EXPECT_EQ(step().kind, Kind::kPause);
  expect_same_batch_again(1);
}

TEST_F(UploaderTest, A401CorrectsTheClockOnceAndThenRaisesTheAlarm) {
  capture(1);
  transport_.say(problem(401, "clock_skew", kNow + 3'600'000'000));
  EXPECT_EQ(step(), kAgain);
  EXPECT_EQ(status().clock_offset_us, 3'600'000'000);
  EXPECT_NE(status().state, UploadState::kAlarm);
  transport_.say(problem(401, "clock_skew", kNow + 3'600'000'000));
  EXPECT_EQ(step(), (NextStep{.kind = Kind::kPause, .pause = seconds{30}}));
  EXPECT_EQ(status().state, UploadState::kAlarm);
  EXPECT_NE(transport_.txn(0), transport_.txn(1));
  expect_same_batch_again(1);
}

TEST_F(UploaderTest, A403IsAnAlarmAndRetriedSlowly) {
  capture(1);
  transport_.say(problem(403, "wrong_track"));
  EXPECT_EQ(step(), (NextStep{.kind = Kind::kPause, .pause = seconds{30}}));
  EXPECT_EQ(status().state, UploadState::kAlarm);
  EXPECT_EQ(status().last_error, "central answered 403: because of wrong_track");
  expect_same_batch_again(1);
}

TEST_F(UploaderTest, WhatNoRowNamesIsAnAlarmToo) {
  capture(1);
  for (const int status_code : {302, 404, 405, 204}) {
    transport_.say(answer(status_code));
    EXPECT_EQ(step().pause, seconds{30}) << status_code;
    EXPECT_EQ(status().state, UploadState::kAlarm);
  }
  expect_same_batch_again(1);
}

TEST_F(UploaderTest, A409IsTriedAtOnceWithAnotherTransactionAndThenWithPauses) {
  capture(1);
  transport_.say(problem(409, "txn_conflict"));
  EXPECT_EQ(step(), kAgain);
  transport_.say(problem(409, "txn_conflict"));
  EXPECT_EQ(step().kind, Kind::kPause);
  EXPECT_NE(transport_.txn(0), transport_.txn(1));
  expect_same_batch_again(1);
  EXPECT_NE(transport_.txn(1), transport_.txn(2));
}

class UploaderRetryAfterTest : public UploaderTest, public testing::WithParamInterface<int> {};

TEST_P(UploaderRetryAfterTest, WaitsAsToldPlusJitter) {
  capture(1);
  transport_.say(answer(GetParam(), "", "8"));
  NextStep next = step();
  EXPECT_GE(next.pause, seconds{8});
  EXPECT_LE(next.pause, seconds{10});
  EXPECT_EQ(status().state, UploadState::kRetrying);
  transport_.say(answer(GetParam()));
  next = step();
  EXPECT_GE(next.pause, seconds{5});
  EXPECT_LE(next.pause, microseconds{6'250'000});
  expect_same_batch_again(1);
}
INSTANTIATE_TEST_SUITE_P(Statuses, UploaderRetryAfterTest, testing::Values(429, 503));

TEST_F(UploaderTest, OtherServerErrorsAndSilenceBackOffWithinTheirBoundsForEver) {
  capture(1);
  microseconds ceiling{500'000};
  for (int i = 0; i < 40; ++i) {
    if (i % 2 == 0) {
      transport_.say(answer(500 + 2 * (i % 3)));  // 500, 502, 504
    } else {
      transport_.say_error(Code::kRetry, "post: connection reset");
    }
    const NextStep next = step();
    EXPECT_EQ(next.kind, Kind::kPause);
    EXPECT_GE(next.pause, microseconds{0});
    EXPECT_LE(next.pause, ceiling);
    ceiling = std::min<microseconds>(ceiling * 2, seconds{30});
  }
  EXPECT_EQ(status().consecutive_failures, 40U);
  EXPECT_EQ(status().last_error, "post: connection reset");
  expect_same_batch_again(1);
}

TEST_F(UploaderTest, BatchesEndAtTheirCountAndAtTheirBytes) {
  restart({.batch_events = 2});
  capture(5);
  for (const std::size_t count : {2U, 2U, 1U}) {
    transport_.say(accepted(count));
    EXPECT_EQ(step(), kAgain);
  }
  const std::size_t limit = 1'000;
  restart({.batch_bytes = limit});
  capture(20);
  while (pending() > 0) {
    const std::uint64_t before = pending();
    // The script must know the size: what fits is counted from the request itself.
    transport_.say_error(Code::kRetry, "look");
    EXPECT_EQ(step().kind, Kind::kPause);
    const std::size_t events = transport_.events_in(transport_.requests.size() - 1);
    EXPECT_LE(transport_.requests.back().body.size(), limit);
    EXPECT_GT(events, 1U);
    transport_.say(accepted(events));
    EXPECT_EQ(step(), kAgain);
    EXPECT_EQ(pending(), before - events);
  }
}

TEST_F(UploaderTest, AFailureIsSaidAtOnceThenEveryHalfMinuteAndItsEndOnce) {
  FailureLog log(clock_);
  EXPECT_FALSE(log.succeeded());
  EXPECT_TRUE(log.failed("no network"));
  EXPECT_FALSE(log.failed("no network"));
  clock_.advance_us(FailureLog::kEveryUs - 1);
  EXPECT_FALSE(log.failed("no network"));
  clock_.advance_us(1);
  EXPECT_TRUE(log.failed("no network"));
  EXPECT_TRUE(log.succeeded());
  EXPECT_FALSE(log.succeeded());
  EXPECT_TRUE(log.failed("no network"));
}

// Answers everything with 200 for as many events as were sent.
class AgreeingTransport final : public HttpTransport {
 public:
  HttpResult<HttpResponse> post(const HttpRequest& request, const std::stop_token& /*stop*/) override {
    std::size_t count = 0;
    for (std::size_t at = request.body.find("\"seq\":"); at != std::string::npos;
         at = request.body.find("\"seq\":", at + 1))
      ++count;
    return accepted(count);
  }
};

TEST_F(UploaderTest, RunningItIsWokenByNewDataAndStopsWhenAsked) {
  AgreeingTransport agreeing;
  UploadOptions options;
  options.central = "http://central";
  Uploader uploader(*spool_, agreeing, clock_, ulids_, options);
  base::Worker worker("uploader", [&](const std::stop_token& stop) { uploader.run(stop); });
  for (std::uint64_t sent = 1; sent <= 20; ++sent) {
    capture(1);
    while (uploader.status().acknowledged < sent) std::this_thread::yield();  // ctest bounds it
  }
  worker.request_stop();
  worker.join();
  EXPECT_EQ(pending(), 0U);
}

TEST_F(UploaderTest, APauseEndsWithTheProgram) {
  capture(1);
  transport_.say(answer(403));
  base::Worker worker("uploader", [&](const std::stop_token& stop) { uploader_->run(stop); });
  while (status().state != UploadState::kAlarm) std::this_thread::yield();
  worker.request_stop();
  worker.join();  // the pause is 30 s, ctest's limit for this test is shorter than a hang
  EXPECT_EQ(transport_.requests.size(), 1U);
}

TEST_F(UploaderTest, TheStatusSaysWhenItTriedAndWhenItWasTakenByAClockThatNobodySets) {
  capture(1);
  EXPECT_EQ(status().try_age_us, std::nullopt);
  transport_.say(problem(503, "storage_full"));
  EXPECT_EQ(step().kind, Kind::kPause);
  EXPECT_EQ(status().reason, Reason::kTooBusy);
  EXPECT_EQ(status().last_try_us, kNow);
  EXPECT_EQ(status().ack_age_us, std::nullopt);
  clock_.advance_us(3'000'000);
  clock_.set_wall_us(kNow - 86'400'000'000);
  EXPECT_EQ(status().try_age_us, 3'000'000U);
  transport_.say(accepted(1));
  EXPECT_EQ(step(), kAgain);
  clock_.set_wall_us(kNow + 86'400'000'000);
  clock_.advance_us(1'000'000);
  EXPECT_EQ(status().ack_age_us, 1'000'000U);
  EXPECT_EQ(status().reason, Reason::kOk);
  EXPECT_EQ(status().action, "");
}

TEST_F(UploaderTest, ALoginPageIsAnAlarmWithItsAddressAndRetriedAtTheUsualPace) {
  capture(2);
  transport_.say(
      {.status = 302, .content_type = "text/html", .location = "http://login.venue/", .body = "<html>"});
  EXPECT_LE(step().pause, microseconds{500'000});
  EXPECT_EQ(status().state, UploadState::kAlarm);
  EXPECT_EQ(status().reason, Reason::kPortal);
  EXPECT_NE(status().action.find("open http://login.venue/ in a browser"), std::string::npos);
  transport_.say({.status = 511, .content_type = "text/html", .body = "<html>"});
  EXPECT_LE(step().pause, microseconds{1'000'000});
  EXPECT_EQ(status().reason, Reason::kPortal);
  expect_same_batch_again(2);
}

TEST_F(UploaderTest, ACertificateThatTheClockMakesInvalidIsAnAlarmAboutTheClock) {
  capture(1);
  transport_.say_error(Code::kDenied, "central's certificate is not valid yet", Reason::kTlsClock);
  EXPECT_LE(step().pause, microseconds{500'000});
  EXPECT_EQ(status().state, UploadState::kAlarm);
  EXPECT_EQ(status().reason, Reason::kTlsClock);
  EXPECT_NE(status().last_error.find("this machine's clock says 2025-10-09 08:53 UTC"), std::string::npos);
  expect_same_batch_again(1);
}

TEST_F(UploaderTest, CentralsTimeIsLearntFromErrorsTooAndAWrongClockIsSaid) {
  capture(1);
  transport_.say(problem(500, "broken", kNow + 3 * 3'600'000'000));
  EXPECT_EQ(step().kind, Kind::kPause);
  EXPECT_EQ(status().clock_offset_us, 3 * 3'600'000'000);
  EXPECT_EQ(status().clock_sentence, "this machine's clock is 3 h slow");
}

TEST_F(UploaderTest, SignsEachTryWithCentralsTime) {
  const auto key = std::make_shared<const contract::SigningKey>(
      base::value_or_die(contract::parse_key("k1:000102030405060708090a0b0c0d0e0f")));
  restart({.key = key});
  capture(1);
  const auto verified_at = [&](std::size_t index) {
    const HttpRequest& request = transport_.requests.at(index);
    std::map<std::string, std::string> headers(request.headers.begin(), request.headers.end());
    const auto read = base::value_or_die(contract::parse_signature_headers(
        headers["X-Holeshot-Kid"], headers["X-Holeshot-Client"], headers["X-Holeshot-Txn"],
        headers["X-Holeshot-Ts"], headers["X-Holeshot-Sig"]));
    EXPECT_EQ(read.kid, "k1");
    const contract::SignedParts parts{.type = std::string{contract::kSignedBatch},
                                      .track = "hill",
                                      .client = read.client,
                                      .txn = read.txn,
                                      .ts_ms = read.ts_ms};
    EXPECT_TRUE(contract::verify_body(key->secret, parts, request.body, read.sig));
    return read.ts_ms * 1'000;
  };
  transport_.say(problem(401, "clock_skew", kNow + 86'400'000'000));
  EXPECT_EQ(step(), kAgain);
  EXPECT_EQ(verified_at(0), kNow);
  clock_.set_wall_us(kNow - 86'400'000'000);  // and then somebody sets the laptop's clock
  transport_.say(problem(503, "busy"));
  EXPECT_EQ(step().kind, Kind::kPause);
  EXPECT_EQ(verified_at(1), kNow + 86'400'000'000);
  EXPECT_EQ(transport_.requests[1].body, transport_.requests[0].body);
}

TEST_F(UploaderTest, JumpsOfTheWallClockByADayNeitherStallNorReorderAnything) {
  RememberingCentral central;
  UploadOptions options;
  options.central = "http://central";
  Uploader uploader(*spool_, central, clock_, ulids_, options);
  for (int round = 0; round < 40; ++round) {
    clock_.set_wall_us(kNow + (round % 3 == 0 ? 0U : 86'400'000'000U) -
                       (round % 3 == 1 ? 0U : 86'400'000'000U));
    capture(3);
    EXPECT_EQ(uploader.step({}), kAgain);
    EXPECT_EQ(uploader.step({}).kind, Kind::kWaitForData);
    clock_.advance_us(1'000'000);
  }
  EXPECT_EQ(central.log.size(), 120U);
  EXPECT_TRUE(std::is_sorted(central.log.begin(), central.log.end()));
}

TEST_F(UploaderTest, AFlushEndsAPauseAndTheNextOneIsShort) {
  capture(1);
  transport_.say(answer(403));
  transport_.say(answer(403));
  transport_.say(accepted(1));
  base::Worker worker("uploader", [&](const std::stop_token& stop) { uploader_->run(stop); });
  for (std::uint64_t tries = 1; tries <= 2; ++tries) {
    while (status().consecutive_failures < tries) std::this_thread::yield();  // the pause is 30 s
    uploader_->flush();
  }
  while (status().acknowledged < 1) std::this_thread::yield();
  worker.request_stop();
  worker.join();
  EXPECT_EQ(pending(), 0U);
  EXPECT_FALSE(transport_.requests[0].fresh_connection);
  EXPECT_TRUE(transport_.requests[1].fresh_connection) << "the network may be another one";
}

}  // namespace
}  // namespace holeshot::upload
