#include "common/contract/batch.h"

#include <gtest/gtest.h>

#include <array>

#include "common/contract/canonical_json.h"
#include "common/contract/problem.h"

namespace holeshot::contract {
namespace {

const TrackId kTrack = TrackId::parse("zolder", "track").value();

TEST(Batch, BodyIsCanonicalAndItsOverheadIsKnownBeforehand) {
  const std::array<std::string_view, 2> events{R"({"a":1})", R"({"b":2})"};
  const std::string body = batch_body(kTrack, events);
  EXPECT_EQ(body, R"({"contract_version":"track_ingest.v2","events":[{"a":1},{"b":2}],"track_id":"zolder"})");
  EXPECT_EQ(canonicalize(body).value(), body);
  EXPECT_EQ(body.size(), batch_overhead(kTrack, 2) + events[0].size() + events[1].size());
  EXPECT_EQ(batch_body(kTrack, {}).size(), batch_overhead(kTrack, 0));
}

TEST(Batch, ReplyGoesThereAndBack) {
  const BatchReply reply{.accepted = 3,
                         .duplicates = 2,
                         .rejected = {{1, "t:c:b:2", "conflict", "other \"bytes\""}},
                         .server_time_us = 1'700'000'000'000'000};
  EXPECT_EQ(parse_reply(reply_body(reply)).value(), reply);
}

TEST(Batch, WhatIsNotAReplyOfOursIsRefused) {
  for (const char* text :
       {"<html>Welcome to the venue Wi-Fi</html>", "{}", "[]", R"({"accepted":1,"duplicates":0})",
        R"({"accepted":-1,"duplicates":0,"rejected":[]})",
        R"({"accepted":1,"duplicates":0,"rejected":[{"index":"x","code":"y"}]})"}) {
    EXPECT_FALSE(parse_reply(text)) << text;
  }
}

TEST(Batch, EveryStatusOfTheContractHasItsAction) {
  EXPECT_EQ(action_for(200), BatchAction::kAccept);
  EXPECT_EQ(action_for(400), BatchAction::kHalve);
  EXPECT_EQ(action_for(413), BatchAction::kHalve);
  EXPECT_EQ(action_for(401), BatchAction::kFixClock);
  EXPECT_EQ(action_for(403), BatchAction::kAlarm);
  EXPECT_EQ(action_for(409), BatchAction::kNewTransaction);
  EXPECT_EQ(action_for(429), BatchAction::kRetryAfter);
  EXPECT_EQ(action_for(503), BatchAction::kRetryAfter);
  EXPECT_EQ(action_for(500), BatchAction::kRetryBackoff);
  EXPECT_EQ(action_for(502), BatchAction::kRetryBackoff);
  EXPECT_EQ(action_for(302), BatchAction::kAlarm);
  EXPECT_EQ(action_for(404), BatchAction::kAlarm);
}

TEST(Batch, RetryAfterIsBoundedAndForgiving) {
  using std::chrono::seconds;
  EXPECT_EQ(retry_after("7", seconds{1}), seconds{7});
  EXPECT_EQ(retry_after("", seconds{1}), seconds{1});
  EXPECT_EQ(retry_after("-3", seconds{1}), seconds{1});
  EXPECT_EQ(retry_after("soon", seconds{1}), seconds{1});
  EXPECT_EQ(retry_after("99999999", seconds{1}), seconds{300});
}

TEST(Problem, CarriesCodeAndTheOlderErrorField) {
  EXPECT_EQ(
      problem_body({413, "too_large", "Batch too large", "1001 events; send at most 1000", "/events"}),
      R"({"code":"too_large","detail":"1001 events; send at most 1000","error":"Batch too large",)"
      R"("pointer":"/events","status":413,"title":"Batch too large","type":"urn:holeshot:problem:too_large"})");
}

TEST(BatchReply, ATextThatOnlyNestsIsRefusedBeforeATreeIsMadeOfIt) {
  EXPECT_FALSE(parse_reply(std::string(4U << 20, '[')));
}

}  // namespace
}  // namespace holeshot::contract
