// What a NATS server says of itself in the line that it greets every connection with.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"

namespace holeshot::log {

// The version of the server at nats://HOST:PORT, read over a connection of its own within a second. kRetry where it
// does not answer, kCorrupt where what answers is no NATS server.
[[nodiscard]] base::Result<std::string> server_version(const std::string& url);

// From "INFO {...}": the version; kCorrupt where there is none. Total.
[[nodiscard]] base::Result<std::string> version_in(std::string_view greeting);

// Whether a server of this version can be told to sync before it acknowledges (sync_interval: always; from 2.10 on).
// Whether it was told so, no server says.
[[nodiscard]] bool can_sync_always(std::string_view version);

}  // namespace holeshot::log
