#include "central/log/tools/whole_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "common/base/fd.h"

namespace holeshot::log {

namespace {

base::Status sync(const std::string& path, int flags) {
  const base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags));
  if (!fd.valid()) return base::fail_errno("open to sync", path, errno);
  if (::fsync(fd.get()) != 0) return base::fail_errno("sync", path, errno);
  return {};
}

std::unexpected<base::Error> is_there(const std::string& path) {
  return base::fail(base::Code::kConflict, "write " + path + ": the file is there already",
                    "choose another name, or replace it with --force");
}

}  // namespace

WholeFile::WholeFile(std::string path, IfThere if_there)
    : path_(std::move(path)), part_(path_ + ".part"), if_there_(if_there) {}

WholeFile::~WholeFile() {
  out_.close();
  if (unfinished_) (void)::unlink(part_.c_str());
}

base::Status WholeFile::open() {
  // Asked here so that nobody waits for an hour to hear it; commit() asks again.
  if (if_there_ == IfThere::kRefuse && ::access(path_.c_str(), F_OK) == 0) return is_there(path_);
  errno = 0;
  out_.open(part_, std::ios::binary | std::ios::trunc);
  if (!out_) return base::fail_errno("open", part_, errno);
  unfinished_ = true;
  return {};
}

base::Status WholeFile::commit() {
  errno = 0;
  out_.flush();
  if (!out_) return base::fail_errno("write", part_, errno == 0 ? EIO : errno);
  HOLESHOT_TRY(sync(part_, 0));
  const unsigned flags = if_there_ == IfThere::kRefuse ? RENAME_NOREPLACE : 0;
  if (::renameat2(AT_FDCWD, part_.c_str(), AT_FDCWD, path_.c_str(), flags) != 0) {
    if (errno == EEXIST) return is_there(path_);
    return base::fail_errno("move into place", path_, errno);
  }
  unfinished_ = false;
  const std::string folder = std::filesystem::path(path_).parent_path().string();
  return sync(folder.empty() ? "." : folder, O_DIRECTORY);
}

}  // namespace holeshot::log
