// ViewerPlan: who watches what, how, and for how long. Value type.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/load/target.h"
#include "tools/load/verifier.h"

namespace holeshot::load {

enum class Wants : std::uint8_t { kJson, kBinary, kMix };  // kMix: every second viewer the other

// How a viewer behaves. A slow one reads half a kilobyte a second, a stalled one nothing at all after the handshake: what
// happens to them is the server's policy, and no finding.
enum class Manner : std::uint8_t { kReads, kSlow, kStalled };

struct ViewerPlan {
  Target target;
  std::vector<std::string> tracks;  // dealt out in turn, one to a viewer. REQUIRES: not empty
  std::uint64_t viewers = 100;
  double ramp_per_s = 500;                 // new connections
  std::uint64_t duration_us = 30'000'000;  // from the start; 0: until stopped
  Wants encoding = Wants::kJson;
  std::string channels = "race";  // as in the URL
  std::string token;
  // A `subscribe` that filters, sent after the handshake; empty: everything. Holes in the numbers of a filtered feed say
  // nothing, but where the server tells the number before (prev_seq).
  std::string subscribe;
  double slow_share = 0;
  double stalled_share = 0;
  std::uint64_t storm_every_us = 0;  // all lose their line at once, and come back at once; 0: never
  bool reconnect = true;             // whoever is cut off comes back
  bool verify = false;
  std::vector<PublicKey> keys;
  unsigned sources =
      0;  // addresses 127.0.0.2 and on, in turn; 0: the system's choice. Only to a loopback target
  // Of several threads each takes the viewers of its turn.
  unsigned thread = 0;
  unsigned threads = 1;

  [[nodiscard]] bool filters() const { return !subscribe.empty(); }
  // The manner of viewer `i`: the shares are met exactly and evenly spread.
  [[nodiscard]] Manner manner(std::uint64_t i) const {
    const auto step = [i](double share) {
      return static_cast<std::uint64_t>(static_cast<double>(i + 1) * share) >
             static_cast<std::uint64_t>(static_cast<double>(i) * share);
    };
    if (step(stalled_share)) return Manner::kStalled;
    return step(slow_share) ? Manner::kSlow : Manner::kReads;
  }
  [[nodiscard]] bool binary(std::uint64_t i) const {
    return encoding == Wants::kBinary || (encoding == Wants::kMix && i % 2 == 1);
  }
};

}  // namespace holeshot::load
