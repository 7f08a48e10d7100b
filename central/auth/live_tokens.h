// LiveTokens: who may watch, where that is not everybody (docs/contract.md, section 7). From a text file that only central's user
// can read, one token a line:
//
//   # token, role, then the tracks, or * for all
//   sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 viewer zolder
//   Zk3vTqv7P0bJx1mWc9Yd4A official *
//
// A token is 16 to 256 visible ASCII characters, or `sha256:` and the 64 hex digits of its hash, so that the file need not
// hold what opens the door. The file is read again when it changes. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "central/auth/key_file.h"
#include "common/base/clock.h"
#include "common/base/result.h"

namespace holeshot::auth {

// Officials and announcers get every frame, whatever the load; viewers are the public.
enum class LiveRole : std::uint8_t { kViewer, kAnnouncer, kOfficial };
[[nodiscard]] std::string_view to_string(LiveRole role);

struct LiveToken {
  LiveRole role = LiveRole::kViewer;
  std::set<std::string, std::less<>> tracks;
  bool all_tracks = false;
  [[nodiscard]] bool counts_for(std::string_view track) const { return all_tracks || tracks.contains(track); }
};

// By the SHA-256 of the token, in hex: a look-up takes as long for a near miss as for any other.
using LiveTokenMap = std::map<std::string, LiveToken, std::less<>>;

// kInvalid as "name:line: what"; never a part of a token.
[[nodiscard]] base::Result<LiveTokenMap> parse_live_tokens(std::string_view text, const std::string& name);

class LiveTokens {
 public:
  // kDenied where others can read the file, kMissing, kInvalid. The clock outlives it.
  [[nodiscard]] static base::Result<std::unique_ptr<LiveTokens>> open(std::string path,
                                                                      const base::Clock& clock);

  // What a token is good for now; nullptr where there is no such token. A changed file that is wrong is said once, and the
  // tokens from before go on.
  [[nodiscard]] std::shared_ptr<const LiveToken> find(std::string_view token);
  // Rises with each change of the file that was taken, so that who was let in can be asked again only then.
  [[nodiscard]] std::uint64_t version();

 private:
  explicit LiveTokens(KeyFile file) : file_(std::move(file)) {}
  base::Status take(const base::Result<std::string>& text);
  std::shared_ptr<const LiveTokenMap> look();

  std::mutex mutex_;  // guards what follows
  KeyFile file_;
  std::shared_ptr<const LiveTokenMap> tokens_;
  std::uint64_t version_ = 0;
};

}  // namespace holeshot::auth
