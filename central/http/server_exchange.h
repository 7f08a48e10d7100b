// Exchange: one request on its way through the server, without the HTTP library: what its head says, whether
// it may be answered at all, and the answer with everything that every answer carries.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "central/http/router.h"
#include "central/http/server.h"
#include "central/http/static_files.h"
#include "common/contract/problem.h"

namespace holeshot::http {

// A request's head as it came. Header names are in lower case; a header may stand several times.
struct Head {
  std::string method;
  std::string path;     // decoded
  std::string version;  // HTTP/1.1
  std::multimap<std::string, std::string> headers;

  [[nodiscard]] std::size_t count(const std::string& name) const { return headers.count(name); }
  [[nodiscard]] std::string value(const std::string& name) const;  // the first; empty where absent
  [[nodiscard]] bool has_body() const;
  // Content-Length where it is one, at most `most`; else 0.
  [[nodiscard]] std::size_t announced_bytes(std::size_t most) const;
};

// Why a request is refused before its body is read; the connection ends with the answer, because where the
// next request begins is then a matter of opinion (request smuggling).
[[nodiscard]] std::optional<contract::Problem> refusal_of(const Head& head, std::size_t max_body_bytes);

// Undoes Content-Encoding in place: nothing, or a problem (400 bad_encoding, 413 too_large, 415
// unsupported_encoding).
[[nodiscard]] std::optional<contract::Problem> decode_body(const Head& head, std::string& body,
                                                           std::size_t max_body_bytes);

[[nodiscard]] contract::Problem too_large(std::size_t max_body_bytes);

// Runs the router; where it knows no such path, the pages.
[[nodiscard]] Response answer(const Router& router, const StaticFiles& files, Request request);

// Security headers, and gzip where the client takes it and it is worth it.
void finish(const Head& head, Response& response);

}  // namespace holeshot::http
