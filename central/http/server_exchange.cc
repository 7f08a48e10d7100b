#include "central/http/server_exchange.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "central/http/server_gzip.h"

namespace holeshot::http {

using contract::Problem;

namespace {

// Below this gzip's head and the CPU cost more than the bytes saved.
constexpr std::size_t kWorthPacking = 1400;

// The live stream comes from another listener until a proxy makes them one origin, hence ws: and wss:.
constexpr const char* kPagePolicy =
    "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; style-src 'self' "
    "'unsafe-inline'; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'self'";

Problem bad_request(std::string detail) {
  return {400, "bad_request", "Malformed request", std::move(detail), {}};
}

std::optional<std::uint64_t> content_length(const std::string& text) {
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size())
    return std::nullopt;
  return value;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

bool is_text(std::string_view type) {
  return type.starts_with("text/") || type.starts_with("application/json") || type.starts_with("image/svg") ||
         type.starts_with("application/problem+json") || type.starts_with("application/manifest+json");
}

// Not `gzip;q=0`; finer preferences do not matter with one encoding on offer.
bool takes_gzip(const Head& head) {
  const std::string accepted = lower(head.value("accept-encoding"));
  const auto at = accepted.find("gzip");
  return at != std::string::npos && !std::string_view{accepted}.substr(at + 4).starts_with(";q=0");
}

}  // namespace

std::string Head::value(const std::string& name) const {
  const auto it = headers.find(name);
  return it == headers.end() ? std::string{} : it->second;
}

bool Head::has_body() const { return count("content-length") > 0 || count("transfer-encoding") > 0; }

std::size_t Head::announced_bytes(std::size_t most) const {
  return std::min<std::uint64_t>(content_length(value("content-length")).value_or(0), most);
}

Problem too_large(std::size_t max_body_bytes) {
  return {413,
          "too_large",
          "Request too large",
          "the body has more than " + std::to_string(max_body_bytes) +
              " bytes (after decompression); send less at once",
          {}};
}

std::optional<Problem> refusal_of(const Head& head, std::size_t max_body_bytes) {
  if (head.count("content-length") > 1) return bad_request("Content-Length stands more than once");
  if (head.count("host") > 1 || (head.version == "HTTP/1.1" && head.count("host") == 0)) {
    return bad_request("one Host header is needed");
  }
  const std::string transfer = lower(head.value("transfer-encoding"));
  if (head.count("transfer-encoding") > 0) {
    if (head.count("content-length") > 0) return bad_request("Content-Length and Transfer-Encoding together");
    if (head.count("transfer-encoding") > 1 || transfer != "chunked") {
      return bad_request("the only Transfer-Encoding taken is chunked");
    }
  }
  std::uint64_t length = 0;
  if (head.count("content-length") > 0) {
    const auto given = content_length(head.value("content-length"));
    if (!given) return bad_request("Content-Length is not a number");
    length = *given;
  }
  const bool bodiless = head.method == "GET" || head.method == "HEAD" || head.method == "OPTIONS";
  if (bodiless && (length > 0 || !transfer.empty())) return bad_request(head.method + " with a body");
  if (length > max_body_bytes) return too_large(max_body_bytes);
  return std::nullopt;
}

std::optional<Problem> decode_body(const Head& head, std::string& body, std::size_t max_body_bytes) {
  const std::string encoding = lower(head.value("content-encoding"));
  if (head.count("content-encoding") == 0 || encoding == "identity") return std::nullopt;
  if (head.count("content-encoding") > 1 || (encoding != "gzip" && encoding != "x-gzip")) {
    return Problem{415,
                   "unsupported_encoding",
                   "Content-Encoding not supported",
                   "\"" + encoding.substr(0, 40) + "\" is not taken; send gzip or no encoding",
                   {}};
  }
  auto plain = gunzip(body, max_body_bytes);
  if (!plain && plain.error().code == base::Code::kFull) return too_large(max_body_bytes);
  if (!plain) {
    return Problem{
        400, "bad_encoding", "Body is not what its Content-Encoding says", plain.error().message, {}};
  }
  body = std::move(*plain);
  return std::nullopt;
}

Response answer(const Router& router, const StaticFiles& files, Request request) {
  if (request.method == "HEAD") request.method = "GET";  // the library leaves the body out
  if (request.method != "GET" || request.path.starts_with("/api/"))
    return router.dispatch(std::move(request));
  Response response = router.dispatch(request);
  if (response.status != 404) return response;
  auto file = files.serve(request);
  return file ? std::move(*file) : response;
}

void finish(const Head& head, Response& response) {
  response.headers["X-Content-Type-Options"] = "nosniff";
  response.headers["Referrer-Policy"] = "same-origin";
  if (response.content_type.starts_with("text/html")) {
    response.headers["Content-Security-Policy"] = kPagePolicy;
  }
  // What the API says is true now; no cache on the way may repeat it.
  if (!response.headers.contains("Cache-Control")) response.headers["Cache-Control"] = "no-store";
  if (response.body.size() < kWorthPacking || !is_text(response.content_type)) return;
  response.headers["Vary"] = "Accept-Encoding";
  if (!takes_gzip(head)) return;
  response.body = gzip(response.body);
  response.headers["Content-Encoding"] = "gzip";
}

}  // namespace holeshot::http
