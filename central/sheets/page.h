// Page: HTML for paper. Everything that comes from people is escaped; the page needs no other file and no script. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace holeshot::sheets {

// As text of an element or of a quoted attribute.
[[nodiscard]] std::string escaped(std::string_view text);

// One table with a heading, kept together on paper where it fits.
struct PageTable {
  std::string heading;
  std::string note;  // under the heading; may be empty
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;  // as many cells as columns
  bool new_page = false;                       // begins on a fresh sheet of paper
};

// A whole document: A4, black on white, the title on top of the first page.
[[nodiscard]] std::string html_page(std::string_view title, std::string_view subtitle,
                                    const std::vector<PageTable>& tables);

}  // namespace holeshot::sheets
