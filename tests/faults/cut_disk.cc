#include "tests/faults/cut_disk.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "common/base/fd.h"

namespace holeshot::faults {

namespace {
constexpr unsigned long kShutDown = 0x8004587d;  // FS_IOC_SHUTDOWN of linux/fs.h; not in Debian 12's headers
constexpr std::uint32_t kDropTheJournalToo = 2;
}  // namespace

base::Status enter_own_mounts() {
  if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return base::fail_errno("make a mount namespace", "of our own", errno);
  }
  return {};
}

bool run_quietly(std::vector<std::string> words) {
  const pid_t child = ::fork();
  if (child == 0) {
    const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    ::dup2(nowhere, STDERR_FILENO);
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    ::execvp(argv[0], argv.data());
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

base::Status cut_power(const std::string& mount_point) {
  const base::UniqueFd disk{::open(mount_point.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  std::uint32_t how = kDropTheJournalToo;
  if (!disk.valid() || ::ioctl(disk.get(), kShutDown, &how) != 0) {
    return base::fail_errno("shut the file system down", mount_point, errno);
  }
  return {};
}

base::Result<std::unique_ptr<CutDisk>> CutDisk::make(const std::filesystem::path& folder,
                                                     std::uint64_t bytes) {
  std::unique_ptr<CutDisk> disk(new CutDisk(folder));
  std::error_code error;
  std::filesystem::create_directory(disk->mount_, error);
  const base::UniqueFd image{::open(disk->image_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  if (!image.valid() || ::ftruncate(image.get(), static_cast<off_t>(bytes)) != 0) {
    return base::fail_errno("make disk image", disk->image_, errno);
  }
  if (!run_quietly({"mkfs.ext4", "-q", "-F", disk->image_})) {
    return base::fail(base::Code::kDenied, "make an ext4 in " + disk->image_ + ": mkfs.ext4 failed");
  }
  HOLESHOT_TRY(disk->mount());
  return disk;
}

CutDisk::~CutDisk() {
  if (mounted_) (void)run_quietly({"umount", "-l", mount_});
}

base::Status CutDisk::mount() {
  mounted_ = run_quietly({"mount", "-t", "ext4", "-o", "loop", image_, mount_});
  if (mounted_) return {};
  return base::fail(base::Code::kDenied, "mount " + image_ + ": not possible here",
                    "needs root and loop devices");
}

base::Status CutDisk::back() {
  if (!run_quietly({"umount", mount_})) {
    return base::fail(base::Code::kRetry, "umount " + mount_ + ": something is still open on it");
  }
  mounted_ = false;
  return mount();
}

}  // namespace holeshot::faults
