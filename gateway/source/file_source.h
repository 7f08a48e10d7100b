// FileSource: a recording (a decoder's bytes, one after the other) as if it came from a decoder now.
//
// speed 0: as fast as it goes, in pieces as large as the reader's room. speed > 0: frame by frame. A frame whose
// RTC_TIME lies after the last one seen comes the difference later, divided by speed, but at most kLongestPause (an
// interval between two motos is not waited out). Any other frame, a STATUS for instance, comes kUntimedStep
// after the one before it, divided by speed.
//
// A recording with times (recording.h) comes read by read instead, at the recorded distances divided by speed, with the
// same longest pause; where the line ended then, it ends now.
#pragma once

#include <optional>

#include "common/base/bytes.h"
#include "common/base/fd.h"
#include "common/p3/frame.h"
#include "gateway/source/decoder_source.h"
#include "gateway/source/recording.h"

namespace holeshot::source {

inline constexpr std::uint64_t kUntimedStepUs = 50'000;
inline constexpr std::uint64_t kLongestPauseUs = 30'000'000;

class FileSource final : public DecoderSource {
 public:
  FileSource(SourceUrl url, const base::Clock& clock);

  [[nodiscard]] base::Status open() override;
  [[nodiscard]] Wait wait() const override { return {.fd = -1, .events = 0, .due_us = due_us_}; }
  [[nodiscard]] Taken read(std::span<std::uint8_t> room) override;
  [[nodiscard]] std::size_t write(base::ByteView) override { return 0; }
  void close() override;
  [[nodiscard]] SourceState state() const override { return state_; }
  [[nodiscard]] std::uint64_t reconnects() const override { return 0; }

 private:
  [[nodiscard]] Taken hand_out(std::span<std::uint8_t> room);
  // Makes `next_` the bytes up to the end of the next frame, and due_us_ the moment they are due.
  void load_next();
  void load_frame();
  void load_chunk();
  // After the header of a recording with times, or at the start of any other file. kInvalid: a version that is unknown.
  [[nodiscard]] base::Status look_at_head();
  [[nodiscard]] std::uint64_t scaled(std::uint64_t us) const;
  bool refill();
  void finish();
  [[nodiscard]] std::uint64_t pause_before(const p3::Frame& frame);

  const SourceUrl url_;
  const base::Clock& clock_;
  base::UniqueFd file_;
  SourceState state_ = SourceState::kWaiting;
  std::uint64_t due_us_ = 0;
  p3::Framer framer_;      // only to see where frames end and what time they carry
  base::Bytes buffer_;     // read ahead
  std::size_t used_ = 0;   // of buffer_
  base::Bytes next_;       // due at due_us_
  std::size_t given_ = 0;  // of next_
  std::uint64_t last_rtc_us_ = 0;
  std::optional<RecordingReader> timed_;       // of a recording with times
  std::optional<std::uint64_t> last_mono_us_;  // of its last chunk
  bool ends_line_ = false;                     // due instead of next_
};

}  // namespace holeshot::source
