#include "tests/layers/layers.h"

#include <gtest/gtest.h>

#include <fstream>

namespace holeshot::layers {
namespace {

constexpr std::string_view kSmall = R"(
room common/base :
room gateway/spool : common/base
room gateway/upload : common/base gateway/spool   # comment
library sqlite3.h : gateway/spool
library curl/ : gateway/upload
)";

std::vector<std::string> judge_small(std::string_view path, std::string_view source) {
  return judge(base::value_or_die(parse_rules(kSmall)), path, source);
}

TEST(Layers, AllowsWhatIsDeclared) {
  EXPECT_TRUE(
      judge_small("gateway/upload/a.cc", "#include \"gateway/spool/spool.h\"\n#include <curl/curl.h>\n")
          .empty());
  EXPECT_TRUE(
      judge_small("gateway/spool/a.cc", "#include <sqlite3.h>\n#include \"gateway/spool/b.h\"\n").empty());
}

TEST(Layers, NamesAnUndeclaredRoomWithFileAndLine) {
  const auto wrong =
      judge_small("gateway/spool/a.cc", "#include <vector>\n#  include \"gateway/upload/uploader.h\"\n");
  ASSERT_EQ(wrong.size(), 1U);
  EXPECT_EQ(wrong[0],
            "gateway/spool/a.cc:2: gateway/spool may not include gateway/upload (gateway/upload/uploader.h)");
}

TEST(Layers, NamesALibraryInTheWrongRoom) {
  EXPECT_EQ(judge_small("gateway/upload/a.h", "#include <sqlite3.h>").size(), 1U);
  EXPECT_EQ(judge_small("gateway/spool/a.h", "#include \"curl/curl.h\"").size(), 1U);
  EXPECT_EQ(judge_small("gateway/spool/a.h", "#include <gtest/gtest.h>").size(), 1U);
  EXPECT_EQ(judge_small("gateway/spool/a.cc", "#include \"../upload/b.h\"").size(), 1U);
  EXPECT_EQ(judge_small("gateway/new/a.cc", "").size(), 1U);
}

// So that adding a protocol is adding a folder.
TEST(Layers, AFamilyOfRoomsHasOneLine) {
  const Rules rules = base::value_or_die(parse_rules(R"(
room common/base :
room gateway/driver : common/base
room gateway/driver/* : common/base gateway/driver
room gateway/driver/table : gateway/driver gateway/driver/*
room tests : gateway/driver/*
library zlib.h : gateway/driver/*
)"));
  const auto wrong = [&](std::string_view path, std::string_view include) {
    return judge(rules, path, "#include \"" + std::string{include} + "\"\n").size();
  };
  EXPECT_EQ(wrong("gateway/driver/new/a.cc", "gateway/driver/driver.h"), 0U);
  EXPECT_EQ(wrong("gateway/driver/new/a.cc", "gateway/driver/new/b.h"), 0U);
  EXPECT_EQ(wrong("gateway/driver/new/a.cc", "zlib.h"), 0U);
  EXPECT_EQ(wrong("gateway/driver/table/a.cc", "gateway/driver/new/b.h"), 0U);
  EXPECT_EQ(wrong("tests/a.cc", "gateway/driver/new/b.h"), 0U);
  EXPECT_EQ(wrong("gateway/driver/new/a.cc", "gateway/driver/other/b.h"), 1U) << "no driver knows another";
  EXPECT_EQ(wrong("gateway/driver/new/a.cc", "gateway/driver/table/b.h"), 1U);
  EXPECT_EQ(wrong("gateway/driver/table/a.cc", "zlib.h"), 1U) << "a line of its own wins";
  EXPECT_EQ(wrong("gateway/driver/a.cc", "gateway/driver/new/b.h"), 1U);
  EXPECT_EQ(wrong("common/base/a.cc", "gateway/driver/new/b.h"), 1U);
}

TEST(Layers, RefusesRulesThatAreNoHouse) {
  EXPECT_FALSE(parse_rules("room a : b\nroom b : a\n"));
  EXPECT_FALSE(parse_rules("room a : nobody\n"));
  EXPECT_FALSE(parse_rules("room a :\nroom a :\n"));
  EXPECT_FALSE(parse_rules("rooms a :\n"));
}

TEST(Layers, TheHouseKeepsItsLaw) {
  const std::filesystem::path root = HOLESHOT_SOURCE_DIR;
  std::ifstream file(root / "tests/layers/rooms.txt");
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  const auto rules = parse_rules(text);
  ASSERT_TRUE(rules) << rules.error().text();
  for (const auto& line : judge_tree(*rules, root)) ADD_FAILURE() << line;
}

// The model codebases of this field keep sources under 350 lines; 500 is where a file has become two.
TEST(Layers, NoFileIsLongerThanFiveHundredLines) {
  const std::filesystem::path root = HOLESHOT_SOURCE_DIR;
  for (const char* top : {"common", "gateway", "central", "tools", "tests"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / top)) {
      const auto extension = entry.path().extension();
      if (extension != ".h" && extension != ".cc") continue;
      std::ifstream file(entry.path());
      std::size_t lines = 0;
      for (std::string line; std::getline(file, line);) ++lines;
      EXPECT_LE(lines, 500U) << entry.path().lexically_relative(root) << " probably is two rooms";
    }
  }
}

}  // namespace
}  // namespace holeshot::layers
