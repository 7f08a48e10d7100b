// Verifier: whether frames carry a signature of a key that central publishes (docs/contract.md, section 4). Every viewer of
// a track gets the same bytes, so each frame is checked once with Ed25519 and after that by comparing: byte for byte the
// same as a frame that was checked. So thousands of viewers are verified wholly, not by a sample.
//
// One owner, no lock.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/result.h"
#include "common/contract/ed25519.h"
#include "tools/load/glance.h"

namespace holeshot::load {

struct PublicKey {
  std::string kid;
  base::Bytes x;
};

// The Ed25519 keys of `GET /race/config`; other algorithms are passed over. kInvalid where the text is no config.
[[nodiscard]] base::Result<std::vector<PublicKey>> read_keys(std::string_view config_json);

struct Signatures {
  std::uint64_t checked = 0;   // with Ed25519
  std::uint64_t same = 0;      // byte for byte a frame that was checked
  std::uint64_t refused = 0;   // no signature of a published key
  std::uint64_t missing = 0;   // of a sort that the contract signs, and not signed
  std::uint64_t unplaced = 0;  // binary ticks before anything named their slot's moto and key
  void add(const Signatures& other);
  void subtract(const Signatures& before);
};

class Verifier {
 public:
  explicit Verifier(std::vector<PublicKey> keys) : keys_(std::move(keys)) {}

  // A frame of this track's race channel, as it came. Snapshots and stagings are learnt from: they name the moto and the
  // key of each slot.
  void text(const std::string& track, const Glance& glance, std::string_view envelope);
  void binary(const std::string& track, const Glance& glance, base::ByteView frame);
  [[nodiscard]] const Signatures& counts() const { return counts_; }

 private:
  struct Slot {
    std::string moto_id;
    std::string kid;
  };
  struct Track {
    std::uint64_t epoch = 0;
    std::uint64_t learnt_seq = 0;
    Sort learnt_sort = Sort::kError;
    std::map<unsigned, Slot> slots;
    // What was checked lately, by number: of either encoding.
    std::unordered_map<std::uint64_t, std::string> texts;
    std::unordered_map<std::uint64_t, std::string> binaries;
  };
  using Known = std::unordered_map<std::uint64_t, std::string>;
  [[nodiscard]] const base::Bytes* key(std::string_view kid) const;
  void learn(Track& track, const Glance& glance, std::string_view envelope);
  // Whether these bytes were checked already; counts it.
  bool known(const Known& checked, std::uint64_t seq, std::string_view bytes);
  void remember(Known& checked, std::uint64_t seq, std::string_view bytes, bool good);

  std::vector<PublicKey> keys_;
  std::map<std::string, Track, std::less<>> tracks_;
  Signatures counts_;
};

}  // namespace holeshot::load
