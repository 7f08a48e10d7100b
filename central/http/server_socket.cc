#include "central/http/server_socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace holeshot::http {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// A request that is being read when the server stops may still finish within this.
constexpr milliseconds kStopGrace{1000};
// Bounds of reading away what a peer sends after its answer.
constexpr milliseconds kLinger{1000};
constexpr std::size_t kLingerBytes = 16U << 20;

int left_ms(steady_clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now()).count();
  return static_cast<int>(std::clamp<decltype(left)>(left, 0, 3'600'000));
}

}  // namespace

ClientSocket::ClientSocket(int fd, int stop_fd, const SocketLimits& limits)
    : fd_(fd), stop_fd_(stop_fd), limits_(limits) {
  // Without it an answer in two writes waits 40 ms for the peer's delayed ACK.
  const int on = 1;
  (void)::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

bool ClientSocket::wait_request() {
  in_head_ = true;
  head_read_ = 0;
  deadline_ = steady_clock::now() + limits_.idle;
  if (begin_ == end_) {
    std::array<pollfd, 2> fds{pollfd{fd_, POLLIN, 0}, pollfd{stop_fd_, POLLIN, 0}};
    for (;;) {
      const int ready = ::poll(fds.data(), fds.size(), left_ms(deadline_));
      if (ready < 0 && errno == EINTR) continue;
      if (ready <= 0 || fds[1].revents != 0) return false;
      break;
    }
    if (!fill()) return false;
  }
  deadline_ = steady_clock::now() + limits_.request;
  return true;
}

bool ClientSocket::wait_readable() {
  for (;;) {
    std::array<pollfd, 2> fds{pollfd{fd_, POLLIN, 0}, pollfd{stop_fd_, POLLIN, 0}};
    const int ready = ::poll(fds.data(), stopping_ ? 1 : 2, left_ms(deadline_));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    if (fds[0].revents != 0) return true;
    stopping_ = true;
    deadline_ = std::min(deadline_, steady_clock::now() + kStopGrace);
  }
}

bool ClientSocket::fill() {
  for (;;) {
    // What is there already needs no wait; a batch in full flow is read with half the calls.
    const ssize_t got = ::recv(fd_, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) {
      if (!wait_readable()) return false;
      continue;
    }
    if (got <= 0) return false;
    begin_ = 0;
    end_ = static_cast<std::size_t>(got);
    return true;
  }
}

ssize_t ClientSocket::read(char* to, std::size_t size) {
  if (in_head_ && head_read_ >= limits_.head_bytes) return -1;
  if (begin_ == end_ && !fill()) return -1;
  const std::size_t taken = std::min(size, end_ - begin_);
  std::memcpy(to, buffer_.data() + begin_, taken);
  begin_ += taken;
  if (in_head_) head_read_ += taken;
  return static_cast<ssize_t>(taken);
}

ssize_t ClientSocket::write(const char* from, std::size_t size) {
  std::size_t sent = 0;
  while (sent < size) {
    const ssize_t part = ::send(fd_, from + sent, size - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (part < 0 && errno == EINTR) continue;
    if (part < 0 && errno == EAGAIN) {
      pollfd fd{fd_, POLLOUT, 0};
      const int ready = ::poll(&fd, 1, static_cast<int>(limits_.write.count()));
      if (ready == 0 || (ready < 0 && errno != EINTR)) return -1;
      continue;
    }
    if (part <= 0) return -1;
    sent += static_cast<std::size_t>(part);
  }
  return static_cast<ssize_t>(sent);
}

void ClientSocket::close_gently() {
  (void)::shutdown(fd_, SHUT_WR);
  deadline_ = steady_clock::now() + kLinger;
  std::size_t dropped = 0;
  while (!stopping_ && dropped < kLingerBytes && fill()) dropped += end_ - begin_;
  (void)::close(fd_);
}

}  // namespace holeshot::http
