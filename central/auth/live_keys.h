// LiveKeys: the keys with which central signs what viewers are shown (docs/contract.md, section 4). From a text file that only
// central's user can read, one key a line; the first one signs, all are published, so a rotation puts a new line before the
// others and takes old ones out when no frame that they signed is around any more:
//
//   # kid:seed of the Ed25519 key, 32 bytes in hex
//   live-4f1b02aa:8f1c...e2
//
// The file is made at the first start, and read again when it changes. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "central/auth/key_file.h"
#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/contract/ed25519.h"

namespace holeshot::auth {

struct LiveKey {
  std::string kid;
  contract::Ed25519Key key;
};
using LiveKeyList = std::vector<LiveKey>;  // never empty

// kInvalid as "name:line: what"; never a part of a seed.
[[nodiscard]] base::Result<LiveKeyList> parse_live_keys(std::string_view text, const std::string& name);

// A line with a new key, which is called after its public half.
[[nodiscard]] std::string new_live_key();

// Puts a new key before those of the file, of which the `keep` newest stay; makes the file where there is none. Nobody ever
// reads half a file. Gives the new key's kid.
[[nodiscard]] base::Result<std::string> rotate_live_keys(const std::string& path, std::size_t keep);

class LiveKeys {
 public:
  // Makes the file where it is missing. kDenied where others can read it, kInvalid. The clock outlives the keys.
  [[nodiscard]] static base::Result<std::unique_ptr<LiveKeys>> open(std::string path,
                                                                    const base::Clock& clock);

  // As they are now; they stay as they are for who holds them. A changed file that is wrong is said once, and the keys from
  // before it go on.
  [[nodiscard]] std::shared_ptr<const LiveKeyList> keys();

 private:
  explicit LiveKeys(KeyFile file) : file_(std::move(file)) {}
  base::Status take(const base::Result<std::string>& text);

  std::mutex mutex_;  // guards what follows
  KeyFile file_;
  std::shared_ptr<const LiveKeyList> keys_;
};

}  // namespace holeshot::auth
