#include "common/contract/ed25519.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "common/contract/canonical_json.h"

namespace holeshot::contract {
namespace {

using nlohmann::json;

json vectors() {
  std::ifstream file{std::string{HOLESHOT_SOURCE_DIR} + "/tests/vectors/ed25519.json"};
  return json::parse(file);
}

std::string text_of(const json& object, const char* name) { return object.at(name).get<std::string>(); }
base::Bytes bytes_of(const json& object, const char* name) {
  return base::from_hex(text_of(object, name)).value();
}
Ed25519Key key_of(const json& object) {
  return base::value_or_die(Ed25519Key::parse(text_of(object, "seed_hex")));
}

json key_called(const json& all, const std::string& kid) {
  for (const json& key : all.at("keys")) {
    if (key.at("kid") == kid) return key;
  }
  return {};
}

TEST(Ed25519, SignsAndVerifiesAsRfc8032Says) {
  const json all = vectors();
  ASSERT_GE(all.at("rfc8032").size(), 3U);
  for (const json& vector : all.at("rfc8032")) {
    const Ed25519Key key = key_of(vector);
    const base::Bytes message = bytes_of(vector, "message_hex");
    EXPECT_EQ(base::to_hex(key.public_key()), text_of(vector, "public_hex"));
    EXPECT_EQ(base::to_hex(key.sign(message)), text_of(vector, "sig_hex"));
    EXPECT_TRUE(verify_ed25519(bytes_of(vector, "public_hex"), message, bytes_of(vector, "sig_hex")));
  }
}

TEST(Ed25519, PublishesAKeyAsTheVectorsDo) {
  const json all = vectors();
  ASSERT_GE(all.at("keys").size(), 2U);
  for (const json& key : all.at("keys")) {
    EXPECT_EQ(to_base64url(key_of(key).public_key()), text_of(key, "x"));
    EXPECT_EQ(from_base64url(text_of(key, "x")), bytes_of(key, "public_hex"));
    EXPECT_EQ(key_of(key).seed_hex(), text_of(key, "seed_hex"));
  }
}

TEST(Ed25519, SignsEnvelopesAsTheVectorsDo) {
  const json all = vectors();
  ASSERT_GE(all.at("envelopes").size(), 2U);
  for (const json& envelope : all.at("envelopes")) {
    const Ed25519Key key = key_of(key_called(all, text_of(envelope, "kid")));
    const std::string text = text_of(envelope, "json");
    EXPECT_EQ(base::value_or_die(signed_form(text)), text_of(envelope, "canonical"));
    EXPECT_TRUE(verify_envelope(key.public_key(), text));
    json bare = json::parse(text);
    bare.erase("sig");
    bare.erase("kid");
    EXPECT_EQ(base::value_or_die(sign_envelope(key, text_of(envelope, "kid"), bare.dump())),
              base::value_or_die(canonicalize(text)));
    EXPECT_EQ(
        json::parse(base::value_or_die(sign_envelope(key, text_of(envelope, "kid"), bare.dump()))).at("sig"),
        envelope.at("sig"));
  }
}

TEST(Ed25519, RefusesWhatWasChanged) {
  const json all = vectors();
  const json& first = all.at("envelopes").at(0);
  const Ed25519Key key = key_of(key_called(all, text_of(first, "kid")));
  json envelope = json::parse(text_of(first, "json"));
  envelope["seq"] = envelope["seq"].get<int>() + 1;
  EXPECT_FALSE(verify_envelope(key.public_key(), envelope.dump()));
  envelope = json::parse(text_of(first, "json"));
  envelope["kid"] = "other";
  EXPECT_FALSE(verify_envelope(key.public_key(), envelope.dump()));
  envelope.erase("sig");
  EXPECT_FALSE(verify_envelope(key.public_key(), envelope.dump()));
  EXPECT_FALSE(verify_envelope(key.public_key(), "[]"));

  const base::ByteView message = base::as_bytes("gate");
  Ed25519Signature sig = key.sign(message);
  EXPECT_TRUE(verify_ed25519(key.public_key(), message, sig));
  EXPECT_FALSE(verify_ed25519(key.public_key(), base::as_bytes("gatE"), sig));
  EXPECT_FALSE(verify_ed25519(key.public_key(), message, base::ByteView{sig}.first(63)));
  EXPECT_FALSE(verify_ed25519(base::ByteView{key.public_key()}.first(31), message, sig));
  sig[5] ^= 1U;
  EXPECT_FALSE(verify_ed25519(key.public_key(), message, sig));
}

TEST(Ed25519, ReadsAKeyThatTheOpensslProgramMade) {
  // RFC 8410, section 10.3.
  constexpr std::string_view kPem =
      "-----BEGIN PRIVATE KEY-----\n"
      "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
      "-----END PRIVATE KEY-----\n";
  const auto key = Ed25519Key::parse(kPem);
  ASSERT_TRUE(key.has_value()) << key.error().text();
  EXPECT_EQ(key->seed_hex(), "d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842");
}

TEST(Ed25519, RefusesTextsThatAreNoKeyAndSaysNothingOfThem) {
  for (const std::string& text :
       {std::string{}, std::string{"secret"}, std::string(62, 'a'), std::string(66, 'a'),
        std::string{"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"}}) {
    const auto key = Ed25519Key::parse(text);
    ASSERT_FALSE(key.has_value());
    EXPECT_EQ(key.error().code, base::Code::kInvalid);
    EXPECT_EQ(key.error().message.find("aaaa"), std::string::npos);
    EXPECT_FALSE(key.error().hint.empty());
  }
}

TEST(Ed25519, MakesFreshKeys) {
  const Ed25519Key a = base::value_or_die(Ed25519Key::generate());
  const Ed25519Key b = base::value_or_die(Ed25519Key::generate());
  EXPECT_NE(a.public_key(), b.public_key());
  EXPECT_EQ(base::value_or_die(Ed25519Key::parse(" " + a.seed_hex() + "\n")).public_key(), a.public_key());
}

TEST(Base64Url, GoesThereAndBackAndRefusesTheRest) {
  for (std::size_t size = 0; size < 70; ++size) {
    base::Bytes bytes;
    for (std::size_t i = 0; i < size; ++i) bytes.push_back(static_cast<std::uint8_t>(251 * i + size));
    EXPECT_EQ(from_base64url(to_base64url(bytes)), bytes);
  }
  EXPECT_EQ(to_base64url(base::as_bytes("\xfb\xff")), "-_8");
  for (const std::string_view text : {"A", "AAAAA", "+/8", "-_8=", "-_9"})
    EXPECT_FALSE(from_base64url(text)) << text;
}

}  // namespace
}  // namespace holeshot::contract
