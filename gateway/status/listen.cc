#include "gateway/status/listen.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace holeshot::status {

namespace {

constexpr int kBacklog = 64;
constexpr mode_t kSocketMode = 0660;

base::Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return base::fail(base::Code::kInvalid, "use the socket " + path + ": its path is too long",
                      "use one of at most 107 letters");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

// bind(2) and connect(2) take every kind of address through one type.
template <class Address>
const sockaddr* any(const Address& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

base::Status make_way(const std::string& path) {
  struct stat info{};
  if (::lstat(path.c_str(), &info) != 0) return {};
  if (!S_ISSOCK(info.st_mode)) {
    return base::fail(base::Code::kConflict, "listen on " + path + ": there is a file that is no socket",
                      "move it away, or set another path");
  }
  if (connect_unix(path)) {
    return base::fail(base::Code::kConflict, "listen on " + path + ": a gateway that runs has it",
                      "stop the other gateway, or give this one another socket");
  }
  if (::unlink(path.c_str()) != 0) return base::fail_errno("replace the socket", path, errno);
  return {};
}

}  // namespace

base::Result<Listening> listen_tcp(const std::string& host, int port) {
  const std::string name = host + ":" + std::to_string(port);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  const bool read =
      ::inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host.c_str(), &address.sin_addr) == 1;
  if (!read || ntohl(address.sin_addr.s_addr) >> 24 != IN_LOOPBACKNET || port < 0 || port > 65'535) {
    return base::fail(base::Code::kInvalid, "listen on " + name + ": the page is for this machine alone",
                      "use 127.0.0.1 and a port");
  }
  Listening listening{base::UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), 0};
  const int fd = listening.fd.get();
  if (fd < 0) return base::fail_errno("listen on", name, errno);
  const int on = 1;
  (void)::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd, any(address), sizeof address) != 0 || ::listen(fd, kBacklog) != 0) {
    if (errno != EADDRINUSE) return base::fail_errno("listen on", name, errno);
    return base::fail(base::Code::kConflict, "listen on " + name + ": another program has it",
                      "stop the other one, or set another port for the page");
  }
  socklen_t size = sizeof address;
  (void)::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  listening.port = ntohs(address.sin_port);
  return listening;
}

base::Result<Listening> listen_unix(const std::string& path) {
  HOLESHOT_ASSIGN(const sockaddr_un address, address_of(path));
  HOLESHOT_TRY(make_way(path));
  Listening listening{base::UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)), 0};
  const int fd = listening.fd.get();
  if (fd < 0) return base::fail_errno("listen on", path, errno);
  // Before bind: there is no moment in which others may connect.
  (void)::fchmod(fd, kSocketMode);
  if (::bind(fd, any(address), sizeof address) != 0 || ::chmod(path.c_str(), kSocketMode) != 0 ||
      ::listen(fd, kBacklog) != 0) {
    return base::fail_errno("listen on", path, errno);
  }
  return listening;
}

base::Result<base::UniqueFd> connect_unix(const std::string& path) {
  HOLESHOT_ASSIGN(const sockaddr_un address, address_of(path));
  base::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (fd.get() < 0 || ::connect(fd.get(), any(address), sizeof address) != 0)
    return base::fail_errno("connect to", path, errno);
  return fd;
}

}  // namespace holeshot::status
