// For this room's readers of what others sent: JSON that nests no deeper than ours ever does. A few megabytes of '['
// would otherwise become a tree of as many levels, and take seconds and hundreds of megabytes to be refused.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "common/contract/canonical_json.h"

namespace holeshot::contract {

// Whether brackets outside of strings nest deeper than kMaxJsonDepth. Says nothing else about the text.
[[nodiscard]] inline bool nests_too_deep(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxJsonDepth) return true;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return false;
}

// The text as a tree; discarded (is_discarded()) where it is no JSON or nests too deep. Throws nothing.
[[nodiscard]] inline nlohmann::json parse_shallow(std::string_view text) {
  if (nests_too_deep(text)) return nlohmann::json(nlohmann::json::value_t::discarded);
  return nlohmann::json::parse(text, nullptr, false);
}

}  // namespace holeshot::contract
