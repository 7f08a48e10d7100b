// The decoders behind the loops, as one device (or several on one cable): the seam between what happens on
// the track (race_source.h) and how a family of decoders puts it into bytes: P3 (decoders.h), ASCII
// (ascii_decoder.h). Times that come in are true time, microseconds since 1970. One thread at a time.
#pragma once

#include <cstdint>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/result.h"
#include "common/p3/record.h"
#include "tools/sim/race_plan.h"
#include "tools/sim/source.h"
#include "tools/sim/track.h"
#include "tools/sim/words.h"

namespace holeshot::sim {

class Box {
 public:
  virtual ~Box() = default;

  // Each takes the decoder's next number, and is kept where the family keeps passings.
  [[nodiscard]] virtual Issued gate_pulse(std::uint64_t true_us) = 0;
  [[nodiscard]] virtual Issued passing(const Rider& rider, const Split& split) = 0;
  // REQUIRES: `decoder` is one of decoders().
  [[nodiscard]] virtual Issued status(std::size_t decoder, std::uint64_t true_us) = 0;

  // Everything that the decoders of `who` say to a request, in order.
  [[nodiscard]] virtual std::vector<base::Bytes> answer(const p3::Record& request, std::uint64_t true_us,
                                                        DecoderSet who) const = 0;
  [[nodiscard]] virtual std::vector<base::Bytes> complain(std::uint16_t code, DecoderSet who) const = 0;

  // Which decoder a loop is wired into, which ones there are, and what their clocks show.
  [[nodiscard]] virtual std::size_t decoder_of(std::size_t loop) const = 0;
  [[nodiscard]] virtual DecoderSet decoders() const = 0;
  [[nodiscard]] virtual std::uint64_t rtc(std::size_t decoder, std::uint64_t true_us) const = 0;

  // A fault or a setting. kMissing where this family knows no such command, kInvalid where it is ill-formed.
  virtual base::Status command(const Words& words, std::uint64_t true_us) = 0;
};

}  // namespace holeshot::sim
