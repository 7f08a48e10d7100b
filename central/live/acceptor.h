// Acceptor: the listening socket. Belongs to the loop that accepts.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "central/live/config.h"
#include "common/base/fd.h"
#include "common/base/result.h"

namespace holeshot::live {

class Acceptor {
 public:
  // Listens on config.host:port. kRetry where the port is taken, kDenied where it is not ours to take.
  [[nodiscard]] static base::Result<Acceptor> listen(const LiveConfig& config);

  // Accepts a slice of what waits (not all, so that a rush of newcomers does not hold up those who are there)
  // and gives each socket, non-blocking and ready for small writes, to `take`. Where the process has no
  // descriptor left, the connection is closed instead of being left to spin.
  void accept_some(const std::function<void(base::UniqueFd)>& take);

  [[nodiscard]] int fd() const { return socket_.get(); }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  Acceptor(base::UniqueFd socket, std::uint16_t port);
  void refuse_one();

  base::UniqueFd socket_;
  base::UniqueFd reserve_;  // a descriptor to accept with when there is none
  std::uint16_t port_ = 0;
};

}  // namespace holeshot::live
