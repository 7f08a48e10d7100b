// The two listening sockets. Private to the server.
#pragma once

#include <string>

#include "common/base/fd.h"
#include "common/base/result.h"

namespace holeshot::status {

struct Listening {
  base::UniqueFd fd;
  int port = 0;
};

// kInvalid where `host` is no IPv4 loopback address, kConflict where somebody has the port.
[[nodiscard]] base::Result<Listening> listen_tcp(const std::string& host, int port);

// Mode 0660. Replaces the socket of a gateway that is dead; kConflict where a living one has it or a file of another
// kind lies there.
[[nodiscard]] base::Result<Listening> listen_unix(const std::string& path);

// A connected socket. kMissing where there is none, kRetry where nobody listens.
[[nodiscard]] base::Result<base::UniqueFd> connect_unix(const std::string& path);

}  // namespace holeshot::status
