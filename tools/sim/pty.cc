#include "tools/sim/pty.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

namespace holeshot::sim {

base::Result<base::UniqueFd> Pty::plug() {
  termios raw{};
  ::cfmakeraw(&raw);
  raw.c_cflag |= CREAD | CLOCAL;
  ::cfsetspeed(&raw, B9600);
  int master_fd = -1;
  int slave_fd = -1;
  if (::openpty(&master_fd, &slave_fd, nullptr, &raw, nullptr) != 0)
    return base::fail_errno("open", "a pseudo-terminal", errno);
  base::UniqueFd master{master_fd};
  const base::UniqueFd slave{slave_fd};  // closed again: who reads opens it by its name
  std::array<char, 128> name{};
  if (const int error = ::ttyname_r(slave.get(), name.data(), name.size()); error != 0)
    return base::fail_errno("name", "a pseudo-terminal", error);
  for (const int fd : {master.get(), slave.get()}) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  if (::fcntl(master.get(), F_SETFL, O_RDWR | O_NONBLOCK) != 0)
    return base::fail_errno("set up", "a pseudo-terminal", errno);
  path_ = name.data();
  HOLESHOT_TRY(point_link());
  return master;
}

base::Status Pty::point_link() const {
  if (link_.empty()) return {};
  struct stat there{};
  if (::lstat(link_.c_str(), &there) == 0 && !S_ISLNK(there.st_mode)) {
    return base::fail(base::Code::kConflict, "link " + link_ + " to " + path_ + ": something else is there",
                      "give --pty-link a path that is free");
  }
  const std::string fresh = link_ + ".new";
  ::unlink(fresh.c_str());
  if (::symlink(path_.c_str(), fresh.c_str()) != 0) return base::fail_errno("make link", link_, errno);
  if (::rename(fresh.c_str(), link_.c_str()) != 0) return base::fail_errno("make link", link_, errno);
  return {};
}

void Pty::unplug() {
  std::array<char, 128> target{};
  if (link_.empty() || path_.empty()) return;
  const ssize_t size = ::readlink(link_.c_str(), target.data(), target.size());
  // Only our own.
  if (size > 0 && path_ == std::string_view{target.data(), static_cast<std::size_t>(size)})
    ::unlink(link_.c_str());
}

bool slave_is_open(int master) {
  pollfd fd{master, 0, 0};
  return ::poll(&fd, 1, 0) == 0 || (fd.revents & POLLHUP) == 0;
}

}  // namespace holeshot::sim
