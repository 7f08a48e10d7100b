#include "central/auth/live_keys.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "common/base/folder_test_kit.h"

namespace holeshot::auth {
namespace {

using base::Code;

class LiveKeysTest : public testing::Test {
 protected:
  [[nodiscard]] std::string path() const { return folder_.file("live.keys"); }
  [[nodiscard]] std::unique_ptr<LiveKeys> open() {
    return base::value_or_die(LiveKeys::open(path(), clock_));
  }
  void write(const std::string& text) {
    std::ofstream(path()) << text;
    chmod(path().c_str(), 0600);
  }

  base::ManualClock clock_{1'760'000'000'000'000};
  base::TestFolder folder_;
};

TEST_F(LiveKeysTest, TheFirstStartMakesAFileThatOnlyWeCanRead) {
  const auto made = open()->keys();
  ASSERT_EQ(made->size(), 1U);
  struct stat info{};
  ASSERT_EQ(stat(path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  const auto again = open()->keys();
  EXPECT_EQ(again->front().kid, made->front().kid);
  EXPECT_EQ(again->front().key.public_key(), made->front().key.public_key());
}

TEST_F(LiveKeysTest, ARotationTakesEffectWithoutARestartAndTheOldKeyIsPublishedStill) {
  const auto keys = open();
  const std::string old = keys->keys()->front().kid;
  const std::string fresh = base::value_or_die(rotate_live_keys(path(), 1));
  EXPECT_NE(fresh, old);
  clock_.advance_us(KeyFile::kLookEveryUs);
  const auto now = keys->keys();
  ASSERT_EQ(now->size(), 2U);
  EXPECT_EQ((*now)[0].kid, fresh);
  EXPECT_EQ((*now)[1].kid, old);
  base::value_or_die(rotate_live_keys(path(), 1));
  clock_.advance_us(KeyFile::kLookEveryUs);
  ASSERT_EQ(keys->keys()->size(), 2U);
  EXPECT_EQ((*keys->keys())[1].kid, fresh) << "the oldest is gone";
}

TEST_F(LiveKeysTest, AFileThatBecomesWrongChangesNothing) {
  const auto keys = open();
  const std::string kid = keys->keys()->front().kid;
  write("nonsense\n");
  clock_.advance_us(KeyFile::kLookEveryUs);
  EXPECT_EQ(keys->keys()->front().kid, kid);
  EXPECT_EQ(rotate_live_keys(path(), 1).error().code, Code::kInvalid) << "nor is it written over";
}

TEST_F(LiveKeysTest, OneThatOthersCanReadIsRefused) {
  (void)open();
  chmod(path().c_str(), 0644);
  EXPECT_EQ(LiveKeys::open(path(), clock_).error().code, Code::kDenied);
}

TEST_F(LiveKeysTest, WhatIsWrongIsNamedAndNoSeedIsShown) {
  const std::string seed(64, 'a');
  const auto wrong = [](const std::string& text) {
    const auto keys = parse_live_keys(text, "f");
    return keys ? "good" : keys.error().message;
  };
  EXPECT_EQ(wrong("# said\n k1:" + seed + " \n"), "good");
  EXPECT_EQ(wrong("k1:" + seed + "\nk1:" + seed + "\n"), "f: key 2: k1 stands twice");
  EXPECT_EQ(wrong("k1:" + seed.substr(2) + "\n"), "f: key 1: the seed of k1 is not 32 bytes in hex");
  EXPECT_EQ(wrong(seed), "f: key 1: no kid, or one that is no id");
  EXPECT_EQ(wrong(""), "f: there is no key in it");
}

}  // namespace
}  // namespace holeshot::auth
