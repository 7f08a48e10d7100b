// How many bytes go into one send(): decoders' records come in any pieces, and a reader must not mind. Value
// type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/result.h"
#include "tools/sim/random.h"

namespace holeshot::sim {

class Cutter {
 public:
  // "natural" (whatever is ready), a number of bytes from 1, or "random". kInvalid for anything else.
  [[nodiscard]] static base::Result<Cutter> parse(std::string_view text, std::uint64_t seed);

  // One like this for the client with this number: its random pieces are its own.
  [[nodiscard]] Cutter for_client(std::uint64_t number) const;
  // The size of the next piece, at most `ready`. REQUIRES: ready > 0.
  [[nodiscard]] std::size_t next(std::size_t ready);
  // How long to wait before the next piece: long enough that a reader who is waiting gets each piece by itself.
  [[nodiscard]] std::uint64_t gap_us() const { return mode_ == Mode::kNatural ? 0 : 20; }

 private:
  enum class Mode : std::uint8_t { kNatural, kFixed, kRandom };
  Cutter(Mode mode, std::size_t size, std::uint64_t seed)
      : mode_(mode), size_(size), seed_(seed), random_(seed) {}

  Mode mode_;
  std::size_t size_;
  std::uint64_t seed_;
  Random random_;
};

}  // namespace holeshot::sim
