#include "central/race/input.h"

#include <gtest/gtest.h>

#include "central/race/json_in.h"
#include "central/race/payloads.h"
#include "central/race/race_day_test_kit.h"

namespace holeshot::race {
namespace {

std::string envelope(const std::string& type, const std::string& payload) {
  return R"({"captured_at_us":7,"event_id":"e1","message_type":")" + type + R"(","payload":)" + payload + "}";
}

Passing passing(const std::string& payload) {
  return std::get<Passing>(value_or_die(parse_raw("k", envelope("PASSING", payload))).what);
}

std::string problem(const base::Result<Input>& input) { return input ? "" : input.error().message; }

TEST(ParseRaw, ReadsAPassing) {
  const auto p = passing(
      R"({"decoder_id":"D0000C00","flags":0,"passing_number":5,"rtc_time_us":9,"transponder_id":1001,)"
      R"("transponder_string":"FL-1","utc_time_us":11})");
  EXPECT_EQ(p, (Passing{.decoder_id = "D0000C00",
                        .transponder_id = 1001,
                        .transponder_string = "FL-1",
                        .rtc_time_us = 9,
                        .utc_time_us = 11,
                        .captured_at_us = 7,
                        .passing_number = 5}));
}

TEST(ParseRaw, ReadsAPassingThatHasOnlyTheText) {
  EXPECT_FALSE(passing(R"({"rtc_time_us":9,"transponder_string":"FL-1"})").transponder_id);
  EXPECT_FALSE(passing(R"({"rtc_time_us":9,"transponder_id":0})").transponder_id);
  EXPECT_FALSE(
      passing(R"({"rtc_time_us":9,"transponder_id":null,"transponder_string":null})").transponder_id);
}

TEST(ParseRaw, ReadsNumbersBeyondWhatJsonHoldsFromTheirDigits) {
  EXPECT_EQ(passing(R"({"rtc_time_us":"18446744073709551615"})").rtc_time_us, ~std::uint64_t{0});
}

TEST(ParseRaw, ReadsAStatusWithWhateverItSays) {
  const auto input = value_or_die(parse_raw("k", envelope("STATUS", R"({"noise":40,"temperature":-3})")));
  const auto& status = std::get<DecoderStatus>(input.what);
  EXPECT_EQ(status.noise, 40);
  EXPECT_EQ(status.temperature, -3);
  EXPECT_FALSE(status.satellites);
  EXPECT_EQ(status.captured_at_us, 7U);
}

TEST(ParseRaw, HasNothingToDoForOtherRecords) {
  for (const char* type : {"VERSION", "TOR_0036", "passing"}) {
    const auto input = value_or_die(parse_raw("k", envelope(type, "{}")));
    EXPECT_TRUE(std::holds_alternative<std::monostate>(input.what)) << type;
  }
}

TEST(ParseRaw, NamesWhatIsWrong) {
  EXPECT_EQ(problem(parse_raw("k", "{")), "read JSON: not JSON at byte 2");
  EXPECT_EQ(problem(parse_raw("k", "[]")), "read envelope: event_id is not a text");
  EXPECT_EQ(problem(parse_raw("k", R"({"event_id":"e"})")), "read envelope: captured_at_us is not a number");
  EXPECT_EQ(problem(parse_raw("k", envelope("PASSING", "[]"))), "read envelope: payload is not an object");
  EXPECT_EQ(problem(parse_raw("k", envelope("PASSING", "{}"))), "read PASSING: rtc_time_us is not a number");
  EXPECT_EQ(problem(parse_raw("k", envelope("PASSING", R"({"rtc_time_us":1.5})"))),
            "read PASSING: rtc_time_us is not a number");
  EXPECT_EQ(problem(parse_raw("k", envelope("PASSING", R"({"rtc_time_us":1,"transponder_id":-4})"))),
            "read PASSING: transponder_id is not a number");
  EXPECT_EQ(problem(parse_raw("k", std::string(100, '['))), "read JSON: nested too deep");
}

const std::string kHead = R"({"actor":"office","event_id":"i1","ts_us":5,"track_id":"t1","type":)";

Intent intent(const std::string& rest) {
  return std::get<Intent>(value_or_die(parse_intent("k", kHead + rest)).what);
}

TEST(ParseIntent, ReadsBackAStageAsItWasWritten) {
  StageRequest stage = kit::one_decoder_moto(8, true);
  stage.race_timeout_us = 60'000'000;
  stage.riders[2].transponder_id.reset();
  stage.riders[2].transponder_string = "FL-3";
  const auto read = intent("\"stage\"," + stage_json(stage).substr(1));
  EXPECT_EQ(read.kind, Intent::Kind::kStage);
  EXPECT_EQ(read.actor, "office");
  EXPECT_EQ(read.track_id, "t1");
  EXPECT_EQ(read.stage, stage);
}

TEST(ParseIntent, SaysWhichFieldOfAnIntentIsWrongInsteadOfLosingIt) {
  EXPECT_EQ(intent(R"("stage"})").problem, "read stage: moto_id is not a text");
  EXPECT_EQ(intent(R"("stage","moto_id":"m","riders":[],"track_config":{}})").problem,
            "read track_config: loops is not a list");
  EXPECT_EQ(
      intent(R"("stage","moto_id":"m","riders":[{"rider_id":"r"}],"track_config":{"loops":[]}})").problem,
      "read rider: lane is not a number");
  EXPECT_EQ(intent(R"("race_timeout"})").problem, "read race_timeout: moto_id is not a text");
  EXPECT_EQ(intent(R"("alert","id":"a","level":"info"})").problem, "read alert: text is not a text");
  EXPECT_EQ(intent(R"("alert"})").kind, Intent::Kind::kMalformed);
}

TEST(ParseIntent, KeepsATypeItDoesNotKnowForARefusal) {
  EXPECT_EQ(intent(R"("reopen"})").kind, Intent::Kind::kUnknown);
  EXPECT_EQ(intent(R"("reopen"})").type, "reopen");
}

TEST(ParseIntent, RefusesWhatCannotBeAnswered) {
  EXPECT_EQ(problem(parse_intent("k", "7")), "read intent: type is not a text");
  EXPECT_EQ(problem(parse_intent("k", R"({"type":"reset"})")), "read intent: event_id is not a text");
}

TEST(JsonDoc, GivesTheFirstOfTwoEqualKeysAndNothingForOtherTypes) {
  const auto doc =
      value_or_die(JsonDoc::parse(R"({"a":1,"a":2,"b":"x","c":[true,null],"d":-9223372036854775808})"));
  EXPECT_EQ(doc.root()["a"].number(), 1U);
  EXPECT_FALSE(doc.root()["b"].number());
  EXPECT_FALSE(doc.root()["b"]["a"]);
  EXPECT_FALSE(doc.root()["d"].signed_number());
  EXPECT_EQ(doc.root()["c"].first().boolean(), true);
  EXPECT_TRUE(doc.root()["c"].first().next().is_nothing());
  EXPECT_FALSE(doc.root()["c"].first().next().next());
}

// The usual record is read by another parser than an unusual one: they must not differ.
TEST(ParseRaw, AnUnusualShapeOfTheSamePassingIsTheSamePassing) {
  const auto body = [](const std::string& payload, const std::string& more = {}) {
    return R"({"captured_at_us":7,"event_id":"e","message_type":"PASSING","payload":{)" + payload + "}" +
           more + "}";
  };
  const auto read = [](const std::string& text) {
    const auto input = parse_raw("t:c:b:1", text);
    return input ? std::get<Passing>(input->what) : Passing{.decoder_id = input.error().message};
  };
  const Passing usual =
      read(body(R"("decoder_id":"D1","passing_number":3,"rtc_time_us":5,"transponder_id":9)"));
  EXPECT_EQ(usual.transponder_id, 9U);
  EXPECT_EQ(usual.captured_at_us, 7U);
  EXPECT_EQ(read(body(R"("decoder_id":"D1","passing_number":"3","rtc_time_us":"5","transponder_id":"9")")),
            usual);
  EXPECT_EQ(
      read(
          body(R"("decoder_id":"D1","passing_number":3,"rtc_time_us":5,"rtc_time_us":6,"transponder_id":9)")),
      usual);
  EXPECT_EQ(
      read(body(
          R"("decoder_id":"D1","passing_number":3,"rtc_time_us":5,"transponder_id":9,"utc_time_us":null)")),
      usual);
  EXPECT_EQ(read(body(R"("decoder_id":"D1","passing_number":3,"rtc_time_us":5,"transponder_id":9)",
                      R"(,"x":[[[[[[[[[[1]]]]]]]]]],"big":123456789012345678901234567890)")),
            usual);
  EXPECT_FALSE(parse_raw("k", body(R"("decoder_id":"D1","rtc_time_us":-5)")));
  EXPECT_FALSE(parse_raw("k", body(R"("decoder_id":"D1","rtc_time_us":5)") + "x"));
}

}  // namespace
}  // namespace holeshot::race
