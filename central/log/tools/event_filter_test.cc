#include "central/log/tools/event_filter.h"

#include <gtest/gtest.h>

#include "central/log/log_test_kit.h"

namespace holeshot::log {
namespace {

constexpr std::uint64_t kNow = 1'795'687'200'000'000;  // 2026-11-26T10:00:00Z
constexpr const char* kRaw = "timing.ingest.raw.v1.zolder";
constexpr const char* kDlq = "timing.dlq.v1.ingest";

Event stored(const std::string& subject, std::string body, std::uint64_t at_us = kNow) {
  const NewEvent made = test::event(subject, 1, std::move(body));
  return {Offset{7}, made.subject, made.client, made.boot, made.seq, at_us, made.body};
}

Event passing(const std::string& payload = R"({"transponder_id":94890,"transponder_string":"FL-94890"})") {
  return stored(kRaw, R"({"message_type":"PASSING","payload":)" + payload + "}");
}

TEST(EventFilter, AnEmptyOneWantsEverythingEvenWhatNobodyCanRead) {
  EXPECT_TRUE(EventFilter{}.wants(passing()));
  EXPECT_TRUE(EventFilter{}.wants(stored("anything", "no JSON at all")));
  EXPECT_FALSE(EventFilter{}.narrows_subjects());
}

TEST(EventFilter, TimesIncludeTheirBeginningAndExcludeTheirEnd) {
  EventFilter filter{.from_us = kNow, .to_us = kNow + 10};
  EXPECT_FALSE(filter.wants(stored("a", "{}", kNow - 1)));
  EXPECT_TRUE(filter.wants(stored("a", "{}", kNow)));
  EXPECT_TRUE(filter.wants(stored("a", "{}", kNow + 9)));
  EXPECT_FALSE(filter.wants(stored("a", "{}", kNow + 10)));
}

TEST(EventFilter, ATrackIsThatOfTheSubjectOrOfTheBodyWhereTheSubjectHasNone) {
  const EventFilter filter{.tracks = {"zolder", "peer"}};
  for (const char* subject :
       {"timing.ingest.raw.v1.zolder", "timing.race.control.v1.zolder", "timing.race.events.v1.peer",
        "timing.race.checkpoint.v1.zolder", "timing.race.snapshot.v1.zolder.day-1"}) {
    EXPECT_TRUE(filter.wants(stored(subject, "{}"))) << subject;
  }
  EXPECT_FALSE(filter.wants(stored("timing.ingest.raw.v1.zolder2", "{}")));
  EXPECT_FALSE(filter.wants(stored("timing.race.snapshot.v1.other.zolder", "{}")));
  EXPECT_TRUE(filter.wants(stored(kDlq, R"({"track_id":"zolder"})")));
  EXPECT_TRUE(filter.wants(stored(kDlq, R"({"subject":"timing.ingest.raw.v1.zolder"})")));
  EXPECT_FALSE(filter.wants(stored(kDlq, R"({"track_id":"other"})")));
  EXPECT_FALSE(filter.wants(stored(kDlq, "not JSON")));
  EXPECT_TRUE(filter.wants(stored("timing.registry.v1", R"({"kind":"track","id":"zolder"})")));
  EXPECT_TRUE(filter.wants(
      stored("timing.registry.v1", R"({"kind":"event","id":"x","object":{"track_id":"peer"}})")));
  EXPECT_FALSE(filter.wants(stored("timing.registry.v1", R"({"kind":"rider","id":"zolder","object":7})")));
}

TEST(EventFilter, SubjectsMayHaveStarsAndAreJoinedToTracksByAnd) {
  const EventFilter stars{.subjects = {"timing.race.*.v1.zolder", "timing.registry.v1"}};
  EXPECT_TRUE(stars.wants_subject("timing.race.events.v1.zolder"));
  EXPECT_TRUE(stars.wants_subject("timing.registry.v1"));
  EXPECT_FALSE(stars.wants_subject(kRaw));
  const EventFilter both{.tracks = {"zolder"}, .subjects = {"timing.race.events.v1.*"}};
  EXPECT_TRUE(both.wants_subject("timing.race.events.v1.zolder"));
  EXPECT_FALSE(both.wants_subject("timing.race.events.v1.peer"));
  EXPECT_FALSE(both.wants_subject(kRaw));
}

TEST(EventFilter, ATypeIsWhatTheKindOfEventCallsItWhateverItsCase) {
  const EventFilter filter{.types = {"passing", "GATE_DROP", "stage", "conflict", "rider"}};
  EXPECT_TRUE(filter.wants(passing()));
  EXPECT_TRUE(filter.wants(stored("timing.race.events.v1.z", R"({"event_type":"gate_drop"})")));
  EXPECT_TRUE(filter.wants(stored("timing.race.control.v1.z", R"({"type":"stage"})")));
  EXPECT_TRUE(filter.wants(stored(kDlq, R"({"code":"conflict"})")));
  EXPECT_TRUE(filter.wants(stored("timing.registry.v1", R"({"kind":"rider"})")));
  EXPECT_FALSE(filter.wants(stored(kRaw, R"({"message_type":"STATUS","payload":{"type":"PASSING"}})")));
  EXPECT_FALSE(filter.wants(stored(kRaw, R"({"message_type":7})")));
  EXPECT_FALSE(filter.wants(stored(kRaw, "[]")));
}

TEST(EventFilter, ATransponderIsANumberOrATextHoweverDeepItStands) {
  const EventFilter number{.transponders = {"94890"}};
  EXPECT_TRUE(number.wants(passing()));
  EXPECT_TRUE(number.wants(passing(R"({"transponder_string":"94890"})")));
  EXPECT_TRUE(number.wants(stored("timing.race.events.v1.z",
                                  R"({"payload":{"riders":[{"rider_id":"r"},{"transponder_id":94890}]}})")));
  EXPECT_FALSE(number.wants(passing(R"({"transponder_id":194890})")));
  EXPECT_FALSE(number.wants(passing(R"({"passing_number":94890})")));
  EXPECT_FALSE(number.wants(stored(kRaw, "94890 but no JSON")));
  const EventFilter text{.transponders = {"FL-94890", "7"}};
  EXPECT_TRUE(text.wants(passing()));
  EXPECT_TRUE(text.wants(passing(R"({"transponder_string":"FL\u002d94890"})"))) << "escaped, and the same";
  EXPECT_FALSE(text.wants(passing(R"({"transponder_string":"FL-9489"})")));
}

TEST(EventFilter, AllFieldsMustHold) {
  const EventFilter filter{
      .tracks = {"zolder"}, .from_us = kNow, .types = {"PASSING"}, .transponders = {"94890"}};
  EXPECT_TRUE(filter.wants(passing()));
  EventFilter other = filter;
  other.types = {"STATUS"};
  EXPECT_FALSE(other.wants(passing()));
  other = filter;
  other.tracks = {"peer"};
  EXPECT_FALSE(other.wants(passing()));
  other = filter;
  other.from_us = kNow + 1;
  EXPECT_FALSE(other.wants(passing()));
}

std::uint64_t time_of(std::string_view text) { return base::value_or_die(parse_time(text, kNow, "--from")); }

TEST(ParseTime, ReadsRfc3339WithFractionsAndZones) {
  EXPECT_EQ(time_of("2026-11-26T10:00:00Z"), kNow);
  EXPECT_EQ(time_of("2026-11-26 12:00:00+02:00"), kNow);
  EXPECT_EQ(time_of("2026-11-26T04:30:00-05:30"), kNow);
  EXPECT_EQ(time_of("2026-11-26T10:00:00.25Z"), kNow + 250'000);
  EXPECT_EQ(time_of("2026-11-26T10:00:00.1234567Z"), kNow + 123'456);
  EXPECT_EQ(time_of("1970-01-01T00:00:00Z"), 0U);
  EXPECT_EQ(time_of("2024-02-29T00:00:00Z"), 1'709'164'800'000'000U);
}

TEST(ParseTime, ReadsWhatLiesBackAndMicroseconds) {
  EXPECT_EQ(time_of("now"), kNow);
  EXPECT_EQ(time_of("-90s"), kNow - 90'000'000);
  EXPECT_EQ(time_of("-15m"), kNow - 900'000'000);
  EXPECT_EQ(time_of("-2h"), kNow - 7'200'000'000);
  EXPECT_EQ(time_of("-1d"), kNow - 86'400'000'000);
  EXPECT_EQ(time_of("-9999999d"), 0U) << "further back than 1970 is the beginning";
  EXPECT_EQ(time_of("1795687200000000"), kNow);
}

TEST(ParseTime, RefusesAllElseAndNamesTheOption) {
  for (const char* bad : {"",
                          "yesterday",
                          "2026-11-26",
                          "2026-11-26T10:00:00",
                          "2026-13-01T00:00:00Z",
                          "2026-02-29T00:00:00Z",
                          "2026-11-26T24:00:00Z",
                          "2026-11-26T10:60:00Z",
                          "2026-11-26T10:00:00Zx",
                          "2026-11-26T10:00:00.Z9",
                          "1795687200",
                          "1795687200000",
                          "-",
                          "-m",
                          "-5",
                          "-5w",
                          "--5m",
                          "-5.5h",
                          "99999999999999999999999999",
                          "1969-12-31T23:59:59Z"}) {
    const auto parsed = parse_time(bad, kNow, "--from");
    ASSERT_FALSE(parsed) << bad;
    EXPECT_NE(parsed.error().message.find("--from"), std::string::npos);
  }
}

}  // namespace
}  // namespace holeshot::log
