// HttpExchange: one request and its answer on a keep-alive connection, without waiting. One owner, one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/fd.h"
#include "common/base/result.h"

namespace holeshot::load {

struct HttpAnswer {
  int status = 0;
  std::string body;
  std::uint64_t retry_after_s = 0;  // 0: not said
  bool closes = false;              // the connection takes no further request
};

// The answer at the start of `bytes`, nullopt while it has not all come. kCorrupt where it is none that we can read: a
// body has a Content-Length here, for central's have. Pure.
[[nodiscard]] base::Result<std::optional<HttpAnswer>> read_answer(std::string_view bytes);

class HttpExchange {
 public:
  // A socket that has begun to connect.
  void open(base::UniqueFd fd);
  void close();
  // REQUIRES: no exchange is under way.
  void begin(std::string request);
  // The socket is ready: goes on as far as it can. nullopt: not done yet. kRetry: the line broke, or gave nothing we can read.
  [[nodiscard]] base::Result<std::optional<HttpAnswer>> go_on();

  [[nodiscard]] bool is_open() const { return fd_.valid(); }
  [[nodiscard]] bool wants_to_write() const { return sent_ < out_.size(); }
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  base::Status write_some();

  base::UniqueFd fd_;
  std::string out_;
  std::size_t sent_ = 0;
  std::string in_;
};

}  // namespace holeshot::load
