#include "central/auth/signing_keys.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace holeshot::auth {
namespace {

class SigningKeysFile : public testing::Test {
 protected:
  SigningKeysFile() {
    std::string name = testing::TempDir() + "signing_XXXXXX";
    folder_ = mkdtemp(name.data());
    path_ = folder_ + "/signing.keys";
  }
  ~SigningKeysFile() override { std::filesystem::remove_all(folder_); }
  void write(const std::string& text) const { std::ofstream{path_} << text; }
  [[nodiscard]] std::string text() const {
    std::ostringstream out;
    out << std::ifstream{path_}.rdbuf();
    return out.str();
  }
  std::string folder_;
  std::string path_;
  base::ManualClock clock_{1'760'000'000'000'000};
};

TEST_F(SigningKeysFile, IsMadeAtTheFirstStartForItsOwnerAloneAndKept) {
  const auto first = base::value_or_die(SigningKeys::open(path_, clock_))->keys();
  struct stat info{};
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  ASSERT_EQ(first->size(), 1U);
  const auto second = base::value_or_die(SigningKeys::open(path_, clock_))->keys();
  EXPECT_EQ(second->front().kid, first->front().kid);
  EXPECT_EQ(second->front().key.public_key(), first->front().key.public_key());
}

TEST_F(SigningKeysFile, IsRefusedWhereOthersCanReadIt) {
  (void)base::value_or_die(SigningKeys::open(path_, clock_));
  ASSERT_EQ(chmod(path_.c_str(), 0640), 0);
  const auto opened = SigningKeys::open(path_, clock_);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, base::Code::kDenied);
  EXPECT_FALSE(SigningKeys::rotate(path_).has_value());
}

TEST_F(SigningKeysFile, IsRotatedWithoutARestartAndTheOldKeyStaysPublished) {
  const auto open = base::value_or_die(SigningKeys::open(path_, clock_));
  const auto before = open->keys();
  const std::string kid = base::value_or_die(SigningKeys::rotate(path_));
  EXPECT_EQ(open->keys()->size(), 1U) << "it is looked once a second";
  clock_.advance_us(SigningKeys::kLookEveryUs);
  const auto after = open->keys();
  ASSERT_EQ(after->size(), 2U);
  EXPECT_EQ(after->front().kid, kid);
  EXPECT_EQ(after->back().kid, before->front().kid);
  EXPECT_EQ(before->size(), 1U) << "who holds keys keeps them";
}

TEST_F(SigningKeysFile, ThatBecomesWrongChangesNothing) {
  const auto open = base::value_or_die(SigningKeys::open(path_, clock_));
  const std::string kid = open->keys()->front().kid;
  const std::string good = text();
  write("nonsense\n");
  clock_.advance_us(SigningKeys::kLookEveryUs);
  EXPECT_EQ(open->keys()->front().kid, kid);
  EXPECT_FALSE(SigningKeys::rotate(path_).has_value());
  EXPECT_EQ(text(), "nonsense\n") << "a file that is wrong is not written over";
  write("# mine\nother:" + std::string(64, '1') + "\n" + good);
  clock_.advance_us(SigningKeys::kLookEveryUs);
  EXPECT_EQ(open->keys()->front().kid, "other");
}

TEST(LiveKeysText, SaysWhereItIsWrongAndNothingOfTheSecret) {
  const std::string seed(64, 'a');
  for (const std::string& text : {std::string{}, std::string{"# none\n"}, "a" + seed, "a b:" + seed,
                                  "a:" + seed + "a", "a:" + seed + "\na:" + seed}) {
    const auto keys = parse_live_keys(text, "env");
    ASSERT_FALSE(keys.has_value()) << text;
    EXPECT_EQ(keys.error().code, base::Code::kInvalid);
    EXPECT_TRUE(keys.error().message.starts_with("env:"));
    EXPECT_EQ(keys.error().text().find("aaaa"), std::string::npos);
  }
  EXPECT_EQ(base::value_or_die(parse_live_keys("a:" + seed + "\n b:" + seed + "\r\n", "env")).size(), 2U);
}

}  // namespace
}  // namespace holeshot::auth
