#include "central/log/tools/event_line.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "central/log/log_test_kit.h"

namespace holeshot::log {
namespace {

Event stored(const std::string& subject, std::string body) {
  const NewEvent made = test::event(subject, 1, std::move(body));
  return {Offset{1042}, made.subject, made.client, made.boot, made.seq, 1'795'687'203'123'456, made.body};
}

// What stands behind offset, time and track.
std::string essentials(const std::string& subject, std::string body) {
  const std::string line = text_line(stored(subject, std::move(body)));
  const std::size_t time = line.find(local_time_text(1'795'687'203'123'456));
  EXPECT_NE(time, std::string::npos) << line;
  return line.substr(line.find("  ", time) + 2);
}

TEST(EventLine, APassingShowsWhoAndHowStrong) {
  EXPECT_EQ(
      essentials(
          "timing.ingest.raw.v1.zolder",
          R"({"message_type":"PASSING","payload":{"decoder_id":"D0000C00","hits":14,"passing_number":17,)"
          R"("raw":"8e","strength":102,"transponder_id":94890,"transponder_string":"FL-94890"}})"),
      "zolder  PASSING  passing 17  transponder 94890  FL-94890  strength 102  hits 14  decoder D0000C00");
}

TEST(EventLine, ARaceEventShowsRiderAndTime) {
  EXPECT_EQ(
      essentials("timing.race.events.v1.zolder",
                 R"({"event_type":"split_time","payload":{"elapsed_us":2345678,"loop_name":"first straight",)"
                 R"("moto_id":"m1","position":2,"rider_id":"r7"}})"),
      "zolder  split_time  moto m1  rider r7  loop first straight  elapsed 2.345 s  position 2");
}

TEST(EventLine, IntentsLettersAndTheRegistryHaveTheirOwnWords) {
  EXPECT_EQ(essentials("timing.race.control.v1.zolder", R"({"type":"stage","moto_id":"m1","actor":"anna"})"),
            "zolder  stage  moto m1  by anna");
  EXPECT_EQ(
      essentials("timing.dlq.v1.ingest", R"({"code":"bad_seq","detail":"seq is 0","track_id":"zolder"})"),
      "zolder  dead letter of ingest  bad_seq  seq is 0");
  EXPECT_EQ(essentials("timing.registry.v1", R"({"op":"put","kind":"rider","id":"r7","revision":3})"),
            "-  put  rider  r7  revision 3");
}

TEST(EventLine, WhatNobodyCanReadIsShownByItsFirstBytesAndReachesNoTerminal) {
  EXPECT_EQ(essentials("timing.ingest.raw.v1.zolder", std::string("no \x1b[2J JSON")),
            "zolder  timing.ingest.raw.v1.zolder  12 bytes  no  [2J JSON");
  EXPECT_EQ(essentials("x", std::string(500, 'a')), "-  x  500 bytes  " + std::string(60, 'a'));
  EXPECT_EQ(essentials("timing.ingest.raw.v1.zolder", R"({"message_type":"A\u001bB","payload":7})"),
            "zolder  A B");
}

TEST(EventLine, OffsetsStandBelowOneAnother) {
  EXPECT_EQ(text_line(stored("a", "{}")).substr(0, 12), "      1042  ");
}

TEST(EventLine, JsonIsTheEventItselfAndAnEnvelopeWithItsTimeOfIngest) {
  EXPECT_EQ(json_line(stored("timing.race.events.v1.zolder", R"({"z":1,"a":2})")).value(),
            R"({"z":1,"a":2})");
  EXPECT_EQ(json_line(stored("timing.ingest.raw.v1.zolder", R"({"z":1,"a":2})")).value(),
            R"({"a":2,"contract_version":"track_ingest.v2","ingested_at_us":1795687203123456,"z":1})");
  const auto bad = json_line(stored("timing.ingest.raw.v1.zolder", "no JSON"));
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, base::Code::kCorrupt);
  EXPECT_NE(bad.error().message.find("1042"), std::string::npos);
}

TEST(EventLine, TimesAreLocalForPeopleAndUtcForPrograms) {
  // NOLINTBEGIN(concurrency-mt-unsafe): this test runs alone in its process
  ASSERT_EQ(::setenv("TZ", "CET-1", 1), 0);
  ::tzset();
  EXPECT_EQ(local_time_text(1'795'687'203'123'456), "2026-11-26 11:00:03.123");
  ASSERT_EQ(::unsetenv("TZ"), 0);
  ::tzset();
  // NOLINTEND(concurrency-mt-unsafe)
  EXPECT_EQ(utc_time_text(1'795'687'203'000'056), "2026-11-26T10:00:03.000056Z");
}

}  // namespace
}  // namespace holeshot::log
