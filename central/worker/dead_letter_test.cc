#include "central/worker/dead_letter.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/contract/canonical_json.h"

namespace holeshot::worker {
namespace {

log::Event event(std::uint64_t seq, std::string body,
                 const std::string& subject = "timing.ingest.raw.v1.t1") {
  return {.offset = log::Offset{40 + seq},
          .subject = subject,
          .client = base::value_or_die(contract::ClientId::parse("laptop", "client")),
          .boot = base::value_or_die(contract::BootId::parse("boot1", "boot")),
          .seq = seq,
          .appended_at_us = 1'700'000'000'000'000,
          .body = std::move(body)};
}
const base::Error kWhy{base::Code::kInvalid, "read event: rtc_time_us is not a number", "hint"};

TEST(DeadLetter, HoldsTheEventItsKeyAndTheReason) {
  const std::string bytes = "{\"a\":\"\\u00e4 \\\"quoted\\\"\",  \"odd\" : 1e3}";
  const log::NewEvent letter = dead_letter("race", event(2, bytes), kWhy, 3);
  EXPECT_EQ(letter.subject, "timing.dlq.v1.race");
  const auto body = nlohmann::json::parse(letter.body);
  EXPECT_EQ(body["body"], bytes);
  EXPECT_EQ(body["subject"], "timing.ingest.raw.v1.t1");
  EXPECT_EQ(body["client_id"], "laptop");
  EXPECT_EQ(body["boot_id"], "boot1");
  EXPECT_EQ(body["seq"], 2);
  EXPECT_EQ(body["offset"], 42);
  EXPECT_EQ(body["attempts"], 3);
  EXPECT_EQ(body["code"], "invalid");
  EXPECT_EQ(body["reason"], "read event: rtc_time_us is not a number");
  EXPECT_EQ(body["kind"], "race");
  EXPECT_EQ(body["appended_at_us"], 1'700'000'000'000'000U);
  EXPECT_EQ(base::value_or_die(contract::canonicalize(letter.body)), letter.body);
}

TEST(DeadLetter, HasOneKeyForOneEventAndAnotherForEveryOther) {
  const auto key = [](const log::NewEvent& letter) {
    return letter.subject + letter.client.str() + letter.boot.str();
  };
  const log::NewEvent once = dead_letter("race", event(2, "x"), kWhy, 1);
  log::Event elsewhere = event(2, "x");
  elsewhere.offset = log::Offset{9000};  // the same event in another copy of the log
  EXPECT_EQ(key(once), key(dead_letter("race", elsewhere, kWhy, 5)));
  EXPECT_EQ(once.seq, 1U);
  EXPECT_NE(key(once), key(dead_letter("race", event(3, "x"), kWhy, 1)));
  EXPECT_NE(key(once), key(dead_letter("projection", event(2, "x"), kWhy, 1)));
  EXPECT_NE(key(once), key(dead_letter("race", event(2, "x", "timing.ingest.raw.v1.t2"), kWhy, 1)));
}

TEST(DeadLetter, BytesThatAreNoTextDoNotBreakIt) {
  const log::NewEvent letter = dead_letter("race", event(1, "\xff\xfe\x01"), kWhy, 1);
  EXPECT_TRUE(nlohmann::json::accept(letter.body));
  EXPECT_EQ(letter.body.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace holeshot::worker
