#include "central/http/rest_outcome.h"

#include <algorithm>
#include <cctype>

namespace holeshot::http {

namespace {
// Long enough for a disk that hiccups, short enough for a person who waits.
constexpr const char* kRetryAfterSeconds = "2";

std::string title_of(std::string code) {
  std::replace(code.begin(), code.end(), '_', ' ');
  if (!code.empty()) code[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(code[0])));
  return code;
}
}  // namespace

std::unexpected<contract::Problem> refuse(int status, std::string code, std::string detail,
                                          std::string pointer) {
  std::string title = title_of(code);
  return std::unexpected(
      contract::Problem{status, std::move(code), std::move(title), std::move(detail), std::move(pointer)});
}

std::unexpected<contract::Problem> not_found(std::string_view what, std::string_view id) {
  return refuse(404, "not_found", "there is no " + std::string{what} + " " + std::string{id});
}

contract::Problem problem_of(const base::Error& error) {
  switch (error.code) {
    case base::Code::kInvalid:
      return refuse(422, "invalid", error.text()).error();
    case base::Code::kMissing:
      return refuse(404, "not_found", error.text()).error();
    case base::Code::kConflict:
      return refuse(409, "conflict", error.text()).error();
    default:
      return refuse(503, "storage_unavailable", error.text()).error();
  }
}

Handler answering(std::function<Outcome<Response>(const Request&)> handler) {
  return [handler = std::move(handler)](const Request& request) {
    auto outcome = handler(request);
    if (outcome) return std::move(*outcome);
    auto response = Response::problem(outcome.error());
    if (response.status == 503) response.headers["Retry-After"] = kRetryAfterSeconds;
    return response;
  };
}

}  // namespace holeshot::http
