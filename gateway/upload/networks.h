// The networks that this machine is on now, asked without netlink: our service has no such socket (systemd/), and
// getifaddrs() fails there.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace holeshot::upload {

// "INTERFACE ADDRESS" for each interface that runs, is no loopback, and has an address that leads further than its own link.
// An IPv6 address is in the kernel's form, 32 hex digits.
using Networks = std::set<std::string>;

// nullopt where the kernel does not tell: who cannot look does not claim. Any thread.
[[nodiscard]] std::optional<Networks> networks();

// The lines of /proc/net/if_inet6 that count, as "INTERFACE ADDRESS". Total on any text.
[[nodiscard]] Networks parse_if_inet6(std::string_view text);

}  // namespace holeshot::upload
