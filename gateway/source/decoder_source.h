// DecoderSource: where a decoder's bytes come from. The seam between a line (TCP, a serial port, a recording)
// and the ReaderLoop, which owns the source and alone calls it, on its one thread. Nothing here blocks: the loop polls
// for what wait() names, then calls read().
//
//   open();  while (state() != kFinished) { poll(wait()); read(room); }  close();
//
// A source that loses its line opens it again by itself, for ever; read() tells.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string_view>

#include "common/base/bytes.h"
#include "common/base/clock.h"
#include "common/base/result.h"
#include "gateway/source/source_url.h"

namespace holeshot::source {

inline constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

// What read() should be called for: `events` (of poll(2)) on `fd`, or the moment `due_us` (monotonic), whichever comes
// first. fd -1: only the moment.
struct Wait {
  int fd = -1;
  short events = 0;
  std::uint64_t due_us = kNever;
};

// What one read() brought.
struct Taken {
  std::size_t bytes = 0;
  std::uint64_t received_at_us = 0;  // wall clock, when these bytes were read; 0 without bytes
  bool broken = false;               // the line ended since the last read(): what was begun will not go on
  bool opened = false;               // the line was opened since the last read(); after `broken` if both
};

enum class SourceState : std::uint8_t {
  kConnecting,
  kOpen,
  kWaiting,   // lost or refused; tries again at Wait::due_us
  kFinished,  // a recording has ended; it stays so
};
[[nodiscard]] std::string_view to_string(SourceState state);

class DecoderSource {
 public:
  virtual ~DecoderSource() = default;
  // Starts to open. kMissing, kDenied: it will never work and a person has to look. A decoder that is only away is no
  // error: it is tried again.
  [[nodiscard]] virtual base::Status open() = 0;
  [[nodiscard]] virtual Wait wait() const = 0;
  // Goes on with whatever there is to do; never blocks. REQUIRES: open() succeeded, `room` is not empty.
  [[nodiscard]] virtual Taken read(std::span<std::uint8_t> room) = 0;
  // Sends as much of `bytes` as the line takes now, and says how much that was: 0 where the line is not open, is full,
  // or cannot be written to (a recording). What is lost with a breaking line is not known. Never blocks.
  [[nodiscard]] virtual std::size_t write(base::ByteView bytes) = 0;
  virtual void close() = 0;
  [[nodiscard]] virtual SourceState state() const = 0;
  // Why the line is not open, and what a person does about it; without a message: nothing is known to be wrong.
  [[nodiscard]] virtual base::Error problem() const { return {}; }
  // How often the line was opened again after it had been open or tried.
  [[nodiscard]] virtual std::uint64_t reconnects() const = 0;
};

// The clock outlives the source.
[[nodiscard]] std::unique_ptr<DecoderSource> make_source(const SourceUrl& url, const base::Clock& clock);

}  // namespace holeshot::source
