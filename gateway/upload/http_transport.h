// HttpTransport: one POST (or, where asked for, GET) to central. The seam that tests replace; curl_transport.h is the real one.
#pragma once

#include <cstdint>
#include <expected>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "common/base/result.h"
#include "gateway/upload/reason.h"

namespace holeshot::upload {

struct HttpRequest {
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;  // as it is; the transport may compress it
  // Not on a connection that was kept: the network may be another one by now, and such a connection is silent for long.
  bool fresh_connection = false;
  bool get = false;  // GET, without a body
};

struct HttpResponse {
  int status = 0;
  // Values of headers; empty where there is none.
  std::string retry_after;
  std::string content_type;
  std::string location;
  std::string body;
  std::uint64_t sent_bytes = 0;  // of the request's body, as they went over the line
};

template <class T>
class [[nodiscard]] HttpResult : public std::expected<T, HttpFailure> {
 public:
  using std::expected<T, HttpFailure>::expected;
};

class HttpTransport {
 public:
  virtual ~HttpTransport() = default;
  // An answer of whatever status, or a failure with a sentence that a person understands: kRetry where there was none
  // (refused, timed out, reset, name not found), kDenied where it was not to be had safely (TLS), kClosed soon after
  // `stop` asked. Called by one thread at a time.
  [[nodiscard]] virtual HttpResult<HttpResponse> post(const HttpRequest& request,
                                                      const std::stop_token& stop) = 0;
};

}  // namespace holeshot::upload
