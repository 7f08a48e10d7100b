#include "common/base/signals.h"

#include <poll.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <limits>

#include "common/base/check.h"

namespace holeshot::base {

Signals::Signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  HOLESHOT_CHECK(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0, "blocking signals cannot fail");
  HOLESHOT_CHECK(std::signal(SIGPIPE, SIG_IGN) != SIG_ERR, "ignoring a signal cannot fail");
  signal_fd_ = UniqueFd{::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)};
  HOLESHOT_CHECK(signal_fd_.valid(), "signalfd: out of file descriptors");
}

void Signals::wait() const {
  while (!wait_ms(-1)) {
  }
}

bool Signals::wait_for(std::chrono::milliseconds limit) const {
  const auto most = std::chrono::milliseconds{std::numeric_limits<int>::max()};
  return wait_ms(static_cast<int>(std::clamp(limit, std::chrono::milliseconds{0}, most).count()));
}

// An interruption counts as time gone by: the callers look again.
bool Signals::wait_ms(int limit) const {
  std::array<pollfd, 2> fds{pollfd{signal_fd_.get(), POLLIN, 0}, pollfd{raised_.get(), POLLIN, 0}};
  const int ready = ::poll(fds.data(), fds.size(), limit);
  HOLESHOT_CHECK(ready >= 0 || errno == EINTR, "poll of two descriptors of ours");
  return ready > 0;
}

}  // namespace holeshot::base
