#include "central/http/ingest_batch.h"

#include <gtest/gtest.h>

#include "central/http/http_test_kit.h"
#include "common/contract/canonical_json.h"
#include "common/contract/envelope.h"

namespace holeshot::http {
namespace {

using test::batch;
using test::envelope;

ParsedBatch parsed(const std::string& body, IngestLimits limits = {}) {
  auto result = parse_batch(body, limits);
  EXPECT_TRUE(result) << result.error().code << ": " << result.error().detail;
  return result ? std::move(*result) : ParsedBatch{};
}

std::string refused(const std::string& body, IngestLimits limits = {}) {
  const auto result = parse_batch(body, limits);
  return result ? "" : std::to_string(result.error().status) + " " + result.error().code;
}

// The code that the one event of a batch gets.
std::string judged(const std::string& event) {
  const auto result = parsed(batch({event}));
  EXPECT_EQ(result.good.size() + result.bad.size(), 1U);
  return result.bad.empty() ? "" : result.bad[0].rejection.code;
}

std::string with(std::string event, const std::string& from, const std::string& to) {
  const auto at = event.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return event.replace(at, from.size(), to);
}

TEST(IngestBatch, GoodEventsKeepTheirTextAndTheirFields) {
  const std::string one = envelope(7);
  const auto result = parsed(batch({one, envelope(8, "zolder", "boot-2")}));
  ASSERT_EQ(result.good.size(), 2U);
  EXPECT_EQ(result.track.str(), "zolder");
  EXPECT_EQ(result.good[0].event.subject, "timing.ingest.raw.v1.zolder");
  EXPECT_EQ(result.good[0].event.client.str(), "gw-1");
  EXPECT_EQ(result.good[0].event.seq, 7U);
  EXPECT_EQ(result.good[0].event.body, one);
  EXPECT_EQ(result.good[1].event.boot.str(), "boot-2");
  EXPECT_EQ(result.good[1].index, 1U);
}

TEST(IngestBatch, WhiteSpaceStaysUnlessItBreaksTheLine) {
  const std::string spaced = with(envelope(1), R"("payload":{)", R"("payload" : { )");
  EXPECT_EQ(parsed(batch({spaced})).good[0].event.body, spaced);
  const std::string broken = with(envelope(1), R"("payload":{)", "\"payload\":\r\n  {\n");
  EXPECT_EQ(parsed(batch({broken})).good[0].event.body, envelope(1));
  const std::string escaped = envelope(1, "zolder", "b", R"({"x":"a\nb  c"})");
  EXPECT_EQ(parsed("\n" + batch({escaped}) + "\n").good[0].event.body, escaped);
}

TEST(IngestBatch, OrderOfFieldsAndUnknownFieldsDoNotMatter) {
  const auto result = parsed(R"({"x":[1],"track_id":"zolder","events":[)" +
                             with(envelope(1), "{\"captured", R"({"new_field":{"a":[]},"captured)") +
                             R"(],"contract_version":"track_ingest.v2"})");
  EXPECT_EQ(result.good.size(), 1U);
}

TEST(IngestBatch, AnEmptyBatchIsABatch) { EXPECT_TRUE(parsed(batch({})).good.empty()); }

TEST(IngestBatch, WhatIsNotJsonIsRefusedWhole) {
  for (const std::string& body :
       {std::string{}, std::string{"{"}, std::string{"<html>"}, batch({envelope(1)}) + "x",
        batch({envelope(1), "{\"a\":tru}"}), batch({"{\"a\":\"\xff\"}"}), batch({"{\"a\":\"line\nbreak\"}"}),
        std::string(100, '['), std::string(5000, '[')}) {
    EXPECT_EQ(refused(body), "400 not_json") << body.substr(0, 60);
  }
}

TEST(IngestBatch, WhatIsNotABatchIsRefusedWhole) {
  EXPECT_EQ(refused(with(batch({}), "ingest.v2", "ingest.v3")), "400 unsupported_contract");
  EXPECT_EQ(refused(R"({"events":[],"track_id":"zolder"})"), "400 unsupported_contract");
  EXPECT_EQ(refused(R"({"contract_version":2,"events":[],"track_id":"zolder"})"), "400 unsupported_contract");
  EXPECT_EQ(refused("[]"), "400 bad_batch");
  EXPECT_EQ(refused("17"), "400 bad_batch");
  EXPECT_EQ(refused(R"({"contract_version":"track_ingest.v2","track_id":"zolder"})"), "400 bad_batch");
  EXPECT_EQ(refused(R"({"contract_version":"track_ingest.v2","events":{},"track_id":"zolder"})"),
            "400 bad_batch");
  EXPECT_EQ(refused(R"({"contract_version":"track_ingest.v2","events":[]})"), "400 bad_batch");
  EXPECT_EQ(refused(batch({}, "../etc")), "400 bad_batch");
  EXPECT_EQ(refused(with(batch({}), "\"events\":[]", "\"events\":[],\"events\":[]")), "400 bad_batch");
  EXPECT_EQ(refused(with(batch({}), "\"events\"", "\"ev\\u0065nts\"")), "400 bad_batch");
}

TEST(IngestBatch, TooManyEventsOrBytesAreTooLarge) {
  const std::vector<std::string> three{envelope(1), envelope(2), envelope(3)};
  EXPECT_EQ(refused(batch(three), {.max_events = 2}), "413 too_large");
  EXPECT_EQ(refused(batch(three), {.max_events = 3}), "");
  EXPECT_EQ(refused(batch(three), {.max_events = 3, .max_bytes = batch(three).size() - 1}), "413 too_large");
  EXPECT_EQ(refused(batch(three), {.max_events = 3, .max_bytes = batch(three).size()}), "");
  EXPECT_EQ(refused(batch(std::vector<std::string>(1001, "1"))), "413 too_large");
}

TEST(IngestBatch, EachFaultOfAnEventHasItsCode) {
  EXPECT_EQ(judged(envelope(1)), "");
  for (const char* text : {"1", "null", "[]", "\"text\"", "{}", "true"})
    EXPECT_EQ(judged(text), "bad_shape") << text;
  EXPECT_EQ(judged(envelope(1, "other")), "wrong_track");
  EXPECT_EQ(judged(envelope(1, "a b")), "bad_id");
  EXPECT_EQ(judged(envelope(1, "zolder", "")), "bad_id");
  EXPECT_EQ(judged(envelope(1, "zolder", "a:b")), "bad_id");
  EXPECT_EQ(judged(with(envelope(1), "gw-1", std::string(65, 'x'))), "bad_id");
  EXPECT_EQ(judged(with(envelope(1), "01HZX3V8J7Q4W2N5B6C7D8E9F0", "not-an-id")), "bad_id");
  EXPECT_EQ(judged(envelope(0)), "bad_seq");
  for (const char* seq : {"-1", "1.0", "1e3", "\"1\"", "null", "9007199254740992"}) {
    EXPECT_EQ(judged(with(envelope(1), "\"seq\":1", std::string{"\"seq\":"} + seq)), "bad_seq") << seq;
  }
  EXPECT_EQ(judged(with(envelope(1), "\"captured_at_us\":17", "\"captured_at_us\":-17")), "bad_shape");
  EXPECT_EQ(judged(with(envelope(1), "\"captured_at_us\":1700000000000000", "\"captured_at_us\":-0")),
            "bad_shape");
  EXPECT_EQ(judged(with(envelope(1), "\"message_type\":\"PASSING\",\"payload\"", "\"payload\"")),
            "bad_shape");
  EXPECT_EQ(judged(envelope(1, "zolder", "b", "[]")), "bad_shape");
  EXPECT_EQ(judged(with(envelope(1), "\"seq\":1", "\"seq\":1,\"seq\":2")), "bad_shape");
  EXPECT_EQ(judged(with(envelope(1), "\"payload\"", "\"payload\":{},\"payload\"")), "bad_shape");
}

TEST(IngestBatch, ABadEventLeavesItsNeighboursAndKeepsItsText) {
  const auto result = parsed(batch({envelope(1), "[7, 8]", envelope(2, "other"), envelope(3)}));
  ASSERT_EQ(result.good.size(), 2U);
  ASSERT_EQ(result.bad.size(), 2U);
  EXPECT_EQ(result.good[1].event.seq, 3U);
  EXPECT_EQ(result.good[1].index, 3U);
  EXPECT_EQ(result.bad[0].rejection.index, 1U);
  EXPECT_EQ(result.bad[0].original, "[7, 8]");
  EXPECT_EQ(result.bad[0].rejection.key, "");
  EXPECT_EQ(result.bad[1].rejection.key, "zolder:gw-1:01HZX3V8J7Q4W2N5B6C7D8E9F0:2");
  EXPECT_EQ(result.bad[1].client_id, "gw-1");
}

TEST(IngestBatch, NestingIsBoundedWhereTheCanonicalFormIs) {
  const auto nested = [](std::size_t levels) {
    return envelope(1, "zolder", "b", "{\"x\":" + std::string(levels, '[') + std::string(levels, ']') + "}");
  };
  std::size_t deepest = 0;
  while (deepest < 100 && refused(batch({nested(deepest + 1)})).empty()) ++deepest;
  EXPECT_GE(deepest, 20U);
  EXPECT_TRUE(contract::canonicalize(nested(deepest)));
  EXPECT_EQ(refused(batch({nested(deepest + 1)})), "400 not_json");
}

TEST(IngestBatch, WhatIsGoodIsReadByTheCarefulReaderTheSameWay) {
  const auto result =
      parsed(batch({envelope(1), envelope(2, "zolder", "boot_x"), with(envelope(3), "gw-1", "\\u0067w-1")}));
  ASSERT_EQ(result.good.size(), 3U);
  for (const auto& good : result.good) {
    const auto careful = contract::parse_envelope(good.event.body);
    ASSERT_TRUE(careful);
    EXPECT_EQ(careful->client_id, good.event.client);
    EXPECT_EQ(careful->boot_id, good.event.boot);
    EXPECT_EQ(careful->seq, good.event.seq);
  }
}

TEST(IngestBatch, EveryCutOfABatchIsRefusedAndHarmless) {
  const std::string whole = batch({envelope(1), envelope(2)});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(refused(whole.substr(0, size)), "400 not_json") << size;
  }
}

}  // namespace
}  // namespace holeshot::http
