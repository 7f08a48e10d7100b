// The rule books as they were built in: the JSON of rule_books/*.json. For rules.cc; everybody else asks rule_book().
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "central/race/rules.h"
#include "common/base/result.h"

namespace holeshot::race {

inline constexpr std::size_t kBooks = 3;

struct BookText {
  std::string_view name;
  std::string_view json;
};
[[nodiscard]] const std::array<BookText, kBooks>& rule_book_texts();

// {"name":..., "rules":{...}}: numbers that it does not give keep the defaults. kInvalid names a rule that nobody
// knows, or a value that is no number.
[[nodiscard]] base::Result<Rules> read_rule_book(std::string_view json);

}  // namespace holeshot::race
