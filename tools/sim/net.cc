#include "tools/sim/net.h"

#include <netdb.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <memory>

namespace holeshot::sim {

namespace {

using base::Code;
using base::fail;

struct FreeAddress {
  void operator()(addrinfo* info) const { ::freeaddrinfo(info); }
};
using Address = std::unique_ptr<addrinfo, FreeAddress>;

base::Result<Address> resolve(const std::string& address, int type) {
  const auto colon = address.rfind(':');
  std::string host = address.substr(0, colon == std::string::npos ? 0 : colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty() || colon + 1 == address.size()) {
    return fail(Code::kInvalid, "listen on \"" + address + "\": not an address",
                "write HOST:PORT, for instance 127.0.0.1:5403");
  }
  addrinfo hints{};
  hints.ai_socktype = type;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), address.c_str() + colon + 1, &hints, &found);
  if (error != 0)
    return fail(Code::kInvalid, "listen on \"" + address + "\": " + ::gai_strerror(error), "write HOST:PORT");
  return Address{found};
}

}  // namespace

base::Result<base::UniqueFd> bind_to(const std::string& address, Transport transport) {
  const bool tcp = transport == Transport::kTcp;
  const int type = tcp ? SOCK_STREAM : SOCK_DGRAM;
  HOLESHOT_ASSIGN(const Address info, resolve(address, type));
  base::UniqueFd fd{::socket(info->ai_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!fd.valid()) return base::fail_errno("open socket for", address, errno);
  const int on = 1;
  if (tcp) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd.get(), info->ai_addr, info->ai_addrlen) != 0) return base::fail_errno("bind", address, errno);
  if (tcp && ::listen(fd.get(), 16) != 0) return base::fail_errno("listen on", address, errno);
  return fd;
}

base::Result<Bound> bound_to(int fd) {
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  auto* generic = reinterpret_cast<sockaddr*>(&name);
  if (::getsockname(fd, generic, &size) != 0)
    return base::fail_errno("read the address of", "a socket", errno);
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  const int error = ::getnameinfo(generic, size, host.data(), host.size(), port.data(), port.size(),
                                  NI_NUMERICHOST | NI_NUMERICSERV);
  if (error != 0)
    return fail(Code::kRetry, std::string{"print a socket's address: "} + ::gai_strerror(error));
  const bool v6 = name.ss_family == AF_INET6;
  Bound bound{(v6 ? "[" : "") + std::string{host.data()} + (v6 ? "]:" : ":") + port.data(), 0};
  bound.port = port_in(bound.address);
  return bound;
}

std::string with_port(const std::string& address, std::uint16_t port) {
  return address.substr(0, address.rfind(':') + 1) + std::to_string(port);
}

std::uint16_t port_in(const std::string& address) {
  std::uint16_t port = 0;
  const char* const end = address.data() + address.size();
  const auto result = std::from_chars(address.data() + address.rfind(':') + 1, end, port);
  return result.ec == std::errc{} && result.ptr == end ? port : std::uint16_t{0};
}

}  // namespace holeshot::sim
