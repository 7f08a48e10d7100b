// KeyRing: the keys with which gateways sign, and for which tracks each of them counts (docs/contract.md, section 2).
// From a text file that only central's user can read, one key a line:
//
//   # kid:secret in hex, then the tracks, or * for all
//   laptop-2026:8f1c...e2 zolder spa
//
// Keys may overlap, so a rotation is: add the new line, give the gateway its new key, take the old line out. The file
// is read again when it changes. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

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
  // How often, at most, it is looked whether the file has changed.
  static constexpr std::uint64_t kLookEveryUs = 1'000'000;

  // kDenied where others can read the file, kMissing, kInvalid. The clock outlives the ring.
  [[nodiscard]] static base::Result<std::unique_ptr<KeyRing>> open(std::string path,
                                                                   const base::Clock& clock);

  // The keys as they are now; they stay as they are for who holds them. A changed file that is wrong is said once, and
  // the keys from before it go on.
  [[nodiscard]] std::shared_ptr<const Keys> keys();

 private:
  struct Stamp {
    std::uint64_t inode = 0;
    std::uint64_t size = 0;
    std::int64_t changed_ns = 0;
    bool operator==(const Stamp&) const = default;
  };
  KeyRing(std::string path, const base::Clock& clock) : path_(std::move(path)), clock_(clock) {}
  [[nodiscard]] base::Result<Stamp> look() const;
  base::Status load(const Stamp& stamp);

  const std::string path_;
  const base::Clock& clock_;
  std::mutex mutex_;  // guards what follows
  std::shared_ptr<const Keys> keys_;
  Stamp stamp_;
  std::uint64_t looked_us_ = 0;
};

}  // namespace holeshot::auth
