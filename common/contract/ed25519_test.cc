// Held against the vectors that the TypeScript library reads too (tests/vectors).
#include "common/contract/ed25519.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace holeshot::contract {
namespace {

using Json = nlohmann::json;

Json vectors() {
  std::ifstream file(HOLESHOT_SOURCE_DIR "/tests/vectors/ed25519.json");
  return Json::parse(file);
}
base::Bytes hex(const Json& text) { return base::from_hex(text.get<std::string>()).value(); }
Ed25519Key key_of(const Json& its) { return base::value_or_die(Ed25519Key::from_seed(hex(its["seed_hex"]))); }

TEST(Ed25519, SignsAsRfc8032Says) {
  const Json cases = vectors()["rfc8032"];
  ASSERT_GE(cases.size(), 3U);
  for (const Json& its : cases) {
    const auto message = hex(its["message_hex"]);
    const std::string_view text(reinterpret_cast<const char*>(message.data()), message.size());
    const Ed25519Key key = key_of(its);
    EXPECT_EQ(base::to_hex(key.public_key()), its["public_hex"]);
    const Ed25519Signature signature = key.sign(text);
    EXPECT_EQ(base::to_hex(signature), its["sig_hex"]);
    EXPECT_TRUE(verify(key.public_key(), text, signature));
  }
}

TEST(Ed25519, PublishesKeysAsTheSdkReadsThem) {
  const Json keys = vectors()["keys"];
  ASSERT_GE(keys.size(), 2U);
  for (const Json& its : keys) EXPECT_EQ(to_base64url(key_of(its).public_key()), its["x"]);
}

TEST(Ed25519, RefusesEverythingThatWasTurned) {
  const Json keys = vectors()["keys"];
  const Ed25519Key key = key_of(keys[0]);
  const std::string text = R"({"seq":1})";
  const Ed25519Signature good = key.sign(text);
  for (std::size_t i = 0; i < good.size(); ++i) {
    Ed25519Signature bad = good;
    bad[i] ^= 1U;
    EXPECT_FALSE(verify(key.public_key(), text, bad)) << i;
  }
  EXPECT_FALSE(verify(key.public_key(), R"({"seq":2})", good));
  EXPECT_FALSE(verify(key_of(keys[1]).public_key(), text, good));
  EXPECT_FALSE(verify(key.public_key(), text, base::ByteView{good}.first(63)));
}

TEST(Ed25519, AKeyIs32Bytes) {
  EXPECT_EQ(Ed25519Key::from_seed(base::Bytes(31)).error().code, base::Code::kInvalid);
}

TEST(Base64Url, HasNoPadding) {
  EXPECT_EQ(to_base64url({}), "");
  EXPECT_EQ(to_base64url(base::as_bytes("f")), "Zg");
  EXPECT_EQ(to_base64url(base::as_bytes("fo")), "Zm8");
  EXPECT_EQ(to_base64url(base::as_bytes("foo")), "Zm9v");
  EXPECT_EQ(to_base64url(base::as_bytes("\xFB\xFF")), "-_8");
}

}  // namespace
}  // namespace holeshot::contract
