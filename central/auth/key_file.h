// KeyFile: a file of secrets that only central's user may read, looked at again when it changes, so that keys are rotated
// without a restart. One owner; not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/clock.h"
#include "common/base/result.h"

namespace holeshot::auth {

class KeyFile {
 public:
  // How often, at most, it is looked whether the file has changed.
  static constexpr std::uint64_t kLookEveryUs = 1'000'000;

  struct Words {
    std::string what;          // begins every error: "keys of gateways"
    std::string when_missing;  // what to do then
  };

  // The clock outlives it.
  KeyFile(std::string path, Words words, const base::Clock& clock);

  [[nodiscard]] const std::string& path() const { return path_; }
  // Its text now. kMissing, or kDenied where others can read it.
  [[nodiscard]] base::Result<std::string> read();
  // The text, or why there is none, where that is news since the last read or look; each change is told once.
  [[nodiscard]] std::optional<base::Result<std::string>> changed();

 private:
  struct Stamp {
    std::uint64_t inode = 0;
    std::uint64_t size = 0;
    std::int64_t changed_ns = 0;
    bool operator==(const Stamp&) const = default;
  };
  [[nodiscard]] base::Result<Stamp> look() const;
  [[nodiscard]] base::Result<std::string> load(const Stamp& stamp);

  const std::string path_;
  const Words words_;
  const base::Clock& clock_;
  Stamp stamp_;
  std::uint64_t looked_us_ = 0;
};

}  // namespace holeshot::auth
