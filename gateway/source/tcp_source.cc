#include "gateway/source/tcp_source.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "common/base/log.h"

namespace holeshot::source {

namespace {

void set_option(int fd, int level, int option, int value) {
  setsockopt(fd, level, option, &value, sizeof value);
}

// Keep-alive finds a dead peer under a quiet line in about 10 + 3 * 3 s, the user time-out one that acknowledges nothing
// of what we write; silence_lost_us finds both above.
void set_options(int fd, std::uint64_t silence_lost_us) {
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 10);
  set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 3);
  set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(silence_lost_us / 1'000));
}

std::string errno_text(int error) { return std::generic_category().message(error); }

}  // namespace

TcpSource::TcpSource(SourceUrl url, const base::Clock& clock, TcpTimes times, ResolveFn resolver)
    : url_(std::move(url)),
      clock_(clock),
      times_(times),
      lookup_(std::move(resolver)),
      retry_(times.retry_first_us, times.retry_cap_us) {}

base::Status TcpSource::open() {
  connect();
  return {};
}

void TcpSource::connect() {
  if (attempts_++ > 0) ++reconnects_;
  state_ = SourceState::kConnecting;
  due_us_ = clock_.mono_us() + times_.connect_us;
  if (const auto numeric = resolve_numeric(url_.host, url_.port)) return connect_to(*numeric);
  looking_up_ = true;
  lookup_.start(url_.host, url_.port);
}

void TcpSource::finish_lookup() {
  if (const auto found = lookup_.take()) {
    looking_up_ = false;
    if (!*found) return lose(found->error().message);
    if ((*found)->empty()) return lose("its name has no address");
    return connect_to(**found);
  }
  if (clock_.mono_us() >= due_us_) lose("its name is being looked up, without an answer so far");
}

// Each try takes the next address, so a name with a dead one among them still connects.
void TcpSource::connect_to(const std::vector<Address>& addresses) {
  const Address& address = addresses[reconnects_ % addresses.size()];
  socket_ = base::UniqueFd{::socket(address.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!socket_.valid()) return lose(errno_text(errno));
  set_options(socket_.get(), times_.silence_lost_us);
  const auto* to = reinterpret_cast<const sockaddr*>(&address.storage);
  if (::connect(socket_.get(), to, address.size) == 0) return connected();
  if (errno != EINPROGRESS) return lose(errno_text(errno));
}

void TcpSource::connected() {
  state_ = SourceState::kOpen;
  last_byte_us_ = clock_.mono_us();
  warned_ = false;
  had_bytes_ = false;
  just_opened_ = true;
  problem_ = {};
  base::log_info("source", "connected to the decoder", {{"source", url_.text}});
}

Wait TcpSource::wait() const {
  switch (state_) {
    case SourceState::kConnecting:
      if (looking_up_) return {.fd = lookup_.fd(), .events = POLLIN, .due_us = due_us_};
      return {.fd = socket_.get(), .events = POLLOUT, .due_us = due_us_};
    case SourceState::kOpen:
      return {.fd = socket_.get(),
              .events = POLLIN,
              .due_us = last_byte_us_ + (warned_ ? times_.silence_lost_us : times_.silence_warn_us)};
    default:
      return {.fd = -1, .events = 0, .due_us = retry_.due_us()};
  }
}

Taken TcpSource::read(std::span<std::uint8_t> room) {
  if (state_ == SourceState::kWaiting && clock_.mono_us() >= retry_.due_us()) connect();
  if (looking_up_) finish_lookup();
  if (state_ == SourceState::kConnecting && !looking_up_) finish_connect();
  if (state_ != SourceState::kOpen) return {};
  const bool opened = std::exchange(just_opened_, false);
  Taken taken = receive(room);
  // A line that opened and broke between two reads was never there.
  taken.opened = opened && !taken.broken;
  return taken;
}

void TcpSource::finish_connect() {
  pollfd ready{.fd = socket_.get(), .events = POLLOUT, .revents = 0};
  if (::poll(&ready, 1, 0) > 0) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error == 0) return connected();
    return lose(errno_text(error));
  }
  if (clock_.mono_us() >= due_us_) lose("no answer");
}

Taken TcpSource::receive(std::span<std::uint8_t> room) {
  const ssize_t size = ::recv(socket_.get(), room.data(), room.size(), 0);
  const int error = errno;
  if (size > 0) {
    if (!had_bytes_) base::log_info("source", "bytes from the decoder", {{"source", url_.text}});
    if (warned_) base::log_info("source", "the decoder speaks again", {{"source", url_.text}});
    had_bytes_ = true;
    warned_ = false;
    retry_.proven();
    last_byte_us_ = clock_.mono_us();
    return {.bytes = static_cast<std::size_t>(size), .received_at_us = clock_.wall_us()};
  }
  if (size < 0 && (error == EAGAIN || error == EWOULDBLOCK || error == EINTR)) {
    return {.broken = silent_too_long()};
  }
  lose(size == 0 ? "the decoder closed the connection" : errno_text(error));
  return {.broken = true};
}

bool TcpSource::silent_too_long() {
  const std::uint64_t silence = clock_.mono_us() - last_byte_us_;
  if (silence >= times_.silence_lost_us) {
    lose("no byte for " + std::to_string(silence / 1'000'000) + " s");
    return true;
  }
  if (silence >= times_.silence_warn_us && !warned_) {
    warned_ = true;
    base::log_warn("source", "the decoder is silent",
                   {{"source", url_.text}, {"for_s", silence / 1'000'000}});
  }
  return false;
}

void TcpSource::lose(const std::string& why) {
  if (retry_.failed(clock_.mono_us())) {
    base::log_warn("source", "no line to the decoder; trying again", {{"source", url_.text}, {"why", why}});
  }
  problem_ = {base::Code::kRetry, "no line to the decoder at " + url_.host + ": " + why,
              "is it on, its cable in, and its address right?"};
  looking_up_ = false;
  socket_.reset();
  state_ = SourceState::kWaiting;
}

std::size_t TcpSource::write(base::ByteView bytes) {
  if (state_ != SourceState::kOpen || bytes.empty()) return 0;
  const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent > 0 ? static_cast<std::size_t>(sent) : 0;  // a broken line is found by the next read
}

void TcpSource::close() {
  socket_.reset();
  looking_up_ = false;
  state_ = SourceState::kWaiting;
}

}  // namespace holeshot::source
