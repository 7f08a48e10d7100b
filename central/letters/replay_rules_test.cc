#include "central/letters/replay_rules.h"

#include <gtest/gtest.h>

#include "central/letters/letters_test_kit.h"

namespace holeshot::letters {
namespace {

Letter letter_of(const log::NewEvent& event) { return read_letter(test::stored(event, 9)).value(); }

TEST(TargetOf, IsTheTracksRawSubjectForWhatIngestRefusedAndItsOwnForWhatAWorkerGaveUp) {
  EXPECT_EQ(target_of(letter_of(test::refused("a", "{}"))).value(), test::kRaw);
  for (const char* subject : {test::kRaw, "timing.race.control.v1.zolder", "timing.registry.v1"})
    EXPECT_EQ(target_of(letter_of(test::given_up("a", "{}", subject))).value(), subject);
}

TEST(TargetOf, RefusesWhatWasDerived) {
  for (const char* subject : {"timing.race.events.v1.zolder", "timing.race.snapshot.v1.zolder.day",
                              "timing.dlq.v1.race", "timing.race.checkpoint.v1.zolder", "elsewhere"}) {
    const auto target = target_of(letter_of(test::given_up("a", "{}", subject, "projection")));
    ASSERT_FALSE(target) << subject;
    EXPECT_EQ(target.error().code, base::Code::kDenied);
    EXPECT_NE(target.error().text().find("discard"), std::string::npos);
  }
  EXPECT_FALSE(target_of(letter_of(test::new_event("timing.dlq.v1.x", "c", "b", 1, "no JSON"))));
  EXPECT_FALSE(target_of(letter_of(test::refused("a", "{}", "bad_id", "no/track"))));
}

TEST(CheckBytes, TakesAnEnvelopeOfTheTrackAlone) {
  EXPECT_TRUE(check_bytes(test::kRaw, test::envelope(7)));
  for (const std::string& bad :
       {test::envelope(0), test::envelope(7, "peer"), std::string{"{}"}, std::string{"no JSON"},
        std::string{""}, test::envelope(7) + "\n" + test::envelope(8)}) {
    const auto status = check_bytes(test::kRaw, bad);
    ASSERT_FALSE(status) << bad;
    EXPECT_EQ(status.error().code, base::Code::kInvalid);
    EXPECT_NE(status.error().text().find("dlq fix"), std::string::npos);
  }
}

TEST(CheckBytes, TakesAnIntentOfTheTrackAlone) {
  const std::string subject = "timing.race.control.v1.zolder";
  EXPECT_TRUE(check_bytes(subject, R"({"type":"reset","event_id":"e","ts_us":1,"track_id":"zolder"})"));
  EXPECT_TRUE(check_bytes(subject, R"({"type":"reset","event_id":"e","ts_us":1})"));
  for (const char* bad :
       {"[]", R"({"type":"reset","event_id":"e"})", R"({"type":"","event_id":"e","ts_us":1})",
        R"({"event_id":"e","ts_us":1})", R"({"type":"reset","event_id":"e","ts_us":1,"track_id":"peer"})",
        R"({"type":"reset","event_id":"e","ts_us":1,"track_id":7})"})
    EXPECT_FALSE(check_bytes(subject, bad)) << bad;
}

TEST(CheckBytes, TakesAChangeOfTheRegistry) {
  EXPECT_TRUE(check_bytes("timing.registry.v1", R"({"op":"put","kind":"rider","id":"r1","object":{}})"));
  EXPECT_FALSE(check_bytes("timing.registry.v1", R"({"op":"put","kind":"rider"})"));
  EXPECT_FALSE(check_bytes("timing.registry.v1", "null"));
}

TEST(OneLine, MakesWhiteSpaceOfLineBreaks) {
  EXPECT_EQ(one_line("{\r\n  \"a\": 1\n}\n"), "{    \"a\": 1 }");
  EXPECT_EQ(one_line("{}"), "{}");
  EXPECT_EQ(one_line("\n"), "");
}

TEST(Keys, ARefusedEnvelopeGetsItsOwnAndAllElseTheLetters) {
  const auto own = under_own_key(letter_of(test::refused("a", "{}")), test::kRaw, test::envelope(7));
  ASSERT_TRUE(own);
  EXPECT_EQ(own->client.str(), "gw");
  EXPECT_EQ(own->boot.str(), "b1");
  EXPECT_EQ(own->seq, 7U);
  EXPECT_FALSE(under_own_key(letter_of(test::given_up("a", "{}")), test::kRaw, test::envelope(7)))
      << "it stands in the log: nobody would read it again";
  EXPECT_FALSE(under_own_key(letter_of(test::refused("a", "{}", "conflict")), test::kRaw, test::envelope(7)))
      << "its key is somebody else's";
  const auto letters = under_letters_key(255, test::kRaw, "{}", 2);
  EXPECT_EQ(letters.client.str() + ":" + letters.boot.str() + ":" + std::to_string(letters.seq),
            "dlq:00000000000000ff:2");
}

}  // namespace
}  // namespace holeshot::letters
