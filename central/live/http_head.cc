#include "central/live/http_head.h"

#include <algorithm>
#include <cctype>

namespace holeshot::live {

namespace {

using base::Code;
using base::fail;

std::unexpected<base::Error> bad(std::string_view cause) {
  return fail(Code::kInvalid, "read request head: " + std::string{cause},
              "send an HTTP/1.1 request as RFC 9112 has it");
}

// RFC 9110: tchar
bool is_token_char(char c) {
  const auto u = static_cast<unsigned char>(c);
  return std::isalnum(u) != 0 || std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}
bool is_token(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_token_char); }
bool is_visible(char c) { return c > 0x20 && c < 0x7F; }
bool is_field_char(char c) { return c == '\t' || static_cast<unsigned char>(c) >= 0x20; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool same_letters(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

base::Status parse_request_line(std::string_view line, HttpRequest& request) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last)
    return bad("request line is not `METHOD target HTTP/1.1`");
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  if (!is_token(method)) return bad("method is not a token");
  if (line.substr(last + 1) != "HTTP/1.1") return bad("version is not HTTP/1.1");
  if (!target.starts_with('/') || !std::ranges::all_of(target, is_visible))
    return bad("target is not an absolute path");
  const std::size_t mark = target.find('?');
  request.method = method;
  request.path = target.substr(0, mark);
  if (mark != std::string_view::npos) request.query = target.substr(mark + 1);
  return {};
}

base::Status parse_header_line(std::string_view line, HttpRequest& request) {
  constexpr std::size_t kMaxHeaders = 64;
  if (request.headers.size() == kMaxHeaders) return bad("more than 64 headers");
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return bad("header line without a colon");
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim(line.substr(colon + 1));
  if (!is_token(name)) return bad("header name is not a token");
  if (!std::ranges::all_of(value, is_field_char) || value.find('\x7F') != std::string_view::npos) {
    return bad("control character in a header");
  }
  HttpHeader header{std::string{name}, std::string{value}};
  std::ranges::transform(header.name, header.name.begin(), lower);
  request.headers.push_back(std::move(header));
  return {};
}

base::Status check_whole(const HttpRequest& request) {
  if (request.header("host") == nullptr) return bad("exactly one Host is needed");
  if (request.count("transfer-encoding") > 0) return bad("a handshake has no body");
  for (const HttpHeader& h : request.headers) {
    if (h.name == "content-length" && h.value != "0") return bad("a handshake has no body");
  }
  return {};
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char l = lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

base::Result<std::string> percent_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return bad("broken percent escape in the query");
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (!is_field_char(c) || c == '\x7F' || c == '\t') return bad("control character in the query");
    out += c;
  }
  return out;
}

}  // namespace

const std::string* HttpRequest::header(std::string_view name) const {
  const std::string* found = nullptr;
  for (const HttpHeader& h : headers) {
    if (h.name != name) continue;
    if (found != nullptr) return nullptr;
    found = &h.value;
  }
  return found;
}

std::size_t HttpRequest::count(std::string_view name) const {
  return static_cast<std::size_t>(std::ranges::count(headers, name, &HttpHeader::name));
}

bool HttpRequest::lists(std::string_view name, std::string_view token) const {
  return std::ranges::any_of(headers, [&](const HttpHeader& h) {
    return h.name == name &&
           std::ranges::any_of(split_list(h.value), [&](auto item) { return same_letters(item, token); });
  });
}

std::optional<std::size_t> head_size(std::string_view bytes) {
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  return end + 4;
}

base::Result<HttpRequest> parse_head(std::string_view head) {
  HttpRequest request;
  bool first = true;
  while (!head.empty()) {
    const std::size_t end = head.find("\r\n");
    if (end == std::string_view::npos) return bad("it does not end with an empty line");
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(end + 2);
    if (line.empty() && !first) {
      if (!head.empty()) return bad("bytes after the empty line");
      HOLESHOT_TRY(check_whole(request));
      return request;
    }
    HOLESHOT_TRY(first ? parse_request_line(line, request) : parse_header_line(line, request));
    first = false;
  }
  return bad("it does not end with an empty line");
}

std::vector<std::string_view> split_list(std::string_view text) {
  std::vector<std::string_view> items;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view item = trim(text.substr(0, comma));
    if (!item.empty()) items.push_back(item);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return items;
}

base::Result<std::vector<QueryField>> parse_query(std::string_view query) {
  std::vector<QueryField> fields;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view piece = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (piece.empty()) continue;
    const std::size_t equals = std::min(piece.find('='), piece.size());
    HOLESHOT_ASSIGN(std::string name, percent_decode(piece.substr(0, equals)));
    HOLESHOT_ASSIGN(std::string value, percent_decode(piece.substr(std::min(equals + 1, piece.size()))));
    fields.push_back({std::move(name), std::move(value)});
  }
  return fields;
}

}  // namespace holeshot::live
