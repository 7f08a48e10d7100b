#include "central/live/client_message.h"

#include <gtest/gtest.h>

namespace holeshot::live {
namespace {

using Type = ClientMessage::Type;

TEST(ClientMessage, SubscribeCarriesItsLists) {
  const auto m = parse_client_message(
      R"({"type":"subscribe","payload":{"tracks":["t1"],"events":["e"],"classes":[],"riders":["r1","r2"],"channels":["race"]}})");
  ASSERT_EQ(m.type, Type::kSubscribe);
  EXPECT_EQ(m.wanted.tracks, std::vector<std::string>{"t1"});
  EXPECT_EQ(m.wanted.riders.size(), 2U);
  EXPECT_TRUE(m.wanted.classes.empty());
}

TEST(ClientMessage, AbsentListsAreEmptyAndUnknownFieldsAreIgnored) {
  EXPECT_EQ(parse_client_message(R"({"type":"subscribe","payload":{"tracks":null,"later":1},"x":2})").type,
            Type::kSubscribe);
  EXPECT_EQ(parse_client_message(R"({"type":"subscribe"})").type, Type::kSubscribe);
  EXPECT_EQ(parse_client_message(R"({"type":"unsubscribe","payload":{}})").type, Type::kUnsubscribe);
  EXPECT_EQ(parse_client_message(R"({"type":"heartbeat","payload":{}})").type, Type::kHeartbeat);
}

TEST(ClientMessage, SubscribeSaysHowTicksAreWanted) {
  const auto as_before = parse_client_message(R"({"type":"subscribe","payload":{"encoding":null}})");
  EXPECT_FALSE(as_before.wanted.encoding);
  EXPECT_FALSE(as_before.wanted.rate);
  const auto binary =
      parse_client_message(R"({"type":"subscribe","payload":{"encoding":"binary","rate":"full"}})");
  EXPECT_EQ(binary.wanted.encoding, Encoding::kBinary);
  EXPECT_EQ(binary.wanted.rate->kind, Rate::Kind::kFull);
  for (const std::string_view rate : {"5", "\"5\""}) {
    const auto message = parse_client_message(R"({"type":"subscribe","payload":{"encoding":"json","rate":)" +
                                              std::string{rate} + "}}");
    EXPECT_EQ(message.wanted.encoding, Encoding::kJson);
    EXPECT_EQ(message.wanted.rate->hz, 5U) << rate;
  }
}

void expect_code(std::string_view text, std::string_view code) {
  const auto m = parse_client_message(text);
  EXPECT_EQ(m.type, Type::kInvalid) << text;
  EXPECT_EQ(m.code, code) << text;
  EXPECT_FALSE(m.why.empty());
}

TEST(ClientMessage, EverythingElseIsInvalid) {
  for (const std::string_view text :
       {"", "x", "[]", "1", "\"subscribe\"", "{}", R"({"type":1})", R"({"type":"stage","payload":{}})",
        R"({"type":"subscribe","payload":[]})", R"({"type":"subscribe","payload":{}} x)",
        R"({"type":"subscribe")"}) {
    expect_code(text, "invalid_message");
  }
  const std::string deep(kMaxClientMessage, '[');
  expect_code(deep, "invalid_message");
  expect_code("{\"a\":" + deep, "invalid_message");
}

TEST(ClientMessage, BadListsAreInvalidFilters) {
  expect_code(R"({"type":"subscribe","payload":{"tracks":"t1"}})", "invalid_filter");
  expect_code(R"({"type":"subscribe","payload":{"tracks":["a.b"]}})", "invalid_filter");
  expect_code(R"({"type":"subscribe","payload":{"riders":[1]}})", "invalid_filter");
  expect_code(R"({"type":"subscribe","payload":{"riders":[""]}})", "invalid_filter");
  expect_code(R"({"type":"unsubscribe","payload":{"tracks":[null]}})", "invalid_filter");
  std::string many = R"({"type":"subscribe","payload":{"events":["e")";
  for (int i = 0; i < 256; ++i) many += ",\"e\"";
  expect_code(many + "]}}", "invalid_filter");
}

TEST(ClientMessage, AnEncodingOrRateThatIsNoneIsRefused) {
  for (const char* encoding : {R"("morse")", R"("")", "1", "[]", R"({"a":"json"})"})
    expect_code(R"({"type":"subscribe","payload":{"encoding":)" + std::string{encoding} + "}}",
                "invalid_encoding");
  for (const char* rate : {R"("never")", "0", "101", "-1", "2.5", "true", R"([5])"})
    expect_code(R"({"type":"subscribe","payload":{"rate":)" + std::string{rate} + "}}", "invalid_rate");
}

}  // namespace
}  // namespace holeshot::live
