#include "tests/bench/live_bare_server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <string>

#include "central/live/handshake.h"
#include "common/base/check.h"
#include "tests/bench/live_bench_frames.h"

namespace holeshot::live {

namespace {
constexpr int kBacklog = 4096;
// Newcomers between two looks at the clock.
constexpr int kWelcomes = 64;
}  // namespace

BareServer::BareServer(std::uint16_t port)
    : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
  const int on = 1;
  ::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  HOLESHOT_CHECK(::bind(listener_.get(), any, size) == 0, "loopback");
  HOLESHOT_CHECK(::listen(listener_.get(), kBacklog) == 0, "listen");
  ::getsockname(listener_.get(), any, &size);
  port_ = ntohs(address.sin_port);
}

void BareServer::welcome_until(std::chrono::steady_clock::time_point due, std::uint64_t seq,
                               const base::Clock& clock) {
  using std::chrono::milliseconds;
  do {
    const auto left = std::chrono::ceil<milliseconds>(due - std::chrono::steady_clock::now()).count();
    pollfd one{listener_.get(), POLLIN, 0};
    if (::poll(&one, 1, static_cast<int>(std::max<milliseconds::rep>(0, left))) <= 0) return;
    for (int i = 0; i < kWelcomes; ++i) {
      base::UniqueFd fd{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
      if (!fd.valid()) break;
      welcome(std::move(fd), seq, clock);
    }
  } while (std::chrono::steady_clock::now() < due);
}

void BareServer::welcome(base::UniqueFd fd, std::uint64_t seq, const base::Clock& clock) {
  const timeval patience{.tv_sec = 2, .tv_usec = 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  std::array<char, 4096> bytes;
  const ssize_t got = ::recv(fd.get(), bytes.data(), bytes.size(), 0);
  if (got <= 0) return;
  const auto request = parse_head({bytes.data(), static_cast<std::size_t>(got)});
  if (!request) return;
  const Answer answer = answer_request(*request);
  const auto* upgrade = std::get_if<Upgrade>(&answer);
  if (upgrade == nullptr) return;
  const std::string hello = upgrade_response(*upgrade) + bench_snapshot({1, seq}, clock.wall_us())->wire;
  if (::send(fd.get(), hello.data(), hello.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(hello.size()))
    return;
  clients_.push_back({std::move(fd), upgrade->encoding});
}

std::uint64_t BareServer::send_to_all(const Frame& frame) {
  std::uint64_t sent = 0;
  for (Client& client : clients_) {
    const std::string& bytes = frame.bytes(client.encoding);
    if (::send(client.fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT) ==
        static_cast<ssize_t>(bytes.size())) {
      ++sent;
    } else {
      client.fd.reset();
    }
  }
  std::erase_if(clients_, [](const Client& client) { return !client.fd.valid(); });
  return sent;
}

}  // namespace holeshot::live
