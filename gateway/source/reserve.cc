#include "gateway/source/reserve.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <utility>

#include "common/base/log.h"
#include "gateway/source/pass_filter.h"

namespace holeshot::source {

using base::Code;

namespace {

constexpr int kBacklog = 16;
constexpr std::size_t kHearRoom = 4'096;
using AddressList = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

base::Result<AddressList> address_of(const std::string& listen) {
  const auto wrong = [&] {
    return base::fail(Code::kInvalid,
                      "serve the decoder's bytes at \"" + listen + "\": not an address and a port",
                      "write 127.0.0.1:PORT, or [::1]:PORT");
  };
  const std::size_t colon = listen.rfind(':');
  if (colon == std::string::npos) return wrong();
  std::string host = listen.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const std::string port = listen.substr(colon + 1);
  std::uint16_t number = 0;
  const auto parsed = std::from_chars(port.data(), port.data() + port.size(), number);
  if (parsed.ec != std::errc{} || parsed.ptr != port.data() + port.size()) return wrong();
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  addrinfo* raw = nullptr;
  if (host.empty() || getaddrinfo(host.c_str(), port.c_str(), &hints, &raw) != 0) return wrong();
  return AddressList{raw, &freeaddrinfo};
}

std::uint16_t port_of(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
  return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

std::string peer_text(const sockaddr_storage& address, socklen_t size) {
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  if (getnameinfo(reinterpret_cast<const sockaddr*>(&address), size, host.data(), host.size(), port.data(),
                  port.size(), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return "?";
  return std::string{host.data()} + " port " + port.data();
}

// Finds a program that went without a word, in about half a minute.
void set_options(int fd) {
  const auto set = [fd](int level, int option, int value) {
    setsockopt(fd, level, option, &value, sizeof value);
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 10);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 5);
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);
  set(IPPROTO_TCP, TCP_NODELAY, 1);
}

}  // namespace

base::Result<std::unique_ptr<Reserve>> Reserve::open(ReserveOptions options) {
  HOLESHOT_ASSIGN(const AddressList address, address_of(options.listen));
  base::UniqueFd fd{::socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!fd.valid()) return base::fail_errno("make a socket for", options.listen, errno);
  const int on = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd.get(), address->ai_addr, address->ai_addrlen) != 0 || ::listen(fd.get(), kBacklog) != 0) {
    if (errno != EADDRINUSE) return base::fail_errno("serve the decoder's bytes at", options.listen, errno);
    return base::fail(Code::kConflict,
                      "serve the decoder's bytes at " + options.listen + ": the port is taken",
                      "choose another port, or end the program that has it");
  }
  const std::uint16_t port = port_of(fd.get());
  base::log_info("source", "serving the decoder's bytes",
                 {{"source", options.name}, {"listen", options.listen}, {"port", std::uint64_t{port}}});
  return std::unique_ptr<Reserve>{new Reserve(std::move(options), std::move(fd), port)};
}

Reserve::Reserve(ReserveOptions options, base::UniqueFd listener, std::uint16_t port)
    : options_(std::move(options)),
      listener_(std::move(listener)),
      port_(port),
      worker_("reserve", [this](const std::stop_token& stop) { run(stop); }) {}

Reserve::~Reserve() {
  worker_.request_stop();
  wake_.wake();
  worker_.join();
}

void Reserve::received(base::ByteView bytes, driver::Moment) {
  if (!anybody_) return;
  {
    const std::scoped_lock lock(mutex_);
    if (pending_.size() + bytes.size() > kPendingBytes) {
      overrun_ = true;
      pending_.clear();
    }
    pending_.insert(pending_.end(), bytes.begin(), bytes.end());
  }
  wake_.wake();
}

// What was asked of the old line means nothing to the new one.
void Reserve::line(bool, driver::Moment) {
  const std::scoped_lock lock(mutex_);
  requests_.clear();
}

base::Bytes Reserve::take_requests() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(requests_, {});
}

void Reserve::on_requests(std::function<void()> wake) {
  const std::scoped_lock lock(mutex_);
  on_requests_ = std::move(wake);
}

ReserveStats Reserve::stats() const {
  const std::scoped_lock lock(mutex_);
  return stats_;
}

void Reserve::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) poll_once();
}

void Reserve::poll_once() {
  std::vector<pollfd> waited{{.fd = wake_.get(), .events = POLLIN, .revents = 0},
                             {.fd = listener_.get(), .events = POLLIN, .revents = 0}};
  for (const auto& client : clients_) {
    const bool owes = client->sent < client->outbox.size();
    waited.push_back({.fd = client->socket.get(),
                      .events = static_cast<short>(POLLIN | (owes ? POLLOUT : 0)),
                      .revents = 0});
  }
  if (::poll(waited.data(), waited.size(), -1) < 0) return;
  wake_.drain();
  base::Bytes bytes;
  bool overrun = false;
  {
    const std::scoped_lock lock(mutex_);
    bytes = std::exchange(pending_, {});
    overrun = std::exchange(overrun_, false);
  }
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    Client& client = *clients_[i];
    const short ready = waited[i + 2].revents;
    if (overrun) drop(client, "the gateway fell behind");
    if (client.socket.valid() && ready != 0 && !hear(client)) drop(client, "gone");
  }
  hand_out(bytes);
  sweep();
  if ((waited[1].revents & POLLIN) != 0) accept_clients();
}

