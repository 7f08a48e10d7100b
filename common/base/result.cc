#include "common/base/result.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace holeshot::base {

std::string_view to_string(Code code) {
  switch (code) {
    case Code::kRetry:
      return "retry";
    case Code::kFull:
      return "full";
    case Code::kInvalid:
      return "invalid";
    case Code::kCorrupt:
      return "corrupt";
    case Code::kDenied:
      return "denied";
    case Code::kClosed:
      return "closed";
    case Code::kMissing:
      return "missing";
    case Code::kConflict:
      return "conflict";
  }
  return "unknown";
}

std::string Error::text() const { return hint.empty() ? message : message + " (" + hint + ")"; }

namespace {
Code code_of(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return Code::kFull;
    case EACCES:
    case EPERM:
      return Code::kDenied;
    case ENOENT:
      return Code::kMissing;
    case EINVAL:
      return Code::kInvalid;
    default:
      return Code::kRetry;
  }
}
}  // namespace

std::unexpected<Error> fail_errno(std::string_view operation, std::string_view object, int error) {
  std::string message{operation};
  if (!object.empty()) message.append(" ").append(object);
  message.append(": ").append(std::generic_category().message(error));
  return fail(code_of(error), std::move(message));
}

void die(const Error& error) {
  std::fprintf(stderr, "fatal: %s\n", error.text().c_str());
  std::abort();
}

}  // namespace holeshot::base
