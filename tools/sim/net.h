// Addresses and the sockets that are bound to them.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>

#include "common/base/fd.h"
#include "common/base/result.h"

namespace holeshot::sim {

enum class Transport : std::uint8_t { kTcp, kUdp };

// A non-blocking socket on HOST:PORT or [V6]:PORT; port 0 takes a free one. A TCP one listens. kInvalid for
// what is no address, else as the system says.
[[nodiscard]] base::Result<base::UniqueFd> bind_to(const std::string& address, Transport transport);

struct Bound {
  std::string address;  // "127.0.0.1:40123", with the port it got
  std::uint16_t port = 0;
};
[[nodiscard]] base::Result<Bound> bound_to(int fd);

// HOST:PORT with another port: what stands behind the last colon is replaced.
[[nodiscard]] std::string with_port(const std::string& address, std::uint16_t port);
// The port in HOST:PORT; 0 where there is none.
[[nodiscard]] std::uint16_t port_in(const std::string& address);

}  // namespace holeshot::sim
