#include "central/http/ingest.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "central/http/http_test_kit.h"
#include "central/log/forwarding_log.h"
#include "central/log/sqlite/sqlite_log.h"
#include "common/base/folder_test_kit.h"
#include "common/contract/subjects.h"

namespace holeshot::http {
namespace {

using nlohmann::json;
using test::batch;
using test::envelope;

// A log whose appends fail when told to; everything else is a real log's.
class FailingLog final : public log::ForwardingLog {
 public:
  using ForwardingLog::ForwardingLog;
  std::optional<base::Code> fail_with;
  int appends_before_failure = 0;

  base::Result<std::vector<log::Appended>> append(std::span<const log::NewEvent> events) override {
    if (fail_with && appends_before_failure-- <= 0)
      return base::fail(*fail_with, "append to log: told to fail");
    return inner().append(events);
  }
};

class IngestTest : public testing::Test {
 protected:
  IngestTest() {
    log_ = std::make_unique<FailingLog>(
        base::value_or_die(log::SqliteLog::open({.path = log::log_path(folder_.path())}, clock_)));
    ingest_ = std::make_unique<Ingest>(*log_, clock_, metrics_);
  }

  Response post(const std::string& body) {
    Request request;
    request.method = "POST";
    request.body = body;
    return ingest_->handle(request);
  }
  // "accepted duplicates rejected-codes"
  std::string summary(const std::string& body) {
    const Response response = post(body);
    EXPECT_EQ(response.status, 200) << response.body;
    const json reply = json::parse(response.body);
    std::string text = reply["accepted"].dump() + " " + reply["duplicates"].dump();
    for (const auto& one : reply["rejected"]) text += " " + one["code"].get<std::string>();
    return text;
  }
  std::vector<log::Event> stored(const std::string& subject) {
    log::ReadRange range;
    range.subjects = {subject};
    return base::value_or_die(log_->read(range));
  }
  std::vector<log::Event> raw() { return stored("timing.ingest.raw.v1.zolder"); }
  std::vector<log::Event> dead() { return stored("timing.dlq.v1.ingest"); }

