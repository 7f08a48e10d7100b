// Router: which handler answers which method and path. Knows no socket and no HTTP library, so handlers are
// tested as plain functions from Request to Response.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/contract/problem.h"

namespace holeshot::http {

struct Request {
  std::string method;                          // GET, POST, PUT, DELETE
  std::string path;                            // decoded, without query: /api/tracks/zolder
  std::map<std::string, std::string> params;   // from the pattern: {"id": "zolder"}
  std::map<std::string, std::string> query;    // decoded; the first of a repeated key
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;                            // decompressed
  std::string remote;                          // address of the peer, for audit

  // Empty where absent.
  [[nodiscard]] std::string_view header(const std::string& lower_case_name) const;
  [[nodiscard]] std::optional<std::string> query_value(const std::string& name) const;
};

struct Response {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::map<std::string, std::string> headers;

  [[nodiscard]] static Response json(int status, std::string body);
  [[nodiscard]] static Response problem(const contract::Problem& problem);
  [[nodiscard]] static Response no_content();
};

// Handlers run on any thread of the HTTP pool, several at once.
using Handler = std::function<Response(const Request&)>;

// Filled before the server starts, read-only afterwards.
class Router {
 public:
  // `pattern` holds names in braces, each matching one non-empty segment: "/api/tracks/{id}/loops/{loop}".
  // Literal segments win over names. `max_body_bytes`: what this one takes where that is more than the server's own limit.
  // REQUIRES: no other handler for the same method and pattern.
  void add(std::string method, std::string_view pattern, Handler handler, std::size_t max_body_bytes = 0);

  // Runs the handler; 404 where no pattern fits, 405 with Allow where only the method does not, 500 where it
  // throws.
  [[nodiscard]] Response dispatch(Request request) const;

  // What add() was given for the route that dispatch() would take; 0 where none fits.
  [[nodiscard]] std::size_t max_body_bytes(std::string_view method, std::string_view path) const;

  // "GET /api/tracks/{id}", sorted: for documentation and its tests.
  [[nodiscard]] std::vector<std::string> routes() const;

 private:
  struct Route {
    std::string method;
    std::vector<std::string> segments;
    Handler handler;
    std::size_t max_body_bytes = 0;
  };
  [[nodiscard]] const Route* best_for(std::string_view method, const std::vector<std::string>& path) const;

  std::vector<Route> routes_;
};

}  // namespace holeshot::http
