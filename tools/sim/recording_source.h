// Plays recorded decoder bytes once, byte for byte, to whoever listens. Says nothing else: an answer to a
// request would stand between the recorded bytes. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/result.h"
#include "tools/sim/source.h"

namespace holeshot::sim {

// A run of recorded bytes that is sent together: a frame with the junk before it, or the tail.
struct Segment {
  std::size_t size = 0;
  std::uint64_t due_us = 0;  // since the beginning
};

// When each piece of a recording was said. Frames carry no time of arrival, so it is put together from what
// they do carry: a STATUS comes 5.06 s after its decoder's last one, a PASSING as long after that decoder's
// previous PASSING as its RTC says. Where the RTC jumps (captures put one behind the other, an operator who
// set the clock) no time passes.
[[nodiscard]] std::vector<Segment> time_line(base::ByteView recording);

// All of the file. kMissing, kDenied or kRetry as the system says; kInvalid where it is empty.
[[nodiscard]] base::Result<base::Bytes> read_recording(const std::string& path);

class RecordingSource final : public Source {
 public:
  // `speed` 0: as fast as it is taken.
  RecordingSource(base::Bytes recording, double speed);

  std::uint64_t run(std::uint64_t mono_us, const Emit& emit) override;
  std::vector<base::Bytes> answer(const p3::Record& /*request*/, std::uint64_t /*mono_us*/,
                                  DecoderSet /*who*/) override {
    return {};
  }
  std::vector<base::Bytes> complain(std::uint16_t /*code*/, DecoderSet /*who*/) override { return {}; }
  base::Status command(std::string_view line, std::uint64_t mono_us) override;
  [[nodiscard]] bool lossless() const override { return true; }
  [[nodiscard]] bool finished() const override { return next_ == segments_.size(); }

 private:
  [[nodiscard]] std::uint64_t due(const Segment& segment) const;

  base::Bytes recording_;
  std::vector<Segment> segments_;
  double speed_;
  std::optional<std::uint64_t> start_mono_us_;
  std::size_t next_ = 0;    // segment
  std::size_t offset_ = 0;  // of its first byte
};

}  // namespace holeshot::sim
