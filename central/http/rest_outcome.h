// Outcome: what a REST handler's steps return: a value, or the problem to answer with.
#pragma once

#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "central/http/router.h"
#include "common/base/result.h"
#include "common/contract/problem.h"

namespace holeshot::http {

template <class T>
using Outcome = std::expected<T, contract::Problem>;
using Verdict = Outcome<void>;

// The title is the code as words. 503 is answered with Retry-After.
[[nodiscard]] std::unexpected<contract::Problem> refuse(int status, std::string code, std::string detail,
                                                        std::string pointer = {});
[[nodiscard]] std::unexpected<contract::Problem> not_found(std::string_view what, std::string_view id);

// A store's error as a problem: kInvalid 422, kMissing 404, kConflict 409, all others 503: what may have been
// lost is never answered with success.
[[nodiscard]] contract::Problem problem_of(const base::Error& error);

template <class T>
[[nodiscard]] Outcome<T> lift(base::Result<T> result) {
  if (!result) return std::unexpected(problem_of(result.error()));
  if constexpr (std::is_void_v<T>) {
    return {};
  } else {
    return std::move(*result);
  }
}

// A router's handler out of one that returns an Outcome.
[[nodiscard]] Handler answering(std::function<Outcome<Response>(const Request&)> handler);

}  // namespace holeshot::http
