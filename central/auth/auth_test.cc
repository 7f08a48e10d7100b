#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "central/auth/authenticator.h"
#include "central/auth/key_ring.h"
#include "common/base/folder_test_kit.h"

namespace holeshot::auth {
namespace {

using base::Code;

constexpr std::uint64_t kNow = 1'760'000'000'000'000;
const std::string kSecretHex = "000102030405060708090a0b0c0d0e0f";
const std::string kOtherHex = "ff0102030405060708090a0b0c0d0e0f";

contract::TrackId track(const std::string& name) { return contract::TrackId::parse(name, "track").value(); }

class AuthTest : public testing::Test {
 protected:
  AuthTest() {
    write("k1:" + kSecretHex + " zolder spa\n");
    ring_ = base::value_or_die(KeyRing::open(path(), clock_));
    authenticator_ = std::make_unique<Authenticator>(*ring_, clock_);
  }

  [[nodiscard]] std::string path() const { return folder_.file("keys"); }
  void write(const std::string& text) {
    std::ofstream(path() + ".new") << text;
    chmod((path() + ".new").c_str(), 0600);
    std::filesystem::rename(path() + ".new", path());
  }

  struct Said {
    std::string kid = "k1", secret = kSecretHex, txn = "txn-1", track = "zolder", signed_track = "zolder",
                body = "{}";
    std::int64_t late_us = 0;
    bool is_signed = true;
  };
  Verdict check(const Said& said) {
    const auto key = base::value_or_die(contract::parse_key(said.kid + ":" + said.secret));
    const std::uint64_t ts_ms = (clock_.wall_us() - static_cast<std::uint64_t>(said.late_us)) / 1'000;
    const std::string sig =
        contract::sign(key.secret, {std::string{contract::kSignedBatch}, said.signed_track, "laptop",
                                    said.txn, ts_ms, contract::payload_hash(said.body)});
    const auto id = track(said.track);
    const std::string ts = std::to_string(ts_ms);
    if (!said.is_signed)
      return authenticator_->check({contract::kSignedBatch, id, "", "laptop", "txn", "", "", said.body});
    return authenticator_->check(
        {contract::kSignedBatch, id, said.kid, "laptop", said.txn, ts, sig, said.body});
  }
  std::string code(const Said& said) {
    const Verdict verdict = check(said);
    return verdict.problem ? std::to_string(verdict.problem->status) + " " + verdict.problem->code : "ok";
  }

  base::ManualClock clock_{kNow};
  base::TestFolder folder_;
  std::unique_ptr<KeyRing> ring_;
  std::unique_ptr<Authenticator> authenticator_;
};

TEST_F(AuthTest, AKeyCountsForItsTracksAndNoOther) {
  EXPECT_EQ(code({}), "ok");
  EXPECT_EQ(code({.txn = "txn-2", .track = "spa", .signed_track = "spa"}), "ok");
  EXPECT_EQ(code({.txn = "txn-3", .track = "mol", .signed_track = "mol"}), "403 wrong_track");
  EXPECT_EQ(code({.track = "spa"}), "401 bad_signature") << "a signature for one track is none for another";
}

TEST_F(AuthTest, WhatIsNotSignedOrSignedWrongIsRefusedWithTheTime) {
  EXPECT_EQ(code({.is_signed = false}), "401 signature_missing");
  EXPECT_EQ(code({.kid = "k2"}), "401 unknown_kid");
  EXPECT_EQ(code({.secret = kOtherHex}), "401 bad_signature");
  EXPECT_EQ(check({.secret = kOtherHex}).problem->server_time_us, kNow);
}

TEST_F(AuthTest, TheWindowIsAQuarterOfAnHourEitherSide) {
  constexpr std::int64_t kQuarter = 900'000'000;
  EXPECT_EQ(code({.txn = "a", .late_us = kQuarter}), "ok");
  EXPECT_EQ(code({.txn = "b", .late_us = -kQuarter}), "ok");
  EXPECT_EQ(code({.txn = "c", .late_us = kQuarter + 1'000'000}), "401 timestamp_outside_window");
  EXPECT_EQ(code({.txn = "d", .late_us = -kQuarter - 1'000'000}), "401 timestamp_outside_window");
}

TEST_F(AuthTest, ARetryGetsTheFirstAnswerAndAnotherBodyIsAConflict) {
  const Verdict first = check({});
  EXPECT_FALSE(first.again);
  authenticator_->answered(first, {200, "the first"});
  const Verdict retry = check({});
  ASSERT_TRUE(retry.again);
  EXPECT_EQ(retry.again->body, "the first");
  EXPECT_EQ(code({.body = "[]"}), "409 txn_conflict");
  clock_.advance_us(900'000'000);
  EXPECT_FALSE(check({}).again) << "the window is over";
}

TEST_F(AuthTest, ARefusalIsNotRememberedForItMayBeOverNextTime) {
  authenticator_->answered(check({}), {503, "busy"});
  EXPECT_FALSE(check({}).again);
}

TEST_F(AuthTest, KeysAreRotatedWithoutARestart) {
  write("k1:" + kSecretHex + " zolder\nk2:" + kOtherHex + " *\n");
  EXPECT_EQ(code({.kid = "k2", .secret = kOtherHex}), "401 unknown_kid") << "it is looked once a second";
  clock_.advance_us(KeyFile::kLookEveryUs);
  EXPECT_EQ(code({.kid = "k2", .secret = kOtherHex, .track = "mol", .signed_track = "mol"}), "ok");
  write("nonsense\n");
  clock_.advance_us(KeyFile::kLookEveryUs);
  EXPECT_EQ(code({.txn = "later"}), "ok") << "the keys from before go on";
  write("k2:" + kOtherHex + " *\n");
  clock_.advance_us(KeyFile::kLookEveryUs);
  EXPECT_EQ(code({.txn = "latest"}), "401 unknown_kid");
}

TEST_F(AuthTest, AFileThatOthersCanReadIsRefused) {
  chmod(path().c_str(), 0640);
  const auto opened = KeyRing::open(path(), clock_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::kDenied);
  EXPECT_NE(opened.error().hint.find("chmod 600"), std::string::npos);
}

TEST(Keys, WhatIsWrongIsNamedByItsLineAndNoSecretIsShown) {
  const auto wrong = [](const std::string& text) {
    const auto keys = parse_keys(text, "keys");
    return keys ? "good" : keys.error().message;
  };
  EXPECT_EQ(wrong("# a comment\n\n k1:" + kSecretHex + " zolder\n"), "good");
  EXPECT_NE(wrong("k1:" + kSecretHex + "\n").find("keys:1: key k1 counts for no track"), std::string::npos);
  EXPECT_NE(wrong("k1:" + kSecretHex + " a/b\n").find("keys:1: "), std::string::npos);
  const std::string twice = "k1:" + kSecretHex + " *\nk1:" + kOtherHex + " *\n";
  EXPECT_NE(wrong(twice).find("keys:2: key k1 stands twice"), std::string::npos);
  EXPECT_NE(wrong("").find("there is no key"), std::string::npos);
  EXPECT_EQ(wrong("k1:" + kOtherHex + "zz *").find(kOtherHex), std::string::npos);
}

}  // namespace
}  // namespace holeshot::auth
