// From a stream of bytes to checked lines of the AMBrc/P98 ASCII protocol:
//
//   SOH type TAB field TAB ... field TAB x CRC4 CR LF        the CRC: P3's, over type .. last TAB, in hex
//
// Whatever pieces the bytes come in, the lines and the figures are the same. A damaged line is dropped alone; the next
// SOH starts afresh. Memory is bounded by kMaxLine. One thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "common/base/bytes.h"

namespace holeshot::driver::ambrc {

inline constexpr std::uint8_t kSoh = 0x01;
// The longest published line has 46 bytes.
inline constexpr std::size_t kMaxLine = 256;

// A line whose check is right. Both views live only as long as the call that hands it out.
struct Line {
  base::ByteView raw;     // as on the wire, SOH to LF
  std::string_view text;  // what the check covers: type, fields, each with its TAB
};

enum class SkipReason : std::uint8_t {
  kJunk,       // outside of any line
  kTruncated,  // a new SOH came before the end, or the line fell silent or broke
  kTooLong,
  kCheck,  // the CRC is wrong or missing
};
inline constexpr std::size_t kSkipReasonCount = 4;
[[nodiscard]] std::string_view to_string(SkipReason reason);

// Always: bytes_in == line_bytes + skipped_bytes() + LineFramer::held().
struct LineStats {
  struct Skipped {
    std::uint64_t events = 0;  // lines, or for junk: runs of bytes
    std::uint64_t bytes = 0;
    bool operator==(const Skipped&) const = default;
  };
  std::uint64_t bytes_in = 0;
  std::uint64_t lines = 0;
  std::uint64_t line_bytes = 0;
  std::array<Skipped, kSkipReasonCount> skipped{};
  [[nodiscard]] const Skipped& at(SkipReason reason) const {
    return skipped[static_cast<std::size_t>(reason)];
  }
  [[nodiscard]] std::uint64_t skipped_bytes() const;
  bool operator==(const LineStats&) const = default;
};

class LineFramer {
 public:
  using Sink = std::function<void(const Line&)>;

  // Calls `sink` for every good line that ends in `bytes`, in order. The sink must not call back into this framer.
  void feed(base::ByteView bytes, const Sink& sink);
  // Drops the open line, if any.
  void drop_open_line();
  [[nodiscard]] std::size_t held() const { return held_.size(); }
  [[nodiscard]] const LineStats& stats() const { return stats_; }

 private:
  void finish(SkipReason if_bad, const Sink& sink);
  void drop(SkipReason reason);
  LineStats stats_;
  bool in_junk_ = false;
  base::Bytes held_;  // the open line
};

// The checked part of `raw` (SOH to LF, or to CR where the LF was lost), or an empty text where the check is wrong.
[[nodiscard]] std::string_view checked_text(base::ByteView raw);

}  // namespace holeshot::driver::ambrc
