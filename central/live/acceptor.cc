#include "central/live/acceptor.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <utility>

namespace holeshot::live {

namespace {

using base::Code;
using base::fail;
using base::UniqueFd;

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

base::Result<Addresses> resolve(const std::string& host, const std::string& port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int error = ::getaddrinfo(host.empty() ? nullptr : host.c_str(), port.c_str(), &hints, &list);
  if (error != 0) {
    return fail(Code::kInvalid, "resolve " + host + ": " + ::gai_strerror(error),
                "use an address of this machine");
  }
  return Addresses{list};
}

base::Result<std::uint16_t> port_of(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return base::fail_errno("getsockname", "live listener", errno);
  }
  if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port);
  return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

void set_option(int fd, int level, int option, int value) {
  // None of these can fail on a socket that is one.
  [[maybe_unused]] const int ignored = ::setsockopt(fd, level, option, &value, sizeof value);
}

// Set on the listener and inherited by what it accepts: no call of its own for each newcomer.
void set_for_viewers(int listener, const LiveConfig& config) {
  set_option(listener, IPPROTO_TCP, TCP_NODELAY, 1);
  // A phone that left without a word: what it was sent is not waited for longer than a pong would be.
  set_option(listener, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(config.pong_us / 1000));
  if (config.send_buffer_bytes > 0) set_option(listener, SOL_SOCKET, SO_SNDBUF, config.send_buffer_bytes);
}

UniqueFd spare() { return UniqueFd{::open("/dev/null", O_RDONLY | O_CLOEXEC)}; }

}  // namespace

Acceptor::Acceptor(UniqueFd socket, std::uint16_t port)
    : socket_(std::move(socket)), reserve_(spare()), port_(port) {}

base::Result<Acceptor> Acceptor::listen(const LiveConfig& config) {
  const std::string where = config.host + ":" + std::to_string(config.port);
  HOLESHOT_ASSIGN(const Addresses addresses, resolve(config.host, std::to_string(config.port)));
  UniqueFd fd{::socket(addresses->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!fd.valid()) return base::fail_errno("open socket for", where, errno);
  // Not SO_REUSEPORT: a second server on the same port must fail, not take half of the viewers.
  set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  set_for_viewers(fd.get(), config);
  if (::bind(fd.get(), addresses->ai_addr, addresses->ai_addrlen) != 0)
    return base::fail_errno("bind", where, errno);
  constexpr int kBacklog = 4096;  // a stadium that reconnects at once; the kernel caps it at somaxconn
  if (::listen(fd.get(), kBacklog) != 0) return base::fail_errno("listen on", where, errno);
  HOLESHOT_ASSIGN(const std::uint16_t bound, port_of(fd.get()));
  return Acceptor(std::move(fd), bound);
}

void Acceptor::accept_some(const std::function<void(UniqueFd)>& take) {
  constexpr int kSlice = 64;
  for (int i = 0; i < kSlice; ++i) {
    UniqueFd fd{::accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
    if (fd.valid()) {
      take(std::move(fd));
      continue;
    }
    if (errno == EMFILE || errno == ENFILE) refuse_one();
    if (errno == EINTR || errno == ECONNABORTED) continue;
    return;
  }
}

void Acceptor::refuse_one() {
  reserve_.reset();
  {
    const UniqueFd refused{::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
  }
  reserve_ = spare();
  errno = EMFILE;
}

}  // namespace holeshot::live
