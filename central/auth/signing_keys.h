// SigningKeys: the Ed25519 keys with which central signs what viewers get (docs/contract.md, section 4). From a text file
// that only central's user can read, one key a line, the newest first:
//
//   # kid:seed, 64 hex digits
//   live-d04ab232:1111...11
//
// The first signs; the others are published still, so that what they signed can be checked. The file is read again when
// it changes. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/contract/ed25519.h"

namespace holeshot::auth {

struct LiveKey {
  std::string kid;
  contract::Ed25519Key key;
};
using LiveKeys = std::vector<LiveKey>;  // never empty; the first signs

// Of the file, or of an environment variable. kInvalid as "name:line: what"; never a part of a secret.
[[nodiscard]] base::Result<LiveKeys> parse_live_keys(std::string_view text, const std::string& name);

class SigningKeys {
 public:
  // How often, at most, it is looked whether the file has changed.
  static constexpr std::uint64_t kLookEveryUs = 1'000'000;

  // Makes the file with a fresh key, mode 0600, where there is none. kDenied where others can read it, kInvalid. The
  // clock outlives the object.
  [[nodiscard]] static base::Result<std::unique_ptr<SigningKeys>> open(std::string path,
                                                                       const base::Clock& clock);

  // As they are now; they stay as they are for who holds them. A changed file that is wrong is said once, and the keys
  // from before it go on.
  [[nodiscard]] std::shared_ptr<const LiveKeys> keys();

  // Puts a fresh key before those of the file and gives its kid. The file is replaced whole; whoever has it
  // open takes the new key up by itself. One at a time.
  [[nodiscard]] static base::Result<std::string> rotate(const std::string& path);

 private:
  struct Stamp {
    std::uint64_t inode = 0;
    std::uint64_t size = 0;
    std::int64_t changed_ns = 0;
    bool operator==(const Stamp&) const = default;
  };
  SigningKeys(std::string path, const base::Clock& clock) : path_(std::move(path)), clock_(clock) {}
  [[nodiscard]] static base::Result<Stamp> look(const std::string& path);
  base::Status load(const Stamp& stamp);

  const std::string path_;
  const base::Clock& clock_;
  std::mutex mutex_;  // guards what follows
  std::shared_ptr<const LiveKeys> keys_;
  Stamp stamp_;
  std::uint64_t looked_us_ = 0;
};

}  // namespace holeshot::auth