void Reserve::accept_clients() {
  while (true) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    base::UniqueFd socket{::accept4(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size,
                                    SOCK_NONBLOCK | SOCK_CLOEXEC)};
    if (!socket.valid()) return;
    const std::string peer = peer_text(address, size);
    const bool full = clients_.size() >= options_.max_clients;
    const std::scoped_lock lock(mutex_);
    if (full) {
      ++stats_.refused_clients;
      base::log_warn("source", "no room for another client of the decoder's bytes",
                     {{"source", options_.name}, {"peer", peer}});
      continue;
    }
    set_options(socket.get());
    auto client = std::make_unique<Client>();
    client->socket = std::move(socket);
    client->peer = peer;
    clients_.push_back(std::move(client));
    ++stats_.accepted;
    stats_.clients = clients_.size();
    anybody_ = true;
    base::log_info("source", "a client takes the decoder's bytes",
                   {{"source", options_.name}, {"peer", peer}});
  }
}

void Reserve::hand_out(base::ByteView bytes) {
  for (const auto& client : clients_) {
    if (!client->socket.valid()) continue;
    queue(*client, bytes);
    if (!send_some(*client)) {
      drop(*client, "gone");
    } else if (client->outbox.size() - client->sent > options_.outbox_bytes) {
      const std::scoped_lock lock(mutex_);
      ++stats_.dropped_slow;
      client->socket.reset();
      base::log_warn("source", "a client does not take the decoder's bytes; dropped",
                     {{"source", options_.name}, {"peer", client->peer}});
    }
  }
}

void Reserve::queue(Client& client, base::ByteView bytes) const {
  if (client.joining && options_.frame_start) {
    const auto start = std::ranges::find(bytes, *options_.frame_start);
    bytes = bytes.subspan(static_cast<std::size_t>(start - bytes.begin()));
  }
  if (bytes.empty()) return;
  client.joining = false;
  client.outbox.insert(client.outbox.end(), bytes.begin(), bytes.end());
}

bool Reserve::send_some(Client& client) {
  while (client.sent < client.outbox.size()) {
    const ssize_t sent = ::send(client.socket.get(), client.outbox.data() + client.sent,
                                client.outbox.size() - client.sent, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) return false;
      break;
    }
    client.sent += static_cast<std::size_t>(sent);
    const std::scoped_lock lock(mutex_);
    stats_.bytes_sent += static_cast<std::uint64_t>(sent);
  }
  if (client.sent * 2 >= client.outbox.size()) {
    client.outbox.erase(client.outbox.begin(),
                        client.outbox.begin() + static_cast<std::ptrdiff_t>(client.sent));
    client.sent = 0;
  }
  return true;
}

bool Reserve::hear(Client& client) {
  std::array<std::uint8_t, kHearRoom> room{};
  const ssize_t size = ::recv(client.socket.get(), room.data(), room.size(), 0);
  if (size < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
  if (size == 0) return false;
  client.framer.feed(base::ByteView{room}.first(static_cast<std::size_t>(size)),
                     [&](const p3::Frame& frame) { take_request(client, frame); });
  return true;
}

void Reserve::take_request(Client& client, const p3::Frame& frame) {
  const bool allowed = options_.requests == ClientRequests::kPass && may_pass(frame);
  {
    const std::scoped_lock lock(mutex_);
    if (allowed && requests_.size() + frame.raw.size() <= kRequestBytes) {
      requests_.insert(requests_.end(), frame.raw.begin(), frame.raw.end());
      ++stats_.requests_passed;
      // Under the lock, so that nobody is called after on_requests({}) has returned.
      if (on_requests_) on_requests_();
      return;
    }
    ++stats_.requests_refused;
  }
  if (std::exchange(client.said_refused, true)) return;
  base::log_warn("source", "a client's request was not passed on to the decoder",
                 {{"source", options_.name}, {"peer", client.peer}, {"type", std::uint64_t{frame.tor()}}});
}

void Reserve::drop(Client& client, std::string_view why) {
  if (!client.socket.valid()) return;
  base::log_info("source", "a client of the decoder's bytes left",
                 {{"source", options_.name}, {"peer", client.peer}, {"why", why}});
  client.socket.reset();
}

void Reserve::sweep() {
  std::erase_if(clients_, [](const auto& client) { return !client->socket.valid(); });
  anybody_ = !clients_.empty();
  const std::scoped_lock lock(mutex_);
  stats_.clients = clients_.size();
}

}  // namespace holeshot::source
