#include "tests/storm/http_link.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

namespace holeshot::storm {

namespace {
// Longer than a bus that looks for a new leader keeps central waiting.
constexpr timeval kAnswerLimit{30, 0};
}  // namespace

std::string HttpLink::exchange(std::uint16_t port, std::string_view method, std::string_view path,
                               std::string_view body) {
  if ((!socket_.valid() || connected_to_ != port) && !connect(port)) return {};
  std::string head{method};
  head.append(" ").append(path).append(" HTTP/1.1\r\nHost: storm\r\n");
  if (!body.empty()) head.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
  if (!send(head + "\r\n") || !send(body)) return {};
  std::string got;
  while (got.find("\r\n\r\n{") == std::string::npos || !got.ends_with('}')) {
    char buffer[4096];
    const ssize_t size = ::recv(socket_.get(), buffer, sizeof buffer, 0);
    if (size <= 0) return {};
    got.append(buffer, static_cast<std::size_t>(size));
  }
  // Its connections have a last request; the next one is a new connection's.
  if (got.find("Connection: close") != std::string::npos) close();
  return got;
}

bool HttpLink::connect(std::uint16_t port) {
  socket_ = base::UniqueFd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  connected_to_ = port;
  (void)::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &kAnswerLimit, sizeof kAnswerLimit);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return ::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

bool HttpLink::send(std::string_view text) const {
  while (!text.empty()) {
    const ssize_t sent = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace holeshot::storm
