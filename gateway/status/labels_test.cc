#include "gateway/status/labels.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace holeshot::status {
namespace {

class LabelFile : public testing::Test {
 protected:
  LabelFile()
      : path_(testing::TempDir() + "labels-" + std::to_string(::getpid()) + "-" +
              testing::UnitTest::GetInstance()->current_test_info()->name() + ".csv") {}
  ~LabelFile() override { std::filesystem::remove(path_); }
  void write(const std::string& text) { std::ofstream(path_, std::ios::binary) << text; }
  const std::string path_;
  Labels labels_{path_};
};

TEST_F(LabelFile, NamesTransponders) {
  write(
      "\xEF\xBB\xBFtransponder,label\r\n# the fast ones\r\nFL-94890, 12 Anna \r\n102758186,\"7, "
      "\"\"Rocket\"\" Rita\"\r\n\r\n");
  EXPECT_EQ(labels_.label("FL-94890"), "12 Anna");
  EXPECT_EQ(labels_.label("102758186"), "7, \"Rocket\" Rita");
  EXPECT_EQ(labels_.label("FL-1"), "");
  EXPECT_TRUE(labels_.problems().empty());
}

TEST_F(LabelFile, IsReadAgainWhenItWasChanged) {
  write("FL-1,Anna\n");
  EXPECT_EQ(labels_.label("FL-1"), "Anna");
  write("FL-1,Berta B\n");
  EXPECT_EQ(labels_.label("FL-1"), "Berta B");
  std::filesystem::remove(path_);
  EXPECT_EQ(labels_.label("FL-1"), "");
  EXPECT_EQ(labels_.problems().size(), 1U);
  write("FL-1,Clara\n");
  EXPECT_EQ(labels_.label("FL-1"), "Clara");
  EXPECT_TRUE(labels_.problems().empty());
}

TEST_F(LabelFile, NamesBadLinesAndKeepsTheGoodOnes) {
  write("FL-1,Anna\nFL-2\n,Berta\nFL-3,\nFL-1,Again\nFL-4,Dora\n");
  EXPECT_EQ(labels_.label("FL-1"), "Anna");
  EXPECT_EQ(labels_.label("FL-4"), "Dora");
  const auto problems = labels_.problems();
  ASSERT_EQ(problems.size(), 4U);
  EXPECT_EQ(problems[0], path_ + " line 2: there is no comma; write: transponder,label");
  EXPECT_EQ(problems[3], path_ + " line 5: FL-1 has a label already");
}

TEST_F(LabelFile, SaysHowManyMoreAreBad) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += "nonsense\n";
  write(text);
  const auto problems = labels_.problems();
  ASSERT_EQ(problems.size(), Labels::kMaxProblems + 1);
  EXPECT_NE(problems.back().find("35 more"), std::string::npos);
}

TEST_F(LabelFile, IsBounded) {
  write(std::string(Labels::kMaxBytes + 1, 'x'));
  ASSERT_EQ(labels_.problems().size(), 1U);
  EXPECT_NE(labels_.problems()[0].find("too large"), std::string::npos);
  write("FL-1," + std::string(200, 'x') + "\nFL-2,\xff\n");
  EXPECT_EQ(labels_.problems().size(), 2U);
  EXPECT_EQ(Labels("").problems().size(), 0U);
  EXPECT_EQ(Labels("/").problems().size(), 1U);
}

}  // namespace
}  // namespace holeshot::status
