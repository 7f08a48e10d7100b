#include "tools/load/target.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

namespace holeshot::load {

namespace {

base::Status resolve(Target& target) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int error = ::getaddrinfo(target.host.c_str(), std::to_string(target.port).c_str(), &hints, &list);
  if (error != 0)
    return base::fail(base::Code::kRetry, "resolve " + target.host + ": " + ::gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(list, &::freeaddrinfo);
  std::memcpy(&target.address, list->ai_addr, list->ai_addrlen);
  target.address_size = list->ai_addrlen;
  return {};
}

base::Status bind_to(int fd, unsigned source) {
  const int on = 1;
  // The port is chosen at connect, where only the four numbers together have to be free.
  ::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + source);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return base::fail_errno("bind", "127.0.0.1 + " + std::to_string(source), errno);
  return {};
}

}  // namespace

bool Target::is_loopback() const {
  if (address.ss_family != AF_INET) return false;
  sockaddr_in in{};
  std::memcpy(&in, &address, sizeof in);
  return (ntohl(in.sin_addr.s_addr) >> 24U) == 127;
}

base::Result<Target> parse_target(std::string_view url, std::string_view scheme, std::string_view path) {
  const std::string begin = std::string{scheme} + "://";
  const std::string shape = begin + "HOST:PORT" + std::string{path};
  if (!url.starts_with(begin)) {
    return base::fail(base::Code::kInvalid, "'" + std::string{url} + "' does not begin with " + begin,
                      "write " + shape + "; behind TLS, the address that the proxy itself connects to");
  }
  std::string_view rest = url.substr(begin.size());
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const std::string_view authority = rest.substr(0, slash);
  const std::size_t colon = authority.rfind(':');
  Target target;
  target.path = rest.size() - slash <= 1 ? path : rest.substr(slash);
  const bool clean = target.path.find_first_of(" \r\n\t") == std::string::npos;
  if (colon == std::string_view::npos || colon == 0 || !clean)
    return base::fail(base::Code::kInvalid, "'" + std::string{url} + "' names no host and port",
                      "write " + shape);
  const std::string_view digits = authority.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), target.port);
  if (error != std::errc{} || end != digits.data() + digits.size() || target.port == 0)
    return base::fail(base::Code::kInvalid, "'" + std::string{digits} + "' is no port", "write " + shape);
  target.host = authority.substr(0, colon);
  if (target.host.starts_with('[') && target.host.ends_with(']'))
    target.host = target.host.substr(1, target.host.size() - 2);
  HOLESHOT_TRY(resolve(target));
  return target;
}

base::Result<base::UniqueFd> begin_connect(const Target& target, unsigned source, int receive_buffer) {
  base::UniqueFd fd{::socket(target.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!fd.valid()) return base::fail_errno("open socket for", target.host, errno);
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // With each read the kernel tells when the bytes came: what passed between that and the read is our own delay.
  ::setsockopt(fd.get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  if (receive_buffer > 0)
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  if (source > 0) HOLESHOT_TRY(bind_to(fd.get(), source));
  const auto* address = reinterpret_cast<const sockaddr*>(&target.address);
  if (::connect(fd.get(), address, target.address_size) != 0 && errno != EINPROGRESS)
    return base::fail_errno("connect to", target.host, errno);
  return fd;
}

base::Status allow_descriptors(std::size_t wanted) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= wanted) return {};
  if (limit.rlim_max < wanted) {
    return base::fail(base::Code::kFull,
                      std::to_string(wanted) + " descriptors are needed and " +
                          std::to_string(limit.rlim_max) + " allowed (ulimit -Hn)",
                      "raise the limit, or run several processes with fewer each");
  }
  limit.rlim_cur = wanted;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0)
    return base::fail_errno("raise", "the limit of descriptors", errno);
  return {};
}

}  // namespace holeshot::load
