#include "gateway/upload/key_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "common/base/clock.h"
#include "common/base/folder_test_kit.h"
#include "gateway/upload/signer.h"

namespace holeshot::upload {
namespace {

using base::Code;

constexpr const char* kKey = "hill-2026:000102030405060708090a0b0c0d0e0f\n";

class KeyFileTest : public testing::Test {
 protected:
  std::string file(const std::string& name, mode_t mode, const std::string& text = kKey) const {
    const std::string path = folder_ / name;
    std::ofstream(path) << text;
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }
  const base::TestFolder own_;
  const std::filesystem::path& folder_ = own_.path();
};

TEST_F(KeyFileTest, ThatOnlyItsOwnerMayReadIsTaken) {
  for (const mode_t mode : {0600U, 0400U}) {
    EXPECT_EQ(base::value_or_die(load_key(file("key", mode), ""))->kid, "hill-2026");
    std::filesystem::remove(folder_ / "key");
  }
}

TEST_F(KeyFileTest, ThatOthersMayReadOrWriteIsRefusedWithWhatToDo) {
  for (const mode_t mode : {0640U, 0604U, 0620U, 0644U, 0610U}) {
    const std::string path = file("key", mode);
    const auto key = load_key(path, "");
    ASSERT_FALSE(key) << mode;
    EXPECT_EQ(key.error().code, Code::kDenied);
    EXPECT_EQ(key.error().hint, "chmod 600 " + path);
  }
}

TEST_F(KeyFileTest, OfSystemdIsFoundByItsNameAndGuardedBySystemd) {
  file("holeshot-key", 0440);
  EXPECT_EQ(base::value_or_die(load_key("holeshot-key", folder_))->kid, "hill-2026");
  EXPECT_EQ(base::value_or_die(load_key(folder_ / "holeshot-key", folder_.string() + "/"))->kid, "hill-2026");
  std::filesystem::create_directory(folder_ / "credentials");
  EXPECT_FALSE(load_key(folder_ / "credentials/../holeshot-key", folder_ / "credentials"))
      << "another folder's file by a way round";
}

TEST_F(KeyFileTest, ThatIsNoneIsNamed) {
  EXPECT_EQ(load_key(folder_ / "nothing", "").error().code, Code::kMissing);
  EXPECT_EQ(load_key(folder_, "").error().code, Code::kDenied);
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(load_key(folder_ / "pipe", "").error().code, Code::kDenied)
      << "and it does not wait for a writer";
  EXPECT_EQ(load_key(file("long", 0600, std::string(5'000, '#')), "").error().code, Code::kInvalid);
}

TEST_F(KeyFileTest, ThatHoldsNoKeyIsRefusedWithoutItsContent) {
  const auto key = load_key(file("key", 0600, "hill:deadbeef"), "");
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().code, Code::kInvalid);
  EXPECT_EQ(key.error().text().find("deadbeef"), std::string::npos);
}

TEST(Signer, SignsWhatCentralCanVerifyWithCentralsTime) {
  constexpr std::uint64_t kNow = 1'760'000'000'000'000;
  constexpr std::uint64_t kHour = 3'600'000'000;
  base::ManualClock clock(kNow);
  CentralClock central(clock);
  central.learn(clock.mono_us(), kNow + kHour);
  const auto key =
      std::make_shared<const contract::SigningKey>(base::value_or_die(contract::parse_key(kKey)));
  const auto track = base::value_or_die(contract::TrackId::parse("hill", "t"));
  const Signer signer(base::value_or_die(contract::ClientId::parse("laptop", "c")), key, central);
  const auto headers = signer.headers(contract::kSignedBatch, track, "TXN", "{}");
  const auto value = [&](std::string_view name) {
    for (const auto& [key_name, text] : headers) {
      if (key_name == name) return text;
    }
    return std::string{};
  };
  const auto read = base::value_or_die(contract::parse_signature_headers(
      value(contract::kKidHeader), value(contract::kClientHeader), value(contract::kTxnHeader),
      value(contract::kTsHeader), value(contract::kSigHeader)));
  EXPECT_EQ(read.kid, "hill-2026");
  EXPECT_EQ(read.ts_ms, (kNow + kHour) / 1'000);
  const contract::SignedParts parts{
      .type = "ingest_batch", .track = "hill", .client = "laptop", .txn = "TXN", .ts_ms = read.ts_ms};
  EXPECT_TRUE(contract::verify_body(key->secret, parts, "{}", read.sig));
  EXPECT_FALSE(contract::verify_body(key->secret, parts, "{ }x", read.sig));
}

TEST(Signer, WithoutAKeyNamesItselfAndSignsNothing) {
  base::ManualClock clock(1);
  const CentralClock central(clock);
  const Signer signer({}, nullptr, central);
  EXPECT_EQ(signer.headers(contract::kSignedBatch, {}, "TXN", "{}").size(), 2U);
}

}  // namespace
}  // namespace holeshot::upload
