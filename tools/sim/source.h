// What the simulator says: the seam between the server, which has sockets and a clock, and the two things
// that can be behind it, races (race_source.h) or a recording (recording_source.h). Used by one thread, the
// server's loop.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/result.h"
#include "common/p3/record.h"
#include "tools/sim/track.h"

namespace holeshot::sim {

inline constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

// What a decoder says unasked.
struct Issued {
  enum class Kind : std::uint8_t {
    kPassing,
    kStatus,
    kRecorded,  // bytes of a recording: whose they are is not known, so they are everybody's
  };
  Kind kind = Kind::kRecorded;
  std::size_t decoder = 0;  // index into kLoops
  base::Bytes wire;
  std::uint64_t number = 0;          // of a passing, or of an ASCII line
  std::uint64_t rtc_us = 0;          // as the decoder says it; of a STATUS: when it was said
  std::uint32_t transponder_id = 0;  // 0: the decoder gives the label only
  std::string label;                 // empty: the decoder gives the number only
  bool live = true;                  // false: kept for RESEND, and not sent
};

class Source {
 public:
  // Takes what is said, for everybody who listens to that decoder. Valid during the call.
  using Emit = std::function<void(const Issued&)>;

  virtual ~Source() = default;

  // Emits all that is due at `mono_us`; returns when the next is due, kNever if nothing will be. Time for the
  // source begins with the first call.
  virtual std::uint64_t run(std::uint64_t mono_us, const Emit& emit) = 0;
  // What the decoders of `who` say to the client that sent this request, in order.
  virtual std::vector<base::Bytes> answer(const p3::Record& request, std::uint64_t mono_us,
                                          DecoderSet who) = 0;
  // What one of them says to a client whose bytes were no valid frame; `code` is one of p3::error_code.
  virtual std::vector<base::Bytes> complain(std::uint16_t code, DecoderSet who) = 0;
  // A line from standard input that was not for the server. kInvalid where it says nothing useful.
  virtual base::Status command(std::string_view line, std::uint64_t mono_us) = 0;
  // The decoders that there are.
  [[nodiscard]] virtual DecoderSet decoders() const { return kAllDecoders; }
  // True where bytes that nobody receives would be missed: the server then runs it only while somebody
  // listens, and no faster than the slowest client takes it.
  [[nodiscard]] virtual bool lossless() const = 0;
  // Nothing more will ever come.
  [[nodiscard]] virtual bool finished() const = 0;
};

}  // namespace holeshot::sim
