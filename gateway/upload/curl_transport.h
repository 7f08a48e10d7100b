// CurlTransport: HttpTransport over libcurl. Keeps one connection to central open between posts, sends without
// delay, compresses what is worth it. TLS certificates are verified; redirects are answers, not followed.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/upload/curl_failure.h"
#include "gateway/upload/http_transport.h"

namespace holeshot::upload {

struct CurlOptions {
  std::chrono::milliseconds connect_timeout{5'000};
  // A megabyte over a phone hotspot with one bar takes most of this.
  std::chrono::milliseconds total_timeout{20'000};
  // Smaller bodies fit one packet anyway.
  std::size_t gzip_from_bytes = 1'024;
  // PEM file of the authorities to trust instead of the system's: for a central with a certificate of its own making.
  std::string ca_file = {};
  std::string user_agent = "holeshot-gateway/" HOLESHOT_VERSION;
};

class CurlTransport final : public HttpTransport {
 public:
  explicit CurlTransport(CurlOptions options = {});
  ~CurlTransport() override;
  CurlTransport(const CurlTransport&) = delete;
  CurlTransport& operator=(const CurlTransport&) = delete;

  [[nodiscard]] HttpResult<HttpResponse> post(const HttpRequest& request,
                                              const std::stop_token& stop) override;

 private:
  struct Handles;
  void set_options();
  [[nodiscard]] TransferFacts facts_of(int code, const std::string& url, bool too_long) const;
  const CurlOptions options_;
  std::unique_ptr<Handles> handles_;
};

// `body` in gzip format (RFC 1952).
[[nodiscard]] std::string gzip(std::string_view body);

}  // namespace holeshot::upload
