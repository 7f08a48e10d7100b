// A strict reader of HTTP/1.1 request heads, for the handshake only: what is ambiguous is refused, since a
// proxy in front of us may have read it differently. Pure and total; no socket, no thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace holeshot::live {

// Browsers send 1 to 2 KiB; a token may add one more.
inline constexpr std::size_t kMaxHeadBytes = 8 * 1024;

struct HttpHeader {
  std::string name;  // lower case
  std::string value;
};

struct HttpRequest {
  std::string method;
  std::string path;   // percent-encoding untouched: our paths have none
  std::string query;  // after '?', undecoded
  std::vector<HttpHeader> headers;

  // The only header of that (lower-case) name; nullptr where there is none or more than one.
  [[nodiscard]] const std::string* header(std::string_view name) const;
  [[nodiscard]] std::size_t count(std::string_view name) const;
  // Whether a comma-separated header (all of that name together) has `token`, without regard to case.
  [[nodiscard]] bool lists(std::string_view name, std::string_view token) const;
};

// The size of the head at the start of `bytes`, its empty line included; nullopt while that has not come.
[[nodiscard]] std::optional<std::size_t> head_size(std::string_view bytes);

// `head` is what head_size() measured. kInvalid with what is wrong: bare line feeds, folded lines, spaces
// before a colon, control characters, no Host or two, any body, another version.
[[nodiscard]] base::Result<HttpRequest> parse_head(std::string_view head);

// "a, b,,c" as {"a","b","c"}.
[[nodiscard]] std::vector<std::string_view> split_list(std::string_view text);

struct QueryField {
  std::string name;
  std::string value;
};
// "a=1&b=%20" decoded. kInvalid for a broken escape, or where decoding gives a control character.
[[nodiscard]] base::Result<std::vector<QueryField>> parse_query(std::string_view query);

}  // namespace holeshot::live
