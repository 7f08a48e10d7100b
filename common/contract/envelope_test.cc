#include "common/contract/envelope.h"

#include <gtest/gtest.h>

#include "common/contract/canonical_json.h"
#include "common/contract/subjects.h"

namespace holeshot::contract {
namespace {

Envelope sample() {
  return {.event_id = "01ARZ3NDEKTSV4RRFFQ69G5FAV",
          .track_id = TrackId::parse("zolder", "track").value(),
          .client_id = ClientId::parse("gate-laptop", "client").value(),
          .boot_id = BootId::parse("01ARZ3NDEKTSV4RRFFQ69G5FAW", "boot").value(),
          .seq = 42,
          .captured_at_us = 1'761'828'000'000'123,
          .message_type = "PASSING",
          .payload = R"({"message_type":"PASSING","passing_number":7,"raw":"8e8f"})"};
}

TEST(Envelope, GoesThereAndBackInCanonicalForm) {
  std::string text;
  append_envelope(text, sample());
  EXPECT_EQ(canonicalize(text).value(), text);
  EXPECT_EQ(parse_envelope(text).value(), sample());
  EXPECT_EQ(sample().key(), "zolder:gate-laptop:01ARZ3NDEKTSV4RRFFQ69G5FAW:42");
}

TEST(Envelope, TheLogShowsVersionAndIngestTime) {
  std::string text;
  append_envelope(text, sample());
  const auto shown = stored_envelope(text, 1'761'828'000'000'999).value();
  EXPECT_NE(shown.find(R"("contract_version":"track_ingest.v2")"), std::string::npos);
  EXPECT_NE(shown.find(R"("ingested_at_us":1761828000000999)"), std::string::npos);
  EXPECT_EQ(canonicalize(shown).value(), shown);
  EXPECT_EQ(parse_envelope(shown).value(), sample());
}

TEST(Envelope, EachWrongFieldIsNamed) {
  std::string good;
  append_envelope(good, sample());
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string text = good;
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    const auto parsed = parse_envelope(text);
    return parsed ? std::string{"accepted"} : parsed.error().message;
  };
  EXPECT_EQ(with(R"("seq":42)", R"("seq":0)"), "envelope: seq is 0, it starts at 1");
  EXPECT_EQ(with(R"("seq":42)", R"("seq":-1)"), "envelope: seq is not an unsigned integer");
  EXPECT_EQ(with(R"("seq":42)", R"("sea":42)"), "envelope: seq is missing");
  EXPECT_EQ(with(R"("track_id":"zolder")", R"("track_id":"a.b")"), "track_id \"a.b\" is not a valid id");
  EXPECT_EQ(with(R"("event_id":"01ARZ3NDEKTSV4RRFFQ69G5FAV")", R"("event_id":"7")"),
            "envelope: event_id is neither ULID nor UUID");
  EXPECT_EQ(with(R"("message_type":"PASSING","payload":{)", R"("message_type":1,"payload":{)"),
            "envelope: message_type is not text");
  EXPECT_EQ(with(R"("captured_at_us":)", R"("new_field":{},"captured_at_us":)"), "accepted");
  EXPECT_FALSE(parse_envelope("[]"));
  EXPECT_FALSE(parse_envelope("{"));
}

TEST(Subjects, NameATrackAndGiveItBack) {
  const auto track = TrackId::parse("zolder", "track").value();
  EXPECT_EQ(raw_subject(track), "timing.ingest.raw.v1.zolder");
  EXPECT_EQ(track_of("timing.ingest.raw.v1.zolder", kRawPrefix), track);
  EXPECT_FALSE(track_of("timing.ingest.raw.v1.zolder", kControlPrefix));
  EXPECT_FALSE(track_of("timing.ingest.raw.v1.a.b", kRawPrefix));
}

}  // namespace
}  // namespace holeshot::contract
