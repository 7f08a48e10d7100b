// The canonical form of JSON: RFC 8785's order of keys (UTF-16 code units), its escapes, no white space, and
// integers only. What is hashed or signed is this form.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace holeshot::contract {

// Nesting deeper than this is refused: nothing we exchange is deeper than eight.
inline constexpr std::size_t kMaxJsonDepth = 32;

// `json` in canonical form. kInvalid where it is not JSON, is nested too deep, has a key twice, or holds a
// number that is no integer. Integers outside +-(2^53-1) are refused too: other languages would round them.
[[nodiscard]] base::Result<std::string> canonicalize(std::string_view json);

// Whether two JSON texts say the same. False where either cannot be made canonical.
[[nodiscard]] bool same_json(std::string_view a, std::string_view b);

}  // namespace holeshot::contract
