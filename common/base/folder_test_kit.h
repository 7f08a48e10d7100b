// TestFolder: a folder of a test's own, which goes with it. Declare it before what has files in it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include "common/base/check.h"

namespace holeshot::base {

class TestFolder {
 public:
  // Below `parent`, which is there.
  explicit TestFolder(const std::filesystem::path& parent = std::filesystem::temp_directory_path()) {
    // mkdtemp(3) puts letters of its own where these stand.
    constexpr std::size_t kLetters = 6;
    std::string name = (parent / "holeshot-test-").string() + std::string(kLetters, 'X');
    HOLESHOT_CHECK(::mkdtemp(name.data()) != nullptr, "a test may make a folder");
    path_ = name;
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace holeshot::base
