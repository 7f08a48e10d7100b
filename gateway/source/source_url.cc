#include "gateway/source/source_url.h"

#include <charconv>
#include <cmath>

namespace holeshot::source {

using base::Code;

namespace {

constexpr std::string_view kTcp = "tcp://";
constexpr std::string_view kFile = "file://";
// A day in under a second. Faster than that is speed 0.
constexpr double kFastest = 100'000;

std::unexpected<base::Error> wrong(std::string_view text, const std::string& why) {
  return base::fail(Code::kInvalid, "decoder \"" + std::string{text.substr(0, 200)} + "\": " + why,
                    "write tcp://HOST:PORT or file://PATH?speed=X");
}

template <class Number>
bool read_whole(std::string_view text, Number& out) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), out);
  return parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size();
}

bool is_host_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
         c == '_' || c == ':' || c == '%';
}

// key=value&key=value. `driver` is every line's; `other` gets the rest. An empty query has no settings.
template <class Other>
base::Status parse_query(std::string_view query, Other&& other, SourceUrl& url) {
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view setting = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
    const std::size_t equals = setting.find('=');
    const std::string_view key = setting.substr(0, equals);
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view{} : setting.substr(equals + 1);
    if (key == "driver" && !value.empty()) {
      url.driver = value;
      continue;
    }
    HOLESHOT_TRY(base::Status{other(key, value)});
  }
  return {};
}

base::Result<SourceUrl> parse_tcp(std::string_view text) {
  SourceUrl url{.text = std::string{text}, .kind = SourceUrl::Kind::kTcp};
  std::string_view rest = text.substr(kTcp.size());
  const std::size_t query = rest.find('?');
  HOLESHOT_TRY(parse_query(
      query == std::string_view::npos ? std::string_view{} : rest.substr(query + 1),
      [&](std::string_view, std::string_view) {
        return wrong(text, "the only setting of a network line is driver");
      },
      url));
  rest = rest.substr(0, query);
  std::string_view port;
  if (rest.starts_with('[')) {
    const std::size_t end = rest.find(']');
    if (end == std::string_view::npos) return wrong(text, "the ] after the IPv6 address is missing");
    url.host = rest.substr(1, end - 1);
    port = rest.substr(end + 1);
  } else {
    const std::size_t colon = rest.find(':');
    if (colon != rest.rfind(':')) return wrong(text, "an IPv6 address stands in [ ]");
    url.host = rest.substr(0, colon);
    port = colon == std::string_view::npos ? std::string_view{} : rest.substr(colon);
  }
  if (url.host.empty()) return wrong(text, "the host is missing");
  for (const char c : url.host) {
    if (!is_host_char(c)) return wrong(text, "the host holds a character that no host has");
  }
  if (port.empty()) return url;
  if (!port.starts_with(':') || !read_whole(port.substr(1), url.port) || url.port == 0) {
    return wrong(text, "the port is not a number from 1 to 65535");
  }
  return url;
}

base::Result<SourceUrl> parse_file(std::string_view text) {
  SourceUrl url{.text = std::string{text}, .kind = SourceUrl::Kind::kFile};
  const std::string_view rest = text.substr(kFile.size());
  const std::size_t query = rest.find('?');
  url.path = rest.substr(0, query);
  if (url.path.empty()) return wrong(text, "the path is missing");
  if (query == std::string_view::npos) return url;
  HOLESHOT_TRY(parse_query(
      rest.substr(query + 1),
      [&](std::string_view key, std::string_view value) -> base::Status {
        if (key != "speed") return wrong(text, "a recording's settings are speed and driver");
        if (read_whole(value, url.speed) && std::isfinite(url.speed) && url.speed >= 0 &&
            url.speed <= kFastest) {
          return {};
        }
        return wrong(text, "the speed is not a number from 0 (as fast as it goes) to 100000");
      },
      url));
  return url;
}

}  // namespace

base::Result<SourceUrl> parse_source_url(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < ' ') return wrong("...", "it holds a control character");
  }
  if (text.starts_with(kTcp)) return parse_tcp(text);
  if (text.starts_with(kFile)) return parse_file(text);
  return wrong(text, "it starts neither with tcp:// nor with file://");
}

}  // namespace holeshot::source
