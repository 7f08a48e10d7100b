// Client: asks a gateway on this machine what StatusServer answers. For commands, tests and doctors.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace holeshot::status {

// Where a gateway is asked: its control socket where that is set, else the page's address.
struct Address {
  std::string socket;
  std::string host = "127.0.0.1";
  int port = 0;
  [[nodiscard]] std::string text() const;  // "/run/holeshot/control" or "127.0.0.1:8090"
};

// More than 200 passings or a hundred decoders ever are.
inline constexpr std::size_t kMaxAnswerBytes = 4U << 20;

// One request on a connection of its own: the body of a good answer. `target` is a path with its query; with `body`
// nullptr it is a GET, else a POST. kMissing where no gateway runs there, kRetry where it does not answer within
// `limit`, kInvalid where what answers is no gateway, kDenied where rights are missing; what the gateway refuses comes
// with its own words and hint. Total on whatever may listen there.
[[nodiscard]] base::Result<std::string> ask(const Address& address, const std::string& target,
                                            std::chrono::milliseconds limit,
                                            const std::string* body = nullptr);

}  // namespace holeshot::status
