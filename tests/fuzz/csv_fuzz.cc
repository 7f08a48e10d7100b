// Any bytes as CSV: the parser is total, and what it read is read again from what it would write.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "central/sheets/csv.h"
#include "common/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace sheets = holeshot::sheets;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  (void)sheets::read_table(text, {"plate_number", "last_name", "class"}, {"plate_number"});
  const auto rows = sheets::parse_csv(text);
  if (!rows) return 0;
  // A first line of its own tells the comma, whatever the cells hold.
  std::string written = sheets::csv_line({"a", "b"});
  std::size_t before = 0;
  for (const auto& row : *rows) {
    HOLESHOT_CHECK(row.line > before, "rows stand on rising lines");
    before = row.line;
    written += sheets::csv_line(row.cells);
  }
  const auto again = sheets::parse_csv(written);
  HOLESHOT_CHECK(again && again->size() == rows->size() + 1, "as many rows as were written");
  for (std::size_t i = 0; i < rows->size(); ++i)
    HOLESHOT_CHECK((*again)[i + 1].cells == (*rows)[i].cells, "the same cells");
  return 0;
}
