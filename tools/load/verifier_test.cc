#include "tools/load/verifier.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace holeshot::load {
namespace {

using nlohmann::json;

json vectors(const char* name) {
  std::ifstream file{std::string{HOLESHOT_SOURCE_DIR} + "/tests/vectors/" + name};
  return json::parse(file);
}

std::vector<PublicKey> keys() {
  return base::value_or_die(read_keys(json{{"keys", vectors("ed25519.json").at("keys")}}.dump()));
}

// What names a binary tick's moto and key.
std::string staged(const json& frame) {
  const json& picture = frame.at("picture");
  return json{{"channel", "race"},
              {"epoch", frame.at("epoch")},
              {"event_id", nullptr},
              {"kind", "snapshot"},
              {"payload",
               {{"kid", frame.at("kid")},
                {"motos", {{{"moto_id", picture.at("moto_id")}, {"slot", picture.at("slot")}}}}}},
              {"seq", picture.at("seq")},
              {"track_id", frame.at("track_id")},
              {"ts_us", 1}}
      .dump();
}

struct Given {
  std::string track;
  std::string text;
  std::string snapshot;
  base::Bytes binary;
};

std::vector<Given> given() {
  std::vector<Given> all;
  const json file = vectors("tick_frames.json");
  for (const json& frame : file.at("frames")) {
    all.push_back({frame.at("track_id"), frame.at("json"), staged(frame),
                   base::from_hex(frame.at("binary_hex").get<std::string>()).value()});
  }
  return all;
}

TEST(Verifier, HoldsTheVectorsOfBothEncodingsForSigned) {
  for (const Given& one : given()) {
    Verifier verifier{keys()};
    verifier.text(one.track, glance_text(one.snapshot).value(), one.snapshot);
    verifier.text(one.track, glance_text(one.text).value(), one.text);
    verifier.binary(one.track, glance_binary(one.binary).value(), one.binary);
    EXPECT_EQ(verifier.counts().checked, 2U);
    EXPECT_EQ(verifier.counts().refused, 0U) << one.text;
    EXPECT_EQ(verifier.counts().unplaced, 0U);
  }
}

TEST(Verifier, ChecksAFrameOnceAndThenComparesEveryByte) {
  const Given one = given().front();
  Verifier verifier{keys()};
  for (int viewer = 0; viewer < 5; ++viewer)
    verifier.text(one.track, glance_text(one.text).value(), one.text);
  EXPECT_EQ(verifier.counts().checked, 1U);
  EXPECT_EQ(verifier.counts().same, 4U);
  std::string bent = one.text;
  const std::size_t at = bent.find("8123");
  bent[at] = '9';  // a rider a metre ahead, for this viewer only
  verifier.text(one.track, glance_text(bent).value(), bent);
  EXPECT_EQ(verifier.counts().refused, 1U);
}

TEST(Verifier, RefusesABinaryTickWithAnyBitTurned) {
  const Given one = given().front();
  for (std::size_t at = kTickHeaderBytes; at < one.binary.size(); ++at) {
    Verifier verifier{keys()};
    verifier.text(one.track, glance_text(one.snapshot).value(), one.snapshot);
    base::Bytes bent = one.binary;
    bent[at] ^= 1U;
    verifier.binary(one.track, glance_binary(bent).value(), bent);
    ASSERT_EQ(verifier.counts().refused, 1U) << at;
  }
}

TEST(Verifier, TellsWhatIsNotSignedFromWhatCannotBeJudged) {
  const Given one = given().front();
  Verifier verifier{keys()};
  verifier.binary(one.track, glance_binary(one.binary).value(), one.binary);
  EXPECT_EQ(verifier.counts().unplaced, 1U);
  json bare = json::parse(one.text);
  bare.erase("sig");
  const std::string text = bare.dump();
  verifier.text(one.track, glance_text(text).value(), text);
  EXPECT_EQ(verifier.counts().missing, 1U);
  EXPECT_EQ(verifier.counts().refused, 0U);
}

TEST(Verifier, KnowsNoKeyThatIsNotPublished) {
  const Given one = given().front();
  Verifier verifier{{}};
  verifier.text(one.track, glance_text(one.text).value(), one.text);
  EXPECT_EQ(verifier.counts().refused, 1U);
}

TEST(Keys, OfAnAnswerThatIsNoConfigAreAnError) {
  for (const char* text : {"", "[]", "{}", "<html>", R"({"keys":[{"alg":"Ed25519","kid":"k","x":"short"}]})"})
    EXPECT_FALSE(read_keys(text)) << text;
  EXPECT_TRUE(base::value_or_die(read_keys(R"({"keys":[]})")).empty());
}

}  // namespace
}  // namespace holeshot::load
