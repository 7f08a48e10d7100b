#include "tools/sim/server.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>

#include "common/base/log.h"
#include "common/p3/record.h"
#include "common/p3/tags.h"

namespace holeshot::sim {

namespace {

using base::Code;
using base::fail;

struct FreeAddress {
  void operator()(addrinfo* info) const { ::freeaddrinfo(info); }
};
using Address = std::unique_ptr<addrinfo, FreeAddress>;

base::Result<Address> resolve(const std::string& address) {
  const auto colon = address.rfind(':');
  std::string host = address.substr(0, colon == std::string::npos ? 0 : colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty() || colon + 1 == address.size()) {
    return fail(Code::kInvalid, "listen on \"" + address + "\": not an address",
                "write HOST:PORT, for instance 127.0.0.1:5403");
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), address.c_str() + colon + 1, &hints, &found);
  if (error != 0)
    return fail(Code::kInvalid, "listen on \"" + address + "\": " + ::gai_strerror(error), "write HOST:PORT");
  return Address{found};
}

base::Result<base::UniqueFd> listen_on(const std::string& address) {
  HOLESHOT_ASSIGN(const Address info, resolve(address));
  base::UniqueFd fd{::socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!fd.valid()) return base::fail_errno("open socket for", address, errno);
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd.get(), info->ai_addr, info->ai_addrlen) != 0) return base::fail_errno("bind", address, errno);
  if (::listen(fd.get(), 16) != 0) return base::fail_errno("listen on", address, errno);
  return fd;
}

// What a decoder says to bytes that were no frame.
struct Complaint {
  p3::SkipReason reason;
  std::uint16_t code;
};
constexpr std::array<Complaint, 5> kComplaints{
    {{p3::SkipReason::kCrcMismatch, p3::error_code::kCrc},
     {p3::SkipReason::kLengthMismatch, p3::error_code::kCrc},
     {p3::SkipReason::kOverrun, p3::error_code::kRecordTooLong},
     {p3::SkipReason::kTooShort, p3::error_code::kHeaderCorrupt},
     {p3::SkipReason::kBadEscape, p3::error_code::kHeaderCorrupt}}};

}  // namespace

base::Result<std::unique_ptr<Server>> Server::open(const std::string& address, ServerOptions options,
                                                   Source& source, const base::Clock& clock) {
  HOLESHOT_ASSIGN(base::UniqueFd listener, listen_on(address));
  std::unique_ptr<Server> server{new Server(std::move(listener), options, source, clock)};
  HOLESHOT_TRY(server->learn_address());
  return server;
}

Server::Server(base::UniqueFd listener, ServerOptions options, Source& source, const base::Clock& clock)
    : listener_(std::move(listener)), options_(options), source_(source), clock_(clock) {}

base::Status Server::learn_address() {
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  auto* generic = reinterpret_cast<sockaddr*>(&name);
  if (::getsockname(listener_.get(), generic, &size) != 0)
    return base::fail_errno("read the address of", "the listener", errno);
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  const int error = ::getnameinfo(generic, size, host.data(), host.size(), port.data(), port.size(),
                                  NI_NUMERICHOST | NI_NUMERICSERV);
  if (error != 0)
    return fail(Code::kRetry, std::string{"print the listener's address: "} + ::gai_strerror(error));
  const bool v6 = name.ss_family == AF_INET6;
  port_ = static_cast<std::uint16_t>(std::stoi(port.data()));
  address_ = (v6 ? "[" : "") + std::string{host.data()} + (v6 ? "]:" : ":") + port.data();
  return {};
}

base::Status Server::run(const base::WakeFd& stop) {
  for (bool stopped = false; !stopped;) {
    const std::uint64_t due_us = pump();
    forget_the_gone();
    if (options_.once && all_said()) break;
    HOLESHOT_TRY(wait(due_us, stop, stopped));
    forget_the_gone();
  }
  for (const auto& client : clients_) ::shutdown(client->fd.get(), SHUT_WR);
  clients_.clear();
  return {};
}

bool Server::may_pump() const {
  if (!source_.lossless()) return !options_.wait_client || clients_seen_ > 0;
  if (clients_.empty()) return false;
  for (const auto& client : clients_) {
    if (client->backlog() >= kLosslessBacklog) return false;
  }
  return true;
}

bool Server::all_said() const {
  if (!source_.finished()) return false;
  for (const auto& client : clients_) {
    if (client->backlog() > 0) return false;
  }
  return true;
}

std::uint64_t Server::pump() {
  if (!may_pump()) return kNever;  // a connection, or a client that can take more, will wake us
  return source_.run(clock_.mono_us(), [this](base::ByteView bytes) {
    for (const auto& client : clients_) append(*client, bytes);
  });
}

