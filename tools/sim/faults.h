// What can be wrong with a link, as opposed to with a decoder: bytes that are damaged on the way, and a link
// that says nothing though it stands. Value types; one thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/base/bytes.h"
#include "common/base/result.h"
#include "tools/sim/random.h"
#include "tools/sim/words.h"

namespace holeshot::sim {

// What a telnet-like program between decoder and reader does to the bytes.
enum class Telnet : std::uint8_t {
  kOff,
  kStrip,   // a 00 after 0D is lost
  kInsert,  // a 0D comes before each 0A
};

struct LinkFaults {
  // Probabilities for each byte.
  double drop = 0;
  double duplicate = 0;
  double corrupt = 0;
  Telnet telnet = Telnet::kOff;
  std::uint64_t glue_us = 0;  // what comes within this time leaves together
  bool silent = false;        // the connection stands, requests are taken, and nothing comes
  bool stalled = false;       // silent, and nothing is read either

  [[nodiscard]] bool quiet() const { return silent || stalled; }
  [[nodiscard]] bool damages() const {
    return drop > 0 || duplicate > 0 || corrupt > 0 || telnet != Telnet::kOff;
  }
};

// Sets what a command says: drop P, dup P, corrupt P, telnet off|strip|insert, glue MS, silent on|off,
// stall on|off, clean (all of these off). False for a command that is none of them; kInvalid where it is
// ill-formed.
[[nodiscard]] base::Result<bool> apply_command(const Words& words, LinkFaults& faults);

// The damage to one connection's bytes: the same seed and the same bytes give the same damage.
class Damage {
 public:
  explicit Damage(std::uint64_t seed) : random_(seed) {}

  // Appends to `out` what is left of `bytes`. True if that is all of them, unchanged.
  bool pass(const LinkFaults& faults, base::ByteView bytes, base::Bytes& out);

 private:
  void through_telnet(Telnet telnet, std::uint8_t byte, base::Bytes& out);
  void along_the_wire(const LinkFaults& faults, std::uint8_t byte, base::Bytes& out);

  Random random_;
  std::optional<std::uint8_t> last_;  // byte that telnet saw
};

}  // namespace holeshot::sim
