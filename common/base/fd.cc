#include "common/base/fd.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "common/base/check.h"

namespace holeshot::base {

void UniqueFd::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

WakeFd::WakeFd() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  HOLESHOT_CHECK(fd_.valid(), "eventfd: out of file descriptors");
}

void WakeFd::wake() const {
  const std::uint64_t one = 1;
  // EAGAIN means that a wake is already pending, which is all that is wanted.
  [[maybe_unused]] const auto written = ::write(fd_.get(), &one, sizeof one);
}

void WakeFd::drain() const {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = ::read(fd_.get(), &count, sizeof count);
}

}  // namespace holeshot::base
