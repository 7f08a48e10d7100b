#include "central/sheets/csv.h"

#include <gtest/gtest.h>

#include <random>

namespace holeshot::sheets {
namespace {

using Cells = std::vector<std::string>;

std::vector<Cells> cells_of(std::string_view text) {
  std::vector<Cells> out;
  for (const auto& row : base::value_or_die(parse_csv(text))) out.push_back(row.cells);
  return out;
}

TEST(Csv, ReadsWhatRfc4180Says) {
  EXPECT_EQ(cells_of("a,b\r\nc,d\r\n"), (std::vector<Cells>{{"a", "b"}, {"c", "d"}}));
  EXPECT_EQ(cells_of("a,b\nc,d"), (std::vector<Cells>{{"a", "b"}, {"c", "d"}}));
  EXPECT_EQ(cells_of("a,b\rc,d"), (std::vector<Cells>{{"a", "b"}, {"c", "d"}}));
  EXPECT_EQ(cells_of("\"a,1\",\"b \"\"x\"\"\",\"c\nd\"\n"), (std::vector<Cells>{{"a,1", "b \"x\"", "c\nd"}}));
  EXPECT_EQ(cells_of("a,,\n,,\n\n,b,"), (std::vector<Cells>{{"a", "", ""}, {"", "b", ""}}));
  EXPECT_EQ(cells_of("\xEF\xBB\xBFZo\xC3\xAB,b"), (std::vector<Cells>{{"Zo\xC3\xAB", "b"}}));
  EXPECT_EQ(cells_of("a \"b\" c,d"), (std::vector<Cells>{{"a \"b\" c", "d"}}));
  EXPECT_TRUE(cells_of("").empty());
}

TEST(Csv, TakesTheSemicolonWhereTheFirstLineHasIt) {
  EXPECT_EQ(cells_of("a;b,c;d\n1;2,5;3\n"), (std::vector<Cells>{{"a", "b,c", "d"}, {"1", "2,5", "3"}}));
  EXPECT_EQ(cells_of("\"a;;;\",b\n"), (std::vector<Cells>{{"a;;;", "b"}}));
}

TEST(Csv, KnowsTheLineOfEachRow) {
  const auto rows = base::value_or_die(parse_csv("a\r\n\r\n\"x\r\ny\"\r\nb\n"));
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[1].line, 3U);
  EXPECT_EQ(rows[2].line, 5U);
}

TEST(Csv, RefusesWhatIsNone) {
  const struct {
    std::string_view text;
    const char* why;
  } wrong[] = {{"a\n\"b\nc", "line 2: a quote that is never closed"},
               {"a\n\"b\"c", "line 2: text after a closed quote"},
               {std::string_view{"a\0b", 3}, "NUL"},
               {"caf\xE9", "UTF-8"},
               {"\xC0\x80", "UTF-8"},
               {"\xED\xA0\x80", "UTF-8"},
               {"\xF4\x90\x80\x80", "UTF-8"},
               {"\xE2\x82", "UTF-8"}};
  for (const auto& one : wrong) {
    const auto rows = parse_csv(one.text);
    ASSERT_FALSE(rows) << one.why;
    EXPECT_NE(rows.error().text().find(one.why), std::string::npos) << rows.error().text();
  }
}

TEST(Csv, ReadsBackWhatItWrites) {
  std::mt19937_64 rng{1};
  constexpr std::string_view kAlphabet = "ab,;\"\r\n '\xC3\xA9";
  for (int round = 0; round < 500; ++round) {
    std::vector<Cells> table;
    std::string text;
    const std::size_t columns = 1 + rng() % 4;
    for (std::size_t row = 0; row < 1 + rng() % 4; ++row) {
      Cells cells{"x"};
      for (std::size_t i = 0; i < columns; ++i) {
        std::string cell;
        for (std::size_t n = rng() % 6; n > 0; --n) {
          const std::size_t at = rng() % (kAlphabet.size() - 1);
          cell += at == kAlphabet.size() - 2 ? kAlphabet.substr(at) : kAlphabet.substr(at, 1);
        }
        cells.push_back(cell);
      }
      text += csv_line(cells);
      table.push_back(cells);
    }
    EXPECT_EQ(cells_of(text), table) << text;
  }
  EXPECT_EQ(csv_line({""}), "\"\"\r\n");
}

TEST(Table, FindsColumnsByTheirNames) {
  const auto table =
      base::value_or_die(read_table("Last Name,PLATE-NUMBER,first_name\n Maes ,7A,\nJansen,12,Lars\n,,\n",
                                    {"first_name", "last_name", "plate_number", "gender"}, {"last_name"}));
  EXPECT_TRUE(table.faults.empty());
  ASSERT_EQ(table.rows.size(), 2U);
  EXPECT_EQ(table.rows[0].line, 2U);
  EXPECT_EQ(table.rows[0].cells.at("last_name"), "Maes");
  EXPECT_FALSE(table.rows[0].cells.contains("first_name"));
  EXPECT_EQ(table.rows[1].cells.at("first_name"), "Lars");
}

TEST(Table, NamesWhatIsWrongWithTheHead) {
  const auto table =
      base::value_or_die(read_table("plate,plate,club\n1,2,3\n", {"plate", "name"}, {"plate", "name"}));
  ASSERT_EQ(table.faults.size(), 3U);
  EXPECT_EQ(table.faults[0].column, "plate");
  EXPECT_EQ(table.faults[1].column, "club");
  EXPECT_EQ(table.faults[2].why, "is missing in the head");
  EXPECT_TRUE(table.rows.empty());
  EXPECT_FALSE(read_table("", {"a"}, {}));
  EXPECT_FALSE(read_table("\n\n", {"a"}, {}));
}

TEST(Table, ARowThatIsTooLongIsNamedAndItsNeighboursStay) {
  const auto table = base::value_or_die(read_table("a\n1\n2,3\n4\n", {"a"}, {"a"}));
  ASSERT_EQ(table.faults.size(), 1U);
  EXPECT_EQ(table.faults[0].line, 3U);
  EXPECT_EQ(table.rows.size(), 2U);
}

}  // namespace
}  // namespace holeshot::sheets
