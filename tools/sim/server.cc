#include "tools/sim/server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "common/base/log.h"
#include "common/p3/record.h"
#include "tools/sim/net.h"

namespace holeshot::sim {

namespace {

// A serial line that nobody has open cannot be waited for (it is always "hung up"), so it is looked at.
constexpr std::uint64_t kLookForReaderUs = 20'000;

}  // namespace

base::Result<std::unique_ptr<Server>> Server::open(const std::string& address, ServerOptions options,
                                                   Source& source, const base::Clock& clock) {
  std::unique_ptr<Server> server{new Server(std::move(options), source, clock)};
  HOLESHOT_TRY(server->open_ports(address));
  if (server->options_.udp) {
    HOLESHOT_ASSIGN(server->discovery_,
                    Discovery::open(*server->options_.udp, server->options_.version_on_udp));
  }
  if (server->options_.pty) {
    server->pty_ = std::make_unique<Pty>(server->options_.pty_link);
    HOLESHOT_TRY(server->plug());
  }
  return server;
}

Server::Server(ServerOptions options, Source& source, const base::Clock& clock)
    : options_(std::move(options)), source_(source), clock_(clock) {}

base::Status Server::open_ports(const std::string& address) {
  if (!options_.separate) return open_port(address, kAllDecoders);
  const std::uint16_t first = port_in(address);
  for (std::size_t decoder = 0; decoder < kLoops.size(); ++decoder) {
    if (!has(source_.decoders(), decoder)) continue;
    const auto port = static_cast<std::uint16_t>(first == 0 ? 0 : first + decoder);
    HOLESHOT_TRY(open_port(first == 0 ? address : with_port(address, port), only(decoder)));
  }
  return {};
}

base::Status Server::open_port(const std::string& address, DecoderSet who) {
  HOLESHOT_ASSIGN(base::UniqueFd listener, bind_to(address, Transport::kTcp));
  HOLESHOT_ASSIGN(Bound bound, bound_to(listener.get()));
  ports_.push_back({std::move(listener), std::move(bound.address), who});
  return {};
}

std::uint16_t Server::port() const { return port_in(address()); }

std::vector<std::string> Server::announcements(std::string_view family) const {
  std::vector<std::string> lines{"listening " + std::string{family} + ' ' + address()};
  for (std::size_t decoder = 0; options_.separate && decoder < kLoops.size(); ++decoder) {
    for (const Port& port : ports_) {
      if (port.who == only(decoder))
        lines.push_back("listening " + kLoops[decoder].decoder.str() + ' ' + port.address);
    }
  }
  if (discovery_) lines.push_back("listening udp " + discovery_->address());
  if (pty_) lines.push_back("pty " + pty_->path());
  return lines;
}

base::Status Server::run(const base::WakeFd& stop) {
  for (bool stopped = false; !stopped;) {
    const std::uint64_t due_us = pump();
    forget_the_gone();
    if (!truth_status_) return truth_status_;
    if (options_.once && all_said()) break;
    HOLESHOT_TRY(wait(due_us, stop, stopped));
    forget_the_gone();
  }
  for (const auto& link : links_) link->end_sending();
  links_.clear();
  return {};
}

bool Server::may_pump() {
  bool anybody = false;
  bool room = true;
  for (const auto& link : links_) {
    if (!link->there()) continue;
    anybody = true;
    if (link->terms().kind == Link::Kind::kPty) reader_seen_ = true;
    room = room && link->backlog() < kLosslessBacklog;
  }
  if (source_.lossless()) return anybody && room && !options_.faults.quiet();
  return !options_.wait_client || clients_seen_ > 0 || reader_seen_;
}

bool Server::all_said() const {
  if (!source_.finished()) return false;
  return std::ranges::all_of(links_, [](const auto& link) { return link->backlog() == 0; });
}

std::uint64_t Server::pump() {
  if (!may_pump()) return kNever;  // a connection, or a client that can take more, will wake us
  return source_.run(clock_.mono_us(), [this](const Issued& issued) { distribute(issued); });
}

void Server::distribute(const Issued& issued) {
  Reach reach;
  const bool recorded = issued.kind == Issued::Kind::kRecorded;
  const std::uint64_t now = clock_.mono_us();
  for (const auto& link : links_) {
    if (!issued.live || options_.faults.quiet() || !link->there()) continue;
    if (!recorded && !has(link->terms().who, issued.decoder)) continue;
    ++reach.links;
    if (link->append(issued.wire, options_.faults, now)) ++reach.intact;
  }
  if (options_.truth != nullptr && !recorded) record(truth_of(issued, reach));
}

void Server::reply(Link& link, const std::vector<base::Bytes>& wires) {
  if (options_.faults.quiet()) return;
  for (const auto& wire : wires) {
    link.append(wire, options_.faults, clock_.mono_us());
    if (options_.truth != nullptr) record(truth_of_reply(wire));
  }
}

void Server::record(std::string line) {
  if (options_.truth != nullptr && truth_status_) truth_status_ = options_.truth->write(std::move(line));
}

base::Status Server::wait(std::uint64_t due_us, const base::WakeFd& stop, bool& stopped) {
  std::vector<pollfd> fds = what_to_wait_for(stop, due_us);
  const std::uint64_t now = clock_.mono_us();
  const std::uint64_t left = due_us > now ? due_us - now : 0;
  const timespec timeout{static_cast<time_t>(left / 1'000'000), static_cast<long>(left % 1'000'000 * 1000)};
  if (::ppoll(fds.data(), fds.size(), due_us == kNever ? nullptr : &timeout, nullptr) < 0) {
    if (errno == EINTR) return {};
    return base::fail_errno("wait for", "clients", errno);
  }
  // Links first: the others may add some, or take some away.
  const std::size_t first_link = 3 + ports_.size();
  for (std::size_t i = first_link; i < fds.size(); ++i) serve(*links_[i - first_link], fds[i].revents);
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    if (fds[3 + i].revents != 0) welcome(i);
  }
  stopped = fds[0].revents != 0;
  if (fds[2].revents != 0) discovery_->serve(source_, clock_.mono_us(), options_.faults.quiet());
  if (fds[1].revents != 0) read_commands();
  return {};
}

