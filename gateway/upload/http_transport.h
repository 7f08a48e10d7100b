// HttpTransport: one POST to central. The seam that tests replace; curl_transport.h is the real one.
#pragma once

#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "common/base/result.h"

namespace holeshot::upload {

struct HttpRequest {
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;  // as it is; the transport may compress it
};

struct HttpResponse {
  int status = 0;
  std::string retry_after;  // the header's value; empty where there is none
  std::string body;
};

class HttpTransport {
 public:
  virtual ~HttpTransport() = default;
  // An answer of whatever status, or kRetry with a sentence that a person understands where there was none
  // (refused, timed out, reset, name not found, certificate), kDenied where the answer was not to be had safely
  // (TLS), kClosed soon after `stop` asked. Called by one thread at a time.
  [[nodiscard]] virtual base::Result<HttpResponse> post(const HttpRequest& request,
                                                        const std::stop_token& stop) = 0;
};

}  // namespace holeshot::upload
