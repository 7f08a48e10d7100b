// Result<T>: a value or an Error, and never silently dropped.
//
// Codes say what the caller can do, not what went wrong in which library: the message says that. A message
// names operation, object and cause; `hint` is for the person at the edge and says what to do next. We throw
// nothing; what a library throws is caught in the one .cc that calls it.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace holeshot::base {

enum class Code : std::uint8_t {
  kRetry,     // the same call may succeed later: the other side is away or busy
  kFull,      // no room (disk, queue, limit): make room first
  kInvalid,   // the input is wrong and will stay wrong
  kCorrupt,   // stored data is damaged: quarantine it, do not retry
  kDenied,    // not allowed
  kClosed,    // this object has stopped and will not start again
  kMissing,   // what was named does not exist
  kConflict,  // it exists already, or differs from what the caller believed
};

[[nodiscard]] std::string_view to_string(Code code);

struct Error {
  Code code = Code::kInvalid;
  std::string message;  // "open spool /var/x: unable to open database file"
  std::string hint;     // "check that the folder exists"; empty where nobody can do anything

  // "message (hint)" for a terminal or a log line.
  [[nodiscard]] std::string text() const;
};

// [[nodiscard]] on the type is the point of this wrapper: g++ 12 does not warn for a discarded std::expected.
template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using Expected = std::expected<T, Error>;
  using Expected::Expected;
};

using Status = Result<void>;

[[nodiscard]] inline std::unexpected<Error> fail(Code code, std::string message, std::string hint = {}) {
  return std::unexpected(Error{code, std::move(message), std::move(hint)});
}

// errno as Error: "operation object: No space left on device". ENOSPC and EDQUOT are kFull, EACCES and EPERM
// kDenied, ENOENT kMissing, the rest kRetry.
[[nodiscard]] std::unexpected<Error> fail_errno(std::string_view operation, std::string_view object,
                                                int error);

// For tests and tools, where an error ends the program anyway: prints it and aborts.
template <class T>
T value_or_die(Result<T> result);
[[noreturn]] void die(const Error& error);

template <class T>
T value_or_die(Result<T> result) {
  if (!result) die(result.error());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace holeshot::base

#define HOLESHOT_CONCAT_(a, b) a##b
#define HOLESHOT_CONCAT(a, b) HOLESHOT_CONCAT_(a, b)

// HOLESHOT_TRY(file.sync());  returns the error from the calling function.
#define HOLESHOT_TRY(expr)                                        \
  do {                                                            \
    if (auto holeshot_status = (expr); !holeshot_status)          \
      return std::unexpected(std::move(holeshot_status).error()); \
  } while (false)

// HOLESHOT_ASSIGN(auto file, open(path));  declares `file`, or returns the error.
#define HOLESHOT_ASSIGN(lhs, expr) HOLESHOT_ASSIGN_(HOLESHOT_CONCAT(holeshot_result_, __LINE__), lhs, expr)
#define HOLESHOT_ASSIGN_(tmp, lhs, expr)                    \
  auto tmp = (expr);                                        \
  if (!tmp) return std::unexpected(std::move(tmp).error()); \
  lhs = std::move(*tmp)
