#include "gateway/spool/disk_room.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <limits>

#include "common/base/fd.h"

namespace holeshot::spool {

namespace {

// Headroom: a sixteenth of the bound, so that it means the same on a small and a large one. At least what a
// busy moto writes in a minute, at most what a busy day's passings take.
constexpr std::uint64_t kHeadroomShare = 16;
constexpr std::uint64_t kLeastHeadroom = 128U << 10;
constexpr std::uint64_t kMostHeadroom = 16U << 20;

std::uint64_t minus(std::uint64_t a, std::uint64_t b) { return a - std::min(a, b); }

std::uint64_t kept_free(const SpoolOptions& options, const DiskSpace& disk) {
  return std::min(options.keep_free_bytes, disk.total / kKeepFreeShare);
}

}  // namespace

std::optional<DiskSpace> probe_disk(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  struct statvfs info{};
  if (statvfs(folder.c_str(), &info) != 0) return std::nullopt;
  return DiskSpace{std::uint64_t{info.f_bavail} * info.f_frsize,
                   std::uint64_t{info.f_blocks} * info.f_frsize};
}

std::uint64_t Room::headroom() const {
  return std::clamp(bound / kHeadroomShare, kLeastHeadroom, kMostHeadroom);
}

Room room_of(const SpoolOptions& options, const FileUse& use, const std::optional<DiskSpace>& disk) {
  Room room;
  room.used = use.rows + use.log;
  room.left = std::numeric_limits<std::int64_t>::max();
  if (options.max_bytes != 0) room.left = minus(options.max_bytes, room.used);
  if (disk) {
    room.disk_free = disk->free;
    room.left = std::min(room.left, minus(disk->free, kept_free(options, *disk)) + use.free);
  }
  room.bound = room.used + room.left;
  return room;
}

Reserve::Reserve(const std::string& spool_path, std::uint64_t bytes)
    : path_(spool_path + ".reserve"), bytes_(bytes) {
  struct stat info{};
  present_ = bytes != 0 && stat(path_.c_str(), &info) == 0 &&
             static_cast<std::uint64_t>(info.st_blocks) * 512 >= bytes;
}

bool Reserve::make(const SpoolOptions& options, const std::optional<DiskSpace>& disk) {
  if (present_ || bytes_ == 0) return present_;
  // Twice: it must not be what makes the disk tight.
  if (disk && minus(disk->free, kept_free(options, *disk)) < 2 * bytes_) return false;
  base::UniqueFd fd{::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0640)};
  if (!fd.valid()) return false;
  present_ = posix_fallocate(fd.get(), 0, static_cast<off_t>(bytes_)) == 0;
  if (!present_) unlink(path_.c_str());
  return present_;
}

void Reserve::release() {
  if (present_) unlink(path_.c_str());
  present_ = false;
}

}  // namespace holeshot::spool
