#include "central/auth/live_tokens.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "common/base/folder_test_kit.h"
#include "common/contract/ids.h"

namespace holeshot::auth {
namespace {

using base::Code;

const std::string kPublic = "public-2026-0123456789";
const std::string kJudge = "judge-of-the-race-0001";

class LiveTokensTest : public testing::Test {
 protected:
  [[nodiscard]] std::string path() const { return folder_.file("live.tokens"); }
  void write(const std::string& text) {
    std::ofstream(path() + ".new") << text;
    chmod((path() + ".new").c_str(), 0600);
    std::filesystem::rename(path() + ".new", path());
  }
  [[nodiscard]] std::unique_ptr<LiveTokens> open(const std::string& text) {
    write(text);
    return base::value_or_die(LiveTokens::open(path(), clock_));
  }

  base::ManualClock clock_{1'760'000'000'000'000};
  base::TestFolder folder_;
};

TEST_F(LiveTokensTest, ATokenHasARoleAndTracks) {
  const auto tokens =
      open("# who may watch\n\n" + kPublic + " viewer zolder spa\n  " + kJudge + " official *\r\n");
  const auto viewer = tokens->find(kPublic);
  ASSERT_NE(viewer, nullptr);
  EXPECT_EQ(viewer->role, LiveRole::kViewer);
  EXPECT_TRUE(viewer->counts_for("spa"));
  EXPECT_FALSE(viewer->counts_for("mol"));
  const auto judge = tokens->find(kJudge);
  ASSERT_NE(judge, nullptr);
  EXPECT_EQ(judge->role, LiveRole::kOfficial);
  EXPECT_TRUE(judge->counts_for("mol"));
  for (const std::string& wrong : {std::string{}, kPublic + "x", kPublic.substr(1)})
    EXPECT_EQ(tokens->find(wrong), nullptr);
}

TEST_F(LiveTokensTest, TheFileMayHoldTheHashAlone) {
  const std::string hash = contract::sha256_hex(kJudge);
  const auto tokens = open("sha256:" + hash + " announcer zolder\n");
  ASSERT_NE(tokens->find(kJudge), nullptr);
  EXPECT_EQ(tokens->find(kJudge)->role, LiveRole::kAnnouncer);
  EXPECT_EQ(tokens->find("sha256:" + hash), nullptr) << "who reads the file has no token yet";
  EXPECT_EQ(tokens->find(hash), nullptr);
}

TEST_F(LiveTokensTest, AChangeTakesEffectWithoutARestartAndAWrongFileDoesNot) {
  const auto tokens = open(kPublic + " viewer zolder\n");
  const auto before = tokens->version();
  const auto held = tokens->find(kPublic);
  write(kJudge + " official *\n");
  clock_.advance_us(KeyFile::kLookEveryUs);
  EXPECT_EQ(tokens->find(kPublic), nullptr);
  EXPECT_NE(tokens->find(kJudge), nullptr);
  EXPECT_GT(tokens->version(), before);
  EXPECT_TRUE(held->counts_for("zolder")) << "stays as it is for who holds it";
  const auto after = tokens->version();
  write("nonsense\n");
  clock_.advance_us(KeyFile::kLookEveryUs);
  EXPECT_NE(tokens->find(kJudge), nullptr);
  EXPECT_EQ(tokens->version(), after);
}

TEST_F(LiveTokensTest, WrongLinesAreNamedAndNoTokenIs) {
  for (const std::string& line : {kPublic, kPublic + " boss *", kPublic + " viewer", kPublic + " viewer a|b",
                                  std::string{"short viewer *"}, std::string{"sha256:12 viewer *"},
                                  kPublic + " viewer *\n" + kPublic + " official *"}) {
    const auto parsed = parse_live_tokens(line, "f");
    ASSERT_FALSE(parsed) << line;
    EXPECT_EQ(parsed.error().code, Code::kInvalid);
    EXPECT_TRUE(parsed.error().message.starts_with("f:")) << parsed.error().message;
    EXPECT_EQ(parsed.error().text().find(kPublic), std::string::npos) << parsed.error().text();
  }
  EXPECT_FALSE(parse_live_tokens("# nobody\n", "f"));
}

TEST_F(LiveTokensTest, AFileThatOthersCanReadIsRefused) {
  write(kPublic + " viewer *\n");
  chmod(path().c_str(), 0644);
  EXPECT_EQ(LiveTokens::open(path(), clock_).error().code, Code::kDenied);
  EXPECT_EQ(LiveTokens::open(path() + "x", clock_).error().code, Code::kMissing);
}

}  // namespace
}  // namespace holeshot::auth
