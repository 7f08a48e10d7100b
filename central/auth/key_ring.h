// KeyRing: the keys with which gateways sign, and for which tracks each of them counts (docs/contract.md, section 2).
// From a text file that only central's user can read, one key a line:
//
//   # kid:secret in hex, then the tracks, or * for all
//   laptop-2026:8f1c...e2 zolder spa
//
// Keys may overlap, so a rotation is: add the new line, give the gateway its new key, take the old line out. The file
// is read again when it changes. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "central/auth/key_file.h"
#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/contract/ids.h"
#include "common/contract/signature.h"

namespace holeshot::auth {

struct TrackKey {
  contract::Secret secret;
  std::set<std::string> tracks;
  bool all_tracks = false;
  [[nodiscard]] bool counts_for(const contract::TrackId& track) const {
    return all_tracks || tracks.contains(track.str());
  }
};
using Keys = std::map<std::string, TrackKey, std::less<>>;

// kInvalid as "name:line: what"; never a part of a secret.
[[nodiscard]] base::Result<Keys> parse_keys(std::string_view text, const std::string& name);

class KeyRing {
 public:
  // kDenied where others can read the file, kMissing, kInvalid. The clock outlives the ring.
  [[nodiscard]] static base::Result<std::unique_ptr<KeyRing>> open(std::string path,
                                                                   const base::Clock& clock);

  // The keys as they are now; they stay as they are for who holds them. A changed file that is wrong is said once, and
  // the keys from before it go on.
  [[nodiscard]] std::shared_ptr<const Keys> keys();

 private:
  explicit KeyRing(KeyFile file) : file_(std::move(file)) {}
  base::Status take(const base::Result<std::string>& text);

  std::mutex mutex_;  // guards what follows
  KeyFile file_;
  std::shared_ptr<const Keys> keys_;
};

}  // namespace holeshot::auth