  base::ManualClock clock_{1'700'000'000'000'000};
  base::Metrics metrics_;
  base::TestFolder folder_;
  std::unique_ptr<FailingLog> log_;
  std::unique_ptr<Ingest> ingest_;
};

TEST_F(IngestTest, ABatchOfSeveralBootsIsStoredInOrderAsItCame) {
  const std::vector<std::string> events{envelope(1, "zolder", "A"), envelope(2, "zolder", "A"),
                                        envelope(1, "zolder", "B")};
  EXPECT_EQ(summary(batch(events)), "3 0");
  ASSERT_EQ(raw().size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(raw()[i].body, events[i]);
}

TEST_F(IngestTest, TheReplyHasItsTime) {
  EXPECT_EQ(post(batch({envelope(1)})).body,
            R"({"accepted":1,"duplicates":0,"rejected":[],"server_time_us":1700000000000000})");
  EXPECT_EQ(summary(batch({})), "0 0");
}

TEST_F(IngestTest, ARetriedBatchIsAllDuplicates) {
  const std::string body = batch({envelope(1), envelope(2)});
  EXPECT_EQ(summary(body), "2 0");
  EXPECT_EQ(summary(body), "0 2");
  EXPECT_EQ(summary(batch({envelope(2), envelope(3), envelope(3)})), "1 2");
  EXPECT_EQ(raw().size(), 3U);
}

TEST_F(IngestTest, RefusedEventsAreDeadLettersOnceHoweverOftenTheyCome) {
  const std::string body = batch({envelope(1), "[1]", envelope(2, "spa"), envelope(0), envelope(3)});
  EXPECT_EQ(summary(body), "2 0 bad_shape wrong_track bad_seq");
  clock_.advance_us(5'000'000);
  EXPECT_EQ(summary(body), "0 2 bad_shape wrong_track bad_seq");
  ASSERT_EQ(dead().size(), 3U);
  const json letter = json::parse(dead()[1].body);
  EXPECT_EQ(letter["original"], envelope(2, "spa"));
  EXPECT_EQ(letter["reason"], "rejected");
  EXPECT_EQ(letter["code"], "wrong_track");
  EXPECT_EQ(letter["track_id"], "zolder");
  EXPECT_EQ(letter["client_id"], "gw-1");
  EXPECT_EQ(letter["received_at_us"], 1'700'000'000'000'000);
  EXPECT_EQ(log_->stats().conflicts, 0U);
  EXPECT_EQ(raw().size(), 2U);
}

TEST_F(IngestTest, AConflictIsRejectedAndBothVersionsAreKept) {
  EXPECT_EQ(summary(batch({envelope(1)})), "1 0");
  const std::string other = envelope(1, "zolder", "01HZX3V8J7Q4W2N5B6C7D8E9F0", R"({"other":true})");
  const std::string body = batch({other, envelope(2)});
  const json reply = json::parse(post(body).body);
  EXPECT_EQ(reply["accepted"], 1);
  ASSERT_EQ(reply["rejected"].size(), 1U);
  EXPECT_EQ(reply["rejected"][0]["code"], "conflict");
  EXPECT_EQ(reply["rejected"][0]["index"], 0);
  EXPECT_EQ(reply["rejected"][0]["key"], "zolder:gw-1:01HZX3V8J7Q4W2N5B6C7D8E9F0:1");
  EXPECT_EQ(summary(body), "0 1 conflict");
  EXPECT_EQ(raw()[0].body, envelope(1));
  ASSERT_EQ(dead().size(), 1U);
  EXPECT_EQ(json::parse(dead()[0].body)["original"], other);
  EXPECT_EQ(json::parse(dead()[0].body)["reason"], "conflict");
}

TEST_F(IngestTest, TwoVersionsInOneBatchAreOneEventAndOneConflict) {
  const std::string other = envelope(1, "zolder", "01HZX3V8J7Q4W2N5B6C7D8E9F0", R"({"other":true})");
  EXPECT_EQ(summary(batch({envelope(1), other})), "1 0 conflict");
}

TEST_F(IngestTest, ALogThatCannotAppendIs503WithTheTimeToWait) {
  const auto status_of = [&](base::Code code) {
    log_->fail_with = code;
    const Response response = post(batch({envelope(1)}));
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(response.content_type, "application/problem+json");
    return json::parse(response.body)["code"].get<std::string>() + " " + response.headers.at("Retry-After");
  };
  EXPECT_EQ(status_of(base::Code::kFull), "storage_full 30");
  EXPECT_EQ(status_of(base::Code::kRetry), "storage_busy 1");
  EXPECT_EQ(status_of(base::Code::kClosed), "storage_closed 10");
  log_->fail_with.reset();
  EXPECT_EQ(summary(batch({envelope(1)})), "1 0");
}

TEST_F(IngestTest, AConflictThatCannotBeKeptIsNot200) {
  EXPECT_EQ(summary(batch({envelope(1)})), "1 0");
  const std::string body =
      batch({envelope(1, "zolder", "01HZX3V8J7Q4W2N5B6C7D8E9F0", R"({"other":true})"), envelope(2)});
  log_->fail_with = base::Code::kFull;
  log_->appends_before_failure = 1;
  EXPECT_EQ(post(body).status, 503);
  log_->fail_with.reset();
  EXPECT_EQ(summary(body), "0 1 conflict");
  EXPECT_EQ(dead().size(), 1U);
}

TEST_F(IngestTest, WholeBatchesAreRefusedAsTheContractSays) {
  EXPECT_EQ(post("{").status, 400);
  EXPECT_EQ(json::parse(post("{").body)["code"], "not_json");
  EXPECT_EQ(post("[]").status, 400);
  EXPECT_EQ(post(batch(std::vector<std::string>(1001, "{}"))).status, 413);
  EXPECT_EQ(log_->last(), log::Offset{});
}

TEST_F(IngestTest, CountsWhatItDid) {
  (void)summary(batch({envelope(1), envelope(1), "{}"}));
  (void)post("{");
  const std::string text = metrics_.render();
  EXPECT_NE(text.find("holeshot_ingest_accepted_total 1"), std::string::npos) << text;
  EXPECT_NE(text.find("holeshot_ingest_duplicates_total 1"), std::string::npos);
  EXPECT_NE(text.find("holeshot_ingest_rejected_total{code=\"bad_shape\"} 1"), std::string::npos);
  EXPECT_NE(text.find("holeshot_ingest_refused_total{code=\"not_json\"} 1"), std::string::npos);
  EXPECT_NE(text.find("holeshot_ingest_append_seconds_count 1"), std::string::npos);
}

}  // namespace
}  // namespace holeshot::http
