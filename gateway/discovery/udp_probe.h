// The socket of a discovery: where it may ask, asking, and taking answers. One thread.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/fd.h"
#include "common/base/result.h"

namespace holeshot::discovery {

// "192.168.1.50" or "192.168.1.50:5403". kInvalid for anything else.
[[nodiscard]] base::Result<sockaddr_in> parse_address(const std::string& text);
// The broadcast address of every IPv4 network that this computer is in, with the decoders' port.
[[nodiscard]] std::vector<sockaddr_in> broadcast_addresses();

class UdpProbe {
 public:
  // A socket on `port`, or on any free one where that is taken (port() tells).
  [[nodiscard]] static base::Result<UdpProbe> open(std::uint16_t port);

  // The two probes to each address. What cannot be sent is returned in words.
  [[nodiscard]] std::vector<std::string> ask(const std::vector<sockaddr_in>& addresses) const;
  // The next answer that is there, with the sender's address; false: none. Never blocks.
  [[nodiscard]] bool take(std::string& from, base::Bytes& datagram) const;
  [[nodiscard]] int fd() const { return socket_.get(); }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  UdpProbe(base::UniqueFd socket, std::uint16_t port) : socket_(std::move(socket)), port_(port) {}
  base::UniqueFd socket_;
  std::uint16_t port_;
};

}  // namespace holeshot::discovery
