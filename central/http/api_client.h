// ApiClient: asks a running central over HTTP, for the command line. What it asks and gets are the router's own Request
// and Response, so a command works the same on a central next door and on a log that it opens itself.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "central/http/router.h"
#include "common/base/result.h"

namespace holeshot::http {

// One thread at a time.
class ApiClient {
 public:
  // `url`: http://HOST:PORT, as central prints it. kInvalid where it is none.
  [[nodiscard]] static base::Result<ApiClient> make(const std::string& url);
  ApiClient(ApiClient&&) noexcept;
  ~ApiClient();

  // Whatever central answers, a problem too. kRetry where nobody answers. Of the request: method (GET or POST), path,
  // query, headers, body.
  [[nodiscard]] base::Result<Response> send(const Request& request);

  // How long an answer may take from now on; two minutes where nothing is said.
  void wait_for_answers(std::chrono::seconds limit);
  // Ends a send() that another thread waits in: it gives kRetry. The one member that any thread may call.
  void give_up();

 private:
  struct Inner;
  explicit ApiClient(std::unique_ptr<Inner> inner);
  std::unique_ptr<Inner> inner_;
};

}  // namespace holeshot::http