base::Status Server::wait(std::uint64_t due_us, const base::WakeFd& stop, bool& stopped) {
  std::vector<pollfd> fds{{stop.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}, {command_fd_, POLLIN, 0}};
  constexpr std::size_t kFirstClient = 3;
  const std::uint64_t now = clock_.mono_us();
  for (const auto& client : clients_) {
    const bool ready = client->backlog() > 0 && client->next_piece_us <= now;
    if (client->backlog() > 0 && !ready) due_us = std::min(due_us, client->next_piece_us);
    fds.push_back({client->fd.get(), static_cast<short>(ready ? POLLIN | POLLOUT : POLLIN), 0});
  }
  const std::uint64_t left = due_us > now ? due_us - now : 0;
  const timespec timeout{static_cast<time_t>(left / 1'000'000), static_cast<long>(left % 1'000'000 * 1000)};
  if (::ppoll(fds.data(), fds.size(), due_us == kNever ? nullptr : &timeout, nullptr) < 0) {
    if (errno == EINTR) return {};
    return base::fail_errno("wait for", "clients", errno);
  }
  stopped = fds[0].revents != 0;
  if (fds[2].revents != 0) read_commands();
  for (std::size_t i = kFirstClient; i < fds.size(); ++i) serve(*clients_[i - kFirstClient], fds[i].revents);
  if (fds[1].revents != 0) welcome();
  return {};
}

void Server::welcome() {
  base::UniqueFd fd{::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
  if (!fd.valid()) return;  // it has gone again
  forget_the_gone();
  if (clients_.size() == kMaxClients) {
    return base::log_info("sim", "client refused: a decoder serves four");
  }
  const int on = 1;  // each piece is a packet of its own
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  auto client = std::make_unique<Client>(std::move(fd), options_.cutter.for_client(clients_seen_));
  ++clients_seen_;
  clients_.push_back(std::move(client));
  base::log_info("sim", "client connected", {{"clients", static_cast<std::uint64_t>(clients_.size())}});
}

void Server::serve(Client& client, short events) {
  if ((events & (POLLIN | POLLHUP | POLLERR)) != 0) receive(client);
  if (!client.gone && (events & POLLOUT) != 0) send_piece(client);
}

void Server::receive(Client& client) {
  std::array<std::uint8_t, 4096> buffer{};
  const ssize_t got = ::recv(client.fd.get(), buffer.data(), buffer.size(), 0);
  if (got <= 0) {
    client.gone = got == 0 || (errno != EAGAIN && errno != EINTR);
    return;
  }
  const p3::FramerStats before = client.framer.stats();
  const std::uint64_t now = clock_.mono_us();
  client.framer.feed({buffer.data(), static_cast<std::size_t>(got)}, [&](const p3::Frame& frame) {
    for (const auto& wire : source_.answer(p3::Record{frame}, now)) append(client, wire);
  });
  for (const auto& [reason, code] : kComplaints) {
    for (auto n = before.at(reason).events; n < client.framer.stats().at(reason).events; ++n) {
      for (const auto& wire : source_.complain(code)) append(client, wire);
    }
  }
}

void Server::send_piece(Client& client) {
  const std::size_t size = client.cutter.next(client.backlog());
  const ssize_t sent = ::send(client.fd.get(), client.outbox.data() + client.sent, size, MSG_NOSIGNAL);
  if (sent < 0) {
    client.gone = errno != EAGAIN && errno != EINTR;
    return;
  }
  client.sent += static_cast<std::size_t>(sent);
  client.next_piece_us = clock_.mono_us() + client.cutter.gap_us();
  if (client.sent < client.outbox.size() && client.sent < kLosslessBacklog) return;
  client.outbox.erase(client.outbox.begin(),
                      client.outbox.begin() + static_cast<std::ptrdiff_t>(client.sent));
  client.sent = 0;
}

void Server::read_commands() {
  std::array<char, 4096> buffer{};
  const ssize_t got = ::read(command_fd_, buffer.data(), buffer.size());
  if (got <= 0) {
    command_fd_ = -1;  // closed: no more commands, everything else goes on
    return;
  }
  command_text_.append(buffer.data(), static_cast<std::size_t>(got));
  for (auto end = command_text_.find('\n'); end != std::string::npos; end = command_text_.find('\n')) {
    source_.command(std::string_view{command_text_}.substr(0, end), clock_.mono_us());
    command_text_.erase(0, end + 1);
  }
}

void Server::append(Client& client, base::ByteView bytes) {
  if (client.backlog() + bytes.size() > kMaxBacklog) {
    if (!client.gone) base::log_warn("sim", "client closed: it does not take what it is sent");
    client.gone = true;
    return;
  }
  client.outbox.insert(client.outbox.end(), bytes.begin(), bytes.end());
}

void Server::forget_the_gone() {
  std::erase_if(clients_, [](const auto& client) { return client->gone; });
}

}  // namespace holeshot::sim
