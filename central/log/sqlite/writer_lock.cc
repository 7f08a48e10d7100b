#include "central/log/sqlite/writer_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

namespace holeshot::log {

using base::Code;
using base::fail;

base::Result<base::UniqueFd> lock_writer(const std::string& path) {
  const std::string lock_path = path + ".lock";
  base::UniqueFd fd(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!fd.valid()) return base::fail_errno("open lock file", lock_path, errno);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
  if (errno != EWOULDBLOCK) return base::fail_errno("lock", lock_path, errno);
  return fail(Code::kClosed, "open log " + path + ": another holeshot-central is writing it",
              "stop that one first, or give another data folder");
}

}  // namespace holeshot::log
