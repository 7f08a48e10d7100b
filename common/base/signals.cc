#include "common/base/signals.h"

#include <poll.h>
#include <sys/signalfd.h>

#include <array>
#include <cerrno>
#include <csignal>

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
  std::array<pollfd, 2> fds{pollfd{signal_fd_.get(), POLLIN, 0}, pollfd{raised_.get(), POLLIN, 0}};
  while (::poll(fds.data(), fds.size(), -1) < 0)
    HOLESHOT_CHECK(errno == EINTR, "poll of two descriptors of ours");
}

}  // namespace holeshot::base
