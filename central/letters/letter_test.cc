#include "central/letters/letter.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "central/letters/letters_test_kit.h"

namespace holeshot::letters {
namespace {

using test::kNow;
using test::stored;

Letter letter_of(const log::NewEvent& event, std::uint64_t offset = 10) {
  auto letter = read_letter(stored(event, offset));
  EXPECT_TRUE(letter);
  return std::move(letter).value_or(Letter{});
}

TEST(Letter, OfIngestSaysWhatWasRefusedAndWhy) {
  const Letter letter = letter_of(test::refused("d1", "{\"a\":1}"));
  EXPECT_EQ(letter.source, "ingest");
  EXPECT_EQ(letter.reason, "rejected");
  EXPECT_EQ(letter.code, "bad_seq");
  EXPECT_EQ(letter.detail, "seq is not an integer");
  EXPECT_EQ(letter.original, "{\"a\":1}");
  EXPECT_EQ(letter.key, "zolder:gw:b1:7");
  EXPECT_EQ(letter.track, "zolder");
  EXPECT_EQ(letter.subject, "");
  EXPECT_FALSE(letter.offset) << "it never was in the log";
  EXPECT_EQ(letter.attempts, 1U);
  EXPECT_EQ(letter.received_at_us, kNow - 5);
  EXPECT_EQ(letter.at, log::Offset{10});
}

TEST(Letter, OfAWorkerSaysWhichEventItGaveUp) {
  const Letter letter = letter_of(test::given_up("d2", "{}"));
  EXPECT_EQ(letter.source, "race");
  EXPECT_EQ(letter.reason, "failed");
  EXPECT_EQ(letter.code, "invalid");
  EXPECT_EQ(letter.detail, "read PASSING: rtc_time_us is not a number");
  EXPECT_EQ(letter.original, "{}");
  EXPECT_EQ(letter.key, "zolder:gw:b1:7");
  EXPECT_EQ(letter.track, "zolder") << "the subject's";
  EXPECT_EQ(letter.offset, log::Offset{3});
  EXPECT_EQ(letter.attempts, 4U);
  EXPECT_EQ(letter.received_at_us, kNow) << "when the letter was written";
}

TEST(Letter, OfTheEngineBeforeThereWereWorkersIsReadToo) {
  const Letter letter = letter_of(test::new_event(
      "timing.dlq.v1.engine", "engine", "v1", 3,
      R"({"body":"x","code":"invalid","offset":3,"reason":"not JSON","source":"zolder:gw:b1:7","subject":"timing.race.control.v1.zolder"})"));
  EXPECT_EQ(letter.source, "engine");
  EXPECT_EQ(letter.detail, "not JSON");
  EXPECT_EQ(letter.key, "zolder:gw:b1:7");
  EXPECT_EQ(letter.subject, "timing.race.control.v1.zolder");
  EXPECT_EQ(letter.offset, log::Offset{3});
}

TEST(Letter, InNoKnownFormIsStillALetter) {
  for (const char* body : {"no JSON", "[]", R"({"code":"x"})", "7"}) {
    const Letter letter = letter_of(test::new_event("timing.dlq.v1.other", "c", "b", 1, body));
    EXPECT_EQ(letter.code, "unreadable") << body;
    EXPECT_EQ(letter.original, body);
    EXPECT_EQ(letter.source, "other");
  }
  const Letter odd = letter_of(
      test::new_event("timing.dlq.v1.other", "c", "b", 1, R"({"original":7,"code":[],"offset":-1})"));
  EXPECT_EQ(odd.original, "") << "fields of another type are as good as none";
  EXPECT_EQ(odd.code, "");
}

TEST(Letter, WhatStandsElsewhereIsNone) {
  EXPECT_FALSE(read_letter(stored(test::new_event(test::kRaw, "c", "b", 1, "{}"), 1)));
  EXPECT_FALSE(read_letter(stored(resolution_event({.id = 1}, 1), 1)));
}

TEST(LetterId, IsOfTheKeyAloneAndDiffersBetweenSources) {
  const auto event = test::given_up("d2", "{}");
  EXPECT_EQ(id_of(stored(event, 1)), id_of(stored(event, 99))) << "another machine's offsets are others";
  EXPECT_NE(id_of(stored(event, 1)), id_of(stored(test::given_up("d3", "{}"), 1)));
  EXPECT_NE(id_of(stored(event, 1)), id_of(stored(test::given_up("d2", "{}", test::kRaw, "projection"), 1)))
      << "two workers may give up the same event";
}

TEST(LetterId, IsSixteenDigitsAndNothingElse) {
  EXPECT_EQ(id_text(255), "00000000000000ff");
  EXPECT_EQ(parse_id("00000000000000ff"), 255U);
  EXPECT_EQ(parse_id(id_text(0xFEDCBA9876543210)), 0xFEDCBA9876543210);
  for (const char* bad :
       {"", "ff", "00000000000000FF", "00000000000000fg", "00000000000000ff0", "-0000000000000ff"})
    EXPECT_FALSE(parse_id(bad)) << bad;
}

TEST(Resolution, IsReadAsItWasWritten) {
  for (const Action action : {Action::kReplayed, Action::kFixed, Action::kDiscarded, Action::kReopened}) {
    const Resolution written{.id = 7,
                             .action = action,
                             .actor = "an\"na",
                             .reason = "zu spät",
                             .ts_us = 5,
                             .replayed_as = "s c:b:1"};
    const auto read = read_resolution(stored(resolution_event(written, 2), 1));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->id, 7U);
    EXPECT_EQ(read->action, action);
    EXPECT_EQ(read->actor, written.actor);
    EXPECT_EQ(read->reason, written.reason);
    EXPECT_EQ(read->ts_us, 5U);
    EXPECT_EQ(read->replayed_as, written.replayed_as);
  }
}

TEST(Resolution, HasTheLettersIdAndItsOrdinalAsKey) {
  const auto event = resolution_event({.id = 255}, 3);
  EXPECT_EQ(event.subject, "timing.dlq.v1.resolution");
  EXPECT_EQ(event.client.str(), "dlq");
  EXPECT_EQ(event.boot.str(), "00000000000000ff");
  EXPECT_EQ(event.seq, 3U);
}

TEST(Resolution, OfAnUnknownKindIsNone) {
  for (const char* body : {"", "[]", R"({"id":"00000000000000ff","action":"burnt"})",
                           R"({"id":"x","action":"fixed"})", R"({"id":7,"action":"fixed"})"})
    EXPECT_FALSE(read_resolution(stored(test::new_event("timing.dlq.v1.resolution", "dlq", "b", 1, body), 1)))
        << body;
  EXPECT_FALSE(
      read_resolution(stored(test::new_event(test::kRaw, "dlq", "b", 1, resolution_json({.id = 1})), 1)));
}

}  // namespace
}  // namespace holeshot::letters
