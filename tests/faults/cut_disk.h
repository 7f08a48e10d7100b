// CutDisk: a file system of a test's own (ext4 on a loop device) whose power can be cut: everything that was not synced
// is gone then, as if the plug had been pulled. Needs root and loop devices; a test without them is skipped.
//
// One thread. Before the process has threads, enter_own_mounts() once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "common/base/result.h"

namespace holeshot::faults {

// The exit code that ctest reads as "skipped".
inline constexpr int kSkipExit = 77;

// Mounts made from here on are seen by this process and its children only: a copy in somebody else's namespace would
// keep a file system alive that was shut down. kDenied where that is not allowed.
[[nodiscard]] base::Status enter_own_mounts();

// Runs a program found on the PATH, its stderr thrown away. True for status 0.
[[nodiscard]] bool run_quietly(std::vector<std::string> words);

// What is open on the file system mounted there fails from now on, and what was not synced is gone.
[[nodiscard]] base::Status cut_power(const std::string& mount_point);

class CutDisk {
 public:
  // Makes the image and the mount point in `folder`, which outlives the disk. kDenied where nothing can be mounted.
  [[nodiscard]] static base::Result<std::unique_ptr<CutDisk>> make(const std::filesystem::path& folder,
                                                                   std::uint64_t bytes);
  ~CutDisk();
  CutDisk(const CutDisk&) = delete;
  CutDisk& operator=(const CutDisk&) = delete;

  [[nodiscard]] const std::string& path() const { return mount_; }

  [[nodiscard]] base::Status cut() const { return cut_power(mount_); }
  // Power is back: the file system recovers and is mounted again. REQUIRES: nothing runs on it any more.
  [[nodiscard]] base::Status back();

 private:
  explicit CutDisk(const std::filesystem::path& folder)
      : mount_((folder / "disk").string()), image_((folder / "image").string()) {}
  [[nodiscard]] base::Status mount();

  std::string mount_;
  std::string image_;
  bool mounted_ = false;
};

}  // namespace holeshot::faults
