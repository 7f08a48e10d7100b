#include "common/contract/canonical_json.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "common/contract/ids.h"

namespace holeshot::contract {
namespace {

TEST(CanonicalJson, MatchesTheContractsVector) {
  const auto text = canonicalize(R"( { "type" : "chat", "content":"hello" } )").value();
  EXPECT_EQ(text, R"({"content":"hello","type":"chat"})");
  EXPECT_EQ(sha256_hex(text), "17cf87dd7df38f177282a8341058a4b1384fda337e2b3820099e7481e85e2e09");
}

TEST(CanonicalJson, SortsByUtf16CodeUnitsLikeRfc8785) {
  // RFC 8785, 3.2.3: the grinning face (a surrogate pair) comes before U+FB33.
  const auto text =
      canonicalize(R"({"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7})");
  EXPECT_EQ(text.value(),
            "{\"\\r\":2,\"1\":4,\"\xC2\x80\":6,\"\xC3\xB6\":7,\"\xE2\x82\xAC\":1,"
            "\"\xF0\x9F\x98\x80\":5,\"\xEF\xAC\xB3\":3}");
}

TEST(CanonicalJson, SortsEveryLevelAndKeepsArrayOrder) {
  EXPECT_EQ(canonicalize(R"({"b":[{"z":1,"a":[]},2,"x",null,true],"a":{}})").value(),
            R"({"a":{},"b":[{"a":[],"z":1},2,"x",null,true]})");
}

TEST(CanonicalJson, RefusesWhatOthersWouldReadDifferently) {
  EXPECT_FALSE(canonicalize(R"({"a":1.5})"));
  EXPECT_FALSE(canonicalize(R"({"a":1e3})"));
  EXPECT_FALSE(canonicalize(R"({"a":1,"a":2})"));
  EXPECT_FALSE(canonicalize("9007199254740992"));
  EXPECT_EQ(canonicalize("9007199254740991").value(), "9007199254740991");
  EXPECT_EQ(canonicalize("-9007199254740991").value(), "-9007199254740991");
  EXPECT_FALSE(canonicalize("-9007199254740992"));
}

TEST(CanonicalJson, RefusesBrokenAndEndlessInput) {
  for (const char* bad : {"", "{", "[1,]", "{\"a\"}", "nul", "{} {}", "\"\xFF\""})
    EXPECT_FALSE(canonicalize(bad)) << bad;
  EXPECT_FALSE(canonicalize(std::string(100'000, '[')));
  EXPECT_TRUE(canonicalize(std::string(kMaxJsonDepth, '[') + std::string(kMaxJsonDepth, ']')));
  EXPECT_FALSE(canonicalize(std::string(kMaxJsonDepth + 1, '[') + std::string(kMaxJsonDepth + 1, ']')));
}

TEST(CanonicalJson, IsItsOwnCanonicalForm) {
  const auto once = canonicalize(R"({"é":"\u001f\/","a":[1,{"c":"\"","b":-0}]})").value();
  EXPECT_EQ(canonicalize(once).value(), once);
  EXPECT_TRUE(same_json(R"({"a":1,"b":2})", R"({ "b":2,"a":1})"));
  EXPECT_FALSE(same_json(R"({"a":1})", R"({"a":2})"));
}

// The file that the SDK reads too: both must write the same bytes, and refuse the same texts.
TEST(CanonicalJson, AgreesWithTheVectorsThatTheSdkReads) {
  std::ifstream file{std::string{HOLESHOT_SOURCE_DIR} + "/tests/vectors/canonical.json"};
  const nlohmann::json all = nlohmann::json::parse(file);
  ASSERT_GE(all.at("cases").size(), 9U);
  for (const nlohmann::json& vector : all.at("cases")) {
    const auto text = canonicalize(vector.at("json").get<std::string>());
    ASSERT_TRUE(text.has_value()) << vector.at("name");
    EXPECT_EQ(*text, vector.at("canonical").get<std::string>()) << vector.at("name");
    EXPECT_EQ(sha256_hex(*text), vector.at("sha256").get<std::string>()) << vector.at("name");
  }
  ASSERT_GE(all.at("refused").size(), 5U);
  for (const nlohmann::json& vector : all.at("refused")) {
    EXPECT_FALSE(canonicalize(vector.at("json").get<std::string>())) << vector.at("name");
  }
}

}  // namespace
}  // namespace holeshot::contract
