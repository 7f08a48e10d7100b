#include "common/contract/signature.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

namespace holeshot::contract {
namespace {

constexpr std::string_view kBody = R"({"content":"hello","type":"chat"})";

Secret secret_of(std::uint8_t first) {
  base::Bytes bytes(32);
  std::iota(bytes.begin(), bytes.end(), first);
  return Secret{std::move(bytes)};
}

SignedParts parts() {
  return {.type = std::string{kSignedBatch},
          .track = "hill",
          .client = "laptop",
          .txn = "01J9ZZZZZZZZZZZZZZZZZZZZZZ",
          .ts_ms = 1'760'000'000'000,
          .payload_hash = payload_hash(kBody)};
}

TEST(Signature, MatchesTheContractsHashAndAnHmacMadeByTheOpensslProgram) {
  EXPECT_EQ(parts().payload_hash, "17cf87dd7df38f177282a8341058a4b1384fda337e2b3820099e7481e85e2e09");
  EXPECT_EQ(signing_text(parts()),
            "v=1|t=ingest_batch|stream_id=hill|sender_id=laptop|txn_id=01J9ZZZZZZZZZZZZZZZZZZZZZZ|"
            "ts=1760000000000|payload_hash="
            "17cf87dd7df38f177282a8341058a4b1384fda337e2b3820099e7481e85e2e09");
  // printf '<the text above>' | openssl dgst -sha256 -mac HMAC -macopt hexkey:000102...1f
  EXPECT_EQ(sign(secret_of(0), parts()), "d273eb45ae530ba171db484e670346b0a95c12cc646c17f8d12664747f0fdb43");
}

// The file that the SDK's script writes and checks with node:crypto.
TEST(Signature, AgreesWithTheVectorsThatTheSdkReads) {
  std::ifstream file{std::string{HOLESHOT_SOURCE_DIR} + "/tests/vectors/hmac.json"};
  const nlohmann::json all = nlohmann::json::parse(file);
  ASSERT_GE(all.at("cases").size(), 3U);
  for (const nlohmann::json& vector : all.at("cases")) {
    const auto text = [&](const char* name) { return vector.at(name).get<std::string>(); };
    const Secret secret{base::from_hex(text("key_hex")).value()};
    const SignedParts signed_parts{.type = text("type"),
                                   .track = text("track_id"),
                                   .client = text("client_id"),
                                   .txn = text("txn_id"),
                                   .ts_ms = vector.at("ts_ms").get<std::uint64_t>(),
                                   .payload_hash = payload_hash(text("body"))};
    EXPECT_EQ(signed_parts.payload_hash, text("payload_hash")) << text("name");
    EXPECT_EQ(signing_text(signed_parts), text("signing_text")) << text("name");
    EXPECT_EQ(sign(secret, signed_parts), text("sig")) << text("name");
    EXPECT_TRUE(verify_body(secret, signed_parts, text("body"), text("sig"))) << text("name");
  }
}

TEST(Signature, HoldsForItsOwnPartsAndForNothingElse) {
  const std::string sig = sign(secret_of(0), parts());
  EXPECT_TRUE(verify(secret_of(0), parts(), sig));
  EXPECT_FALSE(verify(secret_of(1), parts(), sig));
  const auto differs = [&](auto change) {
    SignedParts other = parts();
    change(other);
    return !verify(secret_of(0), other, sig);
  };
  EXPECT_TRUE(differs([](SignedParts& p) { p.type = kSignedHeartbeat; }));
  EXPECT_TRUE(differs([](SignedParts& p) { p.track = "other"; }));
  EXPECT_TRUE(differs([](SignedParts& p) { p.client = "other"; }));
  EXPECT_TRUE(differs([](SignedParts& p) { p.txn.back() = 'Y'; }));
  EXPECT_TRUE(differs([](SignedParts& p) { ++p.ts_ms; }));
  EXPECT_TRUE(differs([](SignedParts& p) { p.payload_hash.back() = '0'; }));
  for (std::size_t i = 0; i < sig.size(); ++i) {
    std::string bent = sig;
    bent[i] = bent[i] == '0' ? '1' : '0';
    EXPECT_FALSE(verify(secret_of(0), parts(), bent)) << i;
  }
}

TEST(Signature, OfAnyOtherFormIsWrongAndNotABug) {
  const std::string sig = sign(secret_of(0), parts());
  for (const std::string& other :
       {std::string{}, sig.substr(1), sig + "00", std::string(64, 'x'), "v1=" + sig}) {
    EXPECT_FALSE(verify(secret_of(0), parts(), other)) << other;
  }
}

TEST(Signature, OfABodyHoldsForItsBytesOrForItsCanonicalForm) {
  const std::string sig = sign(secret_of(0), parts());
  EXPECT_EQ(verify_body(secret_of(0), parts(), kBody, sig), parts().payload_hash);
  EXPECT_EQ(verify_body(secret_of(0), parts(), R"( {"type": "chat", "content": "hello"} )", sig),
            parts().payload_hash);
  EXPECT_FALSE(verify_body(secret_of(0), parts(), R"({"content":"hello!","type":"chat"})", sig));
  EXPECT_FALSE(verify_body(secret_of(0), parts(), "no JSON", sig));
  SignedParts odd = parts();  // signed as it stood, though it is not canonical
  odd.payload_hash = payload_hash("{ }");
  EXPECT_EQ(verify_body(secret_of(0), parts(), "{ }", sign(secret_of(0), odd)), odd.payload_hash);
}

TEST(SignatureHeaders, AreReadWhereEachIsWhatItShouldBe) {
  const std::string sig(64, 'a');
  const auto headers =
      base::value_or_die(parse_signature_headers("k1", "laptop", "T1", "1760000000000", sig));
  EXPECT_EQ(headers.kid, "k1");
  EXPECT_EQ(headers.client, "laptop");
  EXPECT_EQ(headers.txn, "T1");
  EXPECT_EQ(headers.ts_ms, 1'760'000'000'000U);
  EXPECT_EQ(headers.sig, sig);
}

TEST(SignatureHeaders, ThatCouldBendTheSignedTextAreRefusedByName) {
  const std::string sig(64, 'a');
  const auto error = [&](std::string_view kid, std::string_view client, std::string_view txn,
                         std::string_view ts, std::string_view signature) {
    const auto headers = parse_signature_headers(kid, client, txn, ts, signature);
    return headers ? std::string{"none"} : headers.error().message;
  };
  EXPECT_EQ(error("", "c", "t", "1", sig), "X-Holeshot-Kid is missing");
  EXPECT_EQ(error("k", "c|txn_id=x", "t", "1", sig), "X-Holeshot-Client is no token");
  EXPECT_EQ(error("k", "c", "t|ts=1", "1", sig), "X-Holeshot-Txn is no token");
  for (const std::string_view ts :
       {"", "-1", "1.5", " 1", "1 ", "0x1", "1234567890123456", "99999999999999999999"}) {
    EXPECT_EQ(error("k", "c", "t", ts, sig), "X-Holeshot-Ts is no time") << ts;
  }
  EXPECT_EQ(error("k", "c", "t", "1", sig.substr(1)), "X-Holeshot-Sig is not 64 hex digits");
  EXPECT_EQ(error("k", "c", "t", "1", std::string(64, 'g')), "X-Holeshot-Sig is not 64 hex digits");
}

TEST(SigningKey, IsOneLineOfKidAndHex) {
  const auto key = base::value_or_die(
      parse_key("# gateway at the hill\n\n  hill-2026:000102030405060708090A0b0c0d0e0f \r\n"));
  EXPECT_EQ(key.kid, "hill-2026");
  EXPECT_EQ(base::to_hex(key.secret.view()), "000102030405060708090a0b0c0d0e0f");
}

TEST(SigningKey, ThatIsWrongIsRefusedWithoutAWordOfTheSecret) {
  const std::string hex = "deadbeefdeadbeefdeadbeefdeadbeef";
  for (const std::string& text :
       {std::string{}, std::string{"# nothing\n"}, hex, "k:" + hex + "\nk2:" + hex, "k i d:" + hex, ":" + hex,
        "k:" + hex.substr(1), "k:" + hex.substr(2), "k:" + hex + "zz", "k:" + hex + " x", std::string{"k:"},
        "k:" + std::string(258, 'a'), std::string("\0\0:\0", 4)}) {
    const auto key = parse_key(text);
    ASSERT_FALSE(key) << text;
    EXPECT_EQ(key.error().text().find("deadbeef"), std::string::npos) << text;
  }
}

TEST(Secret, IsGoneFromWhereItWasMovedFrom) {
  Secret one = secret_of(0);
  const Secret two = std::move(one);
  EXPECT_EQ(two.view().size(), 32U);
  EXPECT_TRUE(one.view().empty());  // NOLINT(bugprone-use-after-move): that is the question
}

}  // namespace
}  // namespace holeshot::contract
