// From a stream of bytes to verified P3 frames: finds them by SOR and EOR, undoes the escapes, and checks
// size, LENGTH, CRC and the chain of fields, in that order. A damaged frame is dropped alone; the next SOR
// starts afresh.
//
// Whatever pieces the bytes come in, the frames and the figures are the same. Memory is bounded by
// FramerOptions::max_frame. One thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <type_traits>

#include "common/base/bytes.h"

namespace holeshot::p3 {

inline constexpr std::uint8_t kSor = 0x8E;
inline constexpr std::uint8_t kEor = 0x8F;
inline constexpr std::uint8_t kEscape = 0x8D;
inline constexpr std::uint8_t kEscapeOffset = 0x20;  // the byte after kEscape is the real one plus this
inline constexpr std::size_t kHeaderSize = 10;
inline constexpr std::size_t kMinFrame = 11;

// A verified frame. Both views live only as long as the call that hands it out.
struct Frame {
  base::ByteView raw;    // exactly what was on the wire, 8E to 8F, escapes and all
  base::ByteView bytes;  // the same without escapes

  [[nodiscard]] std::uint8_t version() const { return bytes[1]; }
  [[nodiscard]] std::uint16_t flags() const { return word(6); }
  [[nodiscard]] std::uint16_t tor() const { return word(8); }
  // The fields: tag, length, value, back to back.
  [[nodiscard]] base::ByteView body() const {
    return bytes.subspan(kHeaderSize, bytes.size() - kHeaderSize - 1);
  }

 private:
  [[nodiscard]] std::uint16_t word(std::size_t at) const {
    return static_cast<std::uint16_t>(bytes[at] | bytes[at + 1] << 8);
  }
};

// Why bytes were not part of a good frame.
enum class SkipReason : std::uint8_t {
  kJunk,            // outside of any frame
  kTruncated,       // a new SOR came before the EOR
  kOverrun,         // longer than max_frame; all of it up to the next EOR or SOR counts here
  kBadEscape,       // 8D followed by something else than AA to AF; likewise
  kTooShort,        // fewer than 11 bytes
  kLengthMismatch,  // LENGTH is not the size, and the CRC is wrong or Strictness is kExact
  kCrcMismatch,
  kTlvOverrun,   // the fields do not end exactly at the EOR, and Strictness is kExact
  kIdleTimeout,  // dropped by drop_open_frame()
};
inline constexpr std::size_t kSkipReasonCount = 9;
// "junk", "truncated", ... for logs and metrics.
[[nodiscard]] std::string_view to_string(SkipReason reason);

// Always: bytes_in == frame_bytes + skipped_bytes() + Framer::held().
struct FramerStats {
  struct Skipped {
    std::uint64_t events = 0;  // frames, or for junk: runs of bytes
    std::uint64_t bytes = 0;   // as on the wire
    bool operator==(const Skipped&) const = default;
  };
  std::uint64_t bytes_in = 0;
  std::uint64_t frames = 0;
  std::uint64_t frame_bytes = 0;      // wire bytes of the good frames
  std::uint64_t wrong_lengths = 0;    // good frames whose LENGTH is not their size
  std::uint64_t wrong_fields = 0;     // good frames whose last field runs over their end
  std::uint64_t lenient_escapes = 0;  // 8D followed by AA to AC: accepted, though no known decoder sends it
  std::array<Skipped, kSkipReasonCount> skipped{};

  [[nodiscard]] const Skipped& at(SkipReason reason) const {
    return skipped[static_cast<std::size_t>(reason)];
  }
  [[nodiscard]] std::uint64_t skipped_bytes() const;
  bool operator==(const FramerStats&) const = default;
};

// What to make of a frame whose CRC is right, and whose LENGTH is not its size or whose last field runs over
// its end. The CRC covers all of it, so the sender meant it so; no known decoder does, requests in the wild
// have LENGTH 0 or a wrong one. By default such a frame is good and counted, for nothing that passed its CRC
// is thrown away.
enum class Strictness : std::uint8_t { kCrcDecides, kExact };

// The longest real frame has 72 bytes; the format allows 64 KB, which only damage would ask for.
inline constexpr std::size_t kDefaultMaxFrame = 2048;
// How long a frame may stay open without a byte. The owner of the clock calls drop_open_frame() then.
inline constexpr std::uint64_t kOpenFrameTimeoutUs = 2'000'000;

struct FramerOptions {
  std::size_t max_frame = kDefaultMaxFrame;  // unescaped bytes. REQUIRES: >= kMinFrame
  Strictness strictness = Strictness::kCrcDecides;
};

// A reference to something callable with (const Frame&); the callable outlives the call of feed().
class FrameSink {
 public:
  template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, FrameSink> &&
             std::is_object_v<std::remove_reference_t<F>> && std::is_invocable_v<F&, const Frame&>)
  FrameSink(F&& f)  // NOLINT(bugprone-forwarding-reference-overload): the constraint excludes it
      : object_(const_cast<void*>(static_cast<const void*>(std::addressof(f)))),
        call_([](void* object, const Frame& frame) {
          (*static_cast<std::remove_reference_t<F>*>(object))(frame);
        }) {}
  void operator()(const Frame& frame) const { call_(object_, frame); }

 private:
  void* object_;
  void (*call_)(void*, const Frame&);
};

class Framer {
 public:
  explicit Framer(FramerOptions options = {});

  // Calls `sink` for every frame that ends in `bytes`, in order. The sink must not call back into this
  // framer.
  void feed(base::ByteView bytes, FrameSink sink);

  // Drops the frame that is open, if any; true if there was one. For a line that has gone silent inside a
  // frame, and for a connection that has ended.
  bool drop_open_frame();

  // Wire bytes of the open frame: neither a frame nor skipped yet.
  [[nodiscard]] std::size_t held() const { return held_.size(); }
  [[nodiscard]] const FramerStats& stats() const { return stats_; }

 private:
  enum class State : std::uint8_t { kHunt, kCollect, kDiscard };

  std::size_t hunt(base::ByteView bytes, std::size_t pos);
  std::size_t collect(base::ByteView bytes, std::size_t pos, FrameSink sink);
  std::size_t after_escape(base::ByteView bytes, std::size_t pos);
  std::size_t discard(base::ByteView bytes, std::size_t pos);
  void begin(std::size_t at);
  // Ends the open frame, `end` being one past its last byte in this input, as skipped for `reason`.
  void drop(SkipReason reason, std::size_t end, State next);
  void finish(base::ByteView bytes, std::size_t end, FrameSink sink);
  [[nodiscard]] base::ByteView unescaped(base::ByteView raw);
  void skip(SkipReason reason, std::uint64_t events, std::uint64_t bytes);

  FramerOptions options_;
  FramerStats stats_;
  State state_ = State::kHunt;
  bool in_junk_ = false;
  bool escape_open_ = false;                   // the last byte was 8D
  SkipReason discarding_ = SkipReason::kJunk;  // why, while in kDiscard
  std::size_t size_ = 0;                       // of the open frame without escapes
  std::size_t escapes_ = 0;                    // in the open frame
  std::size_t begin_ = 0;                      // where the open frame goes on in this input
  base::Bytes held_;                           // the open frame's bytes from earlier inputs
  base::Bytes plain_;                          // room for unescaping
};

}  // namespace holeshot::p3
