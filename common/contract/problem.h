// Problem: an error body, application/problem+json (RFC 9457), with a stable snake_case code.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace holeshot::contract {

inline constexpr std::string_view kProblemType = "application/problem+json";

struct Problem {
  int status = 500;
  std::string code;                  // stable: unsupported_contract, not_json, too_large, ...
  std::string title;                 // the same for every problem of this code
  std::string detail;                // this one: what, and what to do
  std::string pointer;               // JSON pointer to the field at fault; may be empty
  std::uint64_t server_time_us = 0;  // where the sender's clock is in question (401); 0: not given
};

// {"code","detail","error","pointer"?,"server_time_us"?,"status","title","type"}; `error` repeats the title for older clients.
[[nodiscard]] std::string problem_body(const Problem& problem);

// kInvalid where the text is no such object with a `code`: a proxy's page, for instance, and no word of ours.
[[nodiscard]] base::Result<Problem> parse_problem(std::string_view json);

}  // namespace holeshot::contract
