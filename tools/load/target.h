// Target: whom to load, out of a URL, and from which addresses. Pure but for one question to the resolver.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/fd.h"
#include "common/base/result.h"

namespace holeshot::load {

struct Target {
  std::string host;
  std::uint16_t port = 0;
  std::string path;  // with its query, if it has one
  sockaddr_storage address{};
  socklen_t address_size = 0;

  [[nodiscard]] bool is_loopback() const;
};

// "ws://127.0.0.1:8081/ws/v1/live": `scheme` is ws or http, `path` what is meant where the URL has none. kInvalid with what
// to write instead; kRetry where the name cannot be resolved now. TLS ends at the reverse proxy, so wss and https are none.
[[nodiscard]] base::Result<Target> parse_target(std::string_view url, std::string_view scheme,
                                                std::string_view path);

// A socket that has begun to connect, without waiting. `source` > 0 binds it to 127.0.0.1 + source, so that neither ports
// nor limits per address end a large run; REQUIRES then: target.is_loopback(). `receive_buffer` 0: the system's.
[[nodiscard]] base::Result<base::UniqueFd> begin_connect(const Target& target, unsigned source,
                                                         int receive_buffer);

// Lets this process hold `wanted` descriptors. kFull with the limit where it may not.
[[nodiscard]] base::Status allow_descriptors(std::size_t wanted);

}  // namespace holeshot::load
