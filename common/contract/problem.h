// Problem: an error body, application/problem+json (RFC 9457), with a stable snake_case code.
#pragma once

#include <string>
#include <string_view>

namespace holeshot::contract {

inline constexpr std::string_view kProblemType = "application/problem+json";

struct Problem {
  int status = 500;
  std::string code;     // stable: unsupported_contract, not_json, too_large, ...
  std::string title;    // the same for every problem of this code
  std::string detail;   // this one: what, and what to do
  std::string pointer;  // JSON pointer to the field at fault; may be empty
};

// {"code","detail","error","pointer"?,"status","title","type"}; `error` repeats the title for older clients.
[[nodiscard]] std::string problem_body(const Problem& problem);

}  // namespace holeshot::contract
