#include "gateway/upload/uploader.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <deque>
#include <filesystem>
#include <functional>

#include "common/base/worker.h"
#include "common/contract/canonical_json.h"
#include "common/contract/envelope.h"

namespace holeshot::upload {
namespace {

using base::Code;
using Kind = NextStep::Kind;
using std::chrono::microseconds;
using std::chrono::seconds;

constexpr std::uint64_t kNow = 1'760'000'000'000'000;
constexpr NextStep kAgain{};

HttpResponse answer(int status, std::string body = {}, std::string retry_after = {}) {
  return {.status = status, .retry_after = std::move(retry_after), .body = std::move(body)};
}
HttpFailure failure(Code code, Reason reason, const std::string& message) {
  HttpFailure made;
  made.code = code;
  made.reason = reason;
  made.message = message;
  return made;
}
HttpResponse problem(int status, const std::string& code, std::uint64_t server_time_us = 0) {
  return answer(status, contract::problem_body({.status = status,
                                                .code = code,
                                                .title = "T",
                                                .detail = "because of " + code,
                                                .server_time_us = server_time_us}));
}
HttpResponse accepted(std::size_t count, std::size_t duplicates = 0,
                      std::vector<contract::Rejection> rejected = {}) {
  return answer(200, contract::reply_body({.accepted = count,
                                           .duplicates = duplicates,
                                           .rejected = std::move(rejected),
                                           .server_time_us = kNow + 250}));
}

// Gives the answers it was told to, in order; after the last, fails the test.
class ScriptedTransport final : public HttpTransport {
 public:
  HttpResult<HttpResponse> post(const HttpRequest& request, const std::stop_token& /*stop*/) override {
    requests.push_back(request);
    if (script.empty()) {
      ADD_FAILURE() << "a request more than the script has";
      return std::unexpected(failure(Code::kRetry, Reason::kTimeout, "script is over"));
    }
    auto next = std::move(script.front());
    script.pop_front();
    return next;
  }
  void say(HttpResponse response) { script.emplace_back(std::move(response)); }
  void say_error(Code code, const std::string& message, Reason reason = Reason::kReset) {
    script.emplace_back(std::unexpected(failure(code, reason, message)));
  }
  [[nodiscard]] std::size_t events_in(std::size_t index) const {
    const std::string& body = requests.at(index).body;
    std::size_t count = 0;
    for (std::size_t at = body.find("\"seq\":"); at != std::string::npos; at = body.find("\"seq\":", at + 1))
      ++count;
    return count;
  }
  [[nodiscard]] std::string txn(std::size_t index) const {
    for (const auto& [name, value] : requests.at(index).headers) {
      if (name == "X-Holeshot-Txn") return value;
    }
    return {};
  }

  std::deque<HttpResult<HttpResponse>> script;
  std::vector<HttpRequest> requests;
};

class UploaderTest : public testing::Test {
 protected:
  UploaderTest() : folder_(make_folder()) {
    const spool::Identity identity{base::value_or_die(contract::TrackId::parse("hill", "t")),
                                   base::value_or_die(contract::ClientId::parse("laptop", "c")),
                                   base::value_or_die(contract::BootId::parse("BOOT1", "b"))};
    spool_ = base::value_or_die(spool::Spool::open((folder_ / "spool.db").string(), identity, clock_));
    restart({});
  }
  ~UploaderTest() override {
    uploader_.reset();
    spool_.reset();
    std::filesystem::remove_all(folder_);
  }
  static std::filesystem::path make_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "holeshot-upload-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    return name;
  }
  void restart(UploadOptions options) {
    options.central = "http://central:8080/";
    options.client = base::value_or_die(contract::ClientId::parse("laptop", "c"));
    uploader_ = std::make_unique<Uploader>(*spool_, transport_, clock_, ulids_, options);
  }
  void capture(std::size_t count) {
    std::vector<contract::Envelope> envelopes(count);
    for (auto& envelope : envelopes) {
      envelope.event_id = ulids_.next();
      envelope.captured_at_us = kNow;
      envelope.message_type = "PASSING";
      envelope.payload = R"({"message_type":"PASSING"})";
    }
    base::value_or_die(spool_->append(envelopes));
  }
  NextStep step() { return uploader_->step({}); }
  std::uint64_t pending() { return base::value_or_die(spool_->stats()).pending; }
  std::uint64_t quarantined() { return base::value_or_die(spool_->stats()).quarantined; }
  UploadStatus status() { return uploader_->status(); }
  // A failure that must not touch the queue: the same bytes go out again and are accepted.
  void expect_same_batch_again(std::size_t events) {
    EXPECT_EQ(pending(), events);
    EXPECT_EQ(quarantined(), 0U);
    transport_.say(accepted(events));
    EXPECT_EQ(step(), kAgain);
    EXPECT_EQ(transport_.requests.back().body, transport_.requests.front().body);
    EXPECT_EQ(pending(), 0U);
    EXPECT_EQ(status().consecutive_failures, 0U);
    EXPECT_EQ(status().last_error, "");
  }

  base::ManualClock clock_{kNow};
  contract::UlidMaker ulids_{clock_, 1};
  std::filesystem::path folder_;
  std::unique_ptr<spool::Spool> spool_;
  ScriptedTransport transport_;
  std::unique_ptr<Uploader> uploader_;
};

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

}  // namespace
}  // namespace holeshot::upload