std::vector<pollfd> Server::what_to_wait_for(const base::WakeFd& stop, std::uint64_t& due_us) {
  const std::uint64_t now = clock_.mono_us();
  const int probes = discovery_ ? discovery_->fd() : -1;
  std::vector<pollfd> fds{{stop.get(), POLLIN, 0}, {command_fd_, POLLIN, 0}, {probes, POLLIN, 0}};
  for (const Port& port : ports_) fds.push_back({port.listener.get(), POLLIN, 0});
  for (const auto& link : links_) {
    if (options_.faults.stalled || !link->there()) {
      fds.push_back({-1, 0, 0});
      if (!options_.faults.stalled) due_us = std::min(due_us, now + kLookForReaderUs);
      continue;
    }
    const bool ready = link->backlog() > 0 && link->next_piece_us() <= now;
    if (link->backlog() > 0 && !ready) due_us = std::min(due_us, link->next_piece_us());
    fds.push_back({link->fd(), static_cast<short>(ready ? POLLIN | POLLOUT : POLLIN), 0});
  }
  return fds;
}

void Server::welcome(std::size_t port) {
  base::UniqueFd fd{::accept4(ports_[port].listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
  if (!fd.valid()) return;  // it has gone again
  forget_the_gone();
  const auto here = std::ranges::count_if(links_, [port](const auto& link) {
    return link->terms().kind == Link::Kind::kTcp && link->terms().port == port;
  });
  if (static_cast<std::size_t>(here) >= kMaxClients)
    return base::log_info("sim", "client refused: a decoder serves four");
  const int on = 1;  // each piece is a packet of its own
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const Link::Terms terms{
      .kind = Link::Kind::kTcp, .port = port, .who = ports_[port].who, .seed = options_.seed + clients_seen_};
  links_.push_back(std::make_unique<Link>(std::move(fd), terms, options_.cutter.for_client(clients_seen_)));
  ++clients_seen_;
  base::log_info("sim", "client connected", {{"clients", static_cast<std::uint64_t>(here) + 1}});
}

void Server::serve(Link& link, short events) {
  if ((events & (POLLIN | POLLHUP | POLLERR)) != 0) {
    const std::uint64_t now = clock_.mono_us();
    const DecoderSet who = link.terms().who;
    link.receive([&](const p3::Frame& frame) { reply(link, source_.answer(p3::Record{frame}, now, who)); },
                 [&](std::uint16_t code) { reply(link, source_.complain(code, who)); });
  }
  if (!link.gone() && (events & POLLOUT) != 0) link.send_piece(clock_.mono_us());
}

void Server::forget_the_gone() {
  std::erase_if(links_, [](const auto& link) { return link->gone(); });
}

}  // namespace holeshot::sim
