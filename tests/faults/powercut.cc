// A power cut for one file system: what was not synced is gone, as if the plug had been pulled (ioctl
// FS_IOC_SHUTDOWN without flushing the log; ext4, xfs, f2fs). For the tests' own loop mounts. Needs root.
//   holeshot-powercut MOUNTPOINT         status 0 done, 1 not possible here, 2 wrong use
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstring>

namespace {
constexpr unsigned long kShutdown = 0x8004587d;  // FS_IOC_SHUTDOWN of linux/fs.h; not in Debian 12's headers
constexpr std::uint32_t kNoLogFlush = 2;
}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "Usage: holeshot-powercut MOUNTPOINT\n");
    return 2;
  }
  const int fd = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  std::uint32_t flag = kNoLogFlush;
  if (fd < 0 || ioctl(fd, kShutdown, &flag) != 0) {
    std::perror(argv[1]);
    return 1;
  }
  return 0;
}
