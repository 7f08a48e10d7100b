#include "common/p3/frame.h"

#include <bit>
#include <cstring>
#include <optional>

#include "common/base/check.h"
#include "common/p3/crc.h"

namespace holeshot::p3 {

namespace {

static_assert(std::endian::native == std::endian::little, "find_special counts bytes from the low end");

constexpr std::uint64_t every_byte(std::uint8_t byte) { return 0x0101010101010101ULL * byte; }

// The first 8D, 8E or 8F at or after `pos`; the size where there is none. Eight bytes a step: 8C to 8F differ
// in their two lowest bits only, so they are the bytes that become zero.
std::size_t find_special(base::ByteView bytes, std::size_t pos) {
  while (pos + 8 <= bytes.size()) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + pos, sizeof word);
    const std::uint64_t x = (word ^ every_byte(0x8C)) & every_byte(0xFC);
    const std::uint64_t zero = (x - every_byte(0x01)) & ~x & every_byte(0x80);
    if (zero == 0) {
      pos += 8;
      continue;
    }
    // The lowest mark is exact; only those above it may be false.
    pos += static_cast<std::size_t>(std::countr_zero(zero)) / 8;
    if (bytes[pos] != 0x8C) return pos;
    ++pos;
  }
  while (pos < bytes.size() && (bytes[pos] < kEscape || bytes[pos] > kEor)) ++pos;
  return pos;
}

bool is_escaped_byte(std::uint8_t byte) { return byte >= 0xAA && byte <= 0xAF; }
bool is_lenient(std::uint8_t byte) { return byte <= 0xAC; }

bool fields_end_exactly(base::ByteView frame) {
  const auto body = frame.subspan(kHeaderSize, frame.size() - kHeaderSize - 1);
  std::size_t at = 0;
  while (at + 2 <= body.size()) at += 2U + body[at + 1];
  return at == body.size();
}

bool length_is_right(base::ByteView frame) { return base::load_le(frame.subspan(2, 2)) == frame.size(); }

// Why this frame is not good; nothing for a good one.
std::optional<SkipReason> fault_in(base::ByteView frame, Strictness strictness) {
  if (frame.size() < kMinFrame) return SkipReason::kTooShort;
  const bool crc_is_right = base::load_le(frame.subspan(kCrcOffset, 2)) == frame_crc(frame);
  const bool exact = strictness == Strictness::kExact;
  if (!length_is_right(frame) && (!crc_is_right || exact)) return SkipReason::kLengthMismatch;
  if (!crc_is_right) return SkipReason::kCrcMismatch;
  if (exact && !fields_end_exactly(frame)) return SkipReason::kTlvOverrun;
  return std::nullopt;
}

}  // namespace

std::string_view to_string(SkipReason reason) {
  constexpr std::array<std::string_view, kSkipReasonCount> kNames{
      "junk",         "truncated",   "overrun",     "bad_escape", "too_short", "length_mismatch",
      "crc_mismatch", "tlv_overrun", "idle_timeout"};
  return kNames[static_cast<std::size_t>(reason)];
}

std::uint64_t FramerStats::skipped_bytes() const {
  std::uint64_t sum = 0;
  for (const Skipped& one : skipped) sum += one.bytes;
  return sum;
}

Framer::Framer(FramerOptions options) : options_(options) {
  HOLESHOT_CHECK(options_.max_frame >= kMinFrame, "a framer takes at least the shortest frame");
}

void Framer::feed(base::ByteView bytes, FrameSink sink) {
  stats_.bytes_in += bytes.size();
  begin_ = 0;
  std::size_t pos = 0;
  while (pos < bytes.size()) {
    switch (state_) {
      case State::kHunt:
        pos = hunt(bytes, pos);
        break;
      case State::kCollect:
        pos = collect(bytes, pos, sink);
        break;
      case State::kDiscard:
        pos = discard(bytes, pos);
        break;
    }
  }
  if (state_ == State::kCollect) {
    const auto rest = bytes.subspan(begin_);
    held_.insert(held_.end(), rest.begin(), rest.end());
  }
}

bool Framer::drop_open_frame() {
  const bool open = state_ == State::kCollect;
  begin_ = 0;
  if (open) drop(SkipReason::kIdleTimeout, 0, State::kHunt);
  state_ = State::kHunt;
  return open;
}

std::size_t Framer::hunt(base::ByteView bytes, std::size_t pos) {
  const void* found = std::memchr(bytes.data() + pos, kSor, bytes.size() - pos);
  const std::size_t at =
      found == nullptr ? bytes.size()
                       : static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - bytes.data());
  if (at > pos) {
    skip(SkipReason::kJunk, in_junk_ ? 0 : 1, at - pos);
    in_junk_ = true;
  }
  if (at == bytes.size()) return at;
  begin(at);
  return at + 1;
}

void Framer::begin(std::size_t at) {
  state_ = State::kCollect;
  in_junk_ = false;
  escape_open_ = false;
  size_ = 1;
  escapes_ = 0;
  begin_ = at;
}

std::size_t Framer::collect(base::ByteView bytes, std::size_t pos, FrameSink sink) {
  if (escape_open_) return after_escape(bytes, pos);
  const std::size_t end = find_special(bytes, pos);
  const std::size_t room = options_.max_frame - size_;
  if (end - pos > room) {
    drop(SkipReason::kOverrun, pos + room + 1, State::kDiscard);
    return pos + room + 1;
  }
  size_ += end - pos;
  if (end == bytes.size()) return end;
  switch (bytes[end]) {
    case kSor:
      drop(SkipReason::kTruncated, end, State::kHunt);
      begin(end);
      break;
    case kEor:
      if (size_ == options_.max_frame) {
        drop(SkipReason::kOverrun, end + 1, State::kHunt);
      } else {
        finish(bytes, end + 1, sink);
      }
      break;
    default:
      escape_open_ = true;
      ++escapes_;
      break;
  }
  return end + 1;
}

std::size_t Framer::after_escape(base::ByteView bytes, std::size_t pos) {
  escape_open_ = false;
  const std::uint8_t byte = bytes[pos];
  if (byte == kSor) return pos;  // a raw SOR begins a frame wherever it stands
  if (!is_escaped_byte(byte)) {
    drop(SkipReason::kBadEscape, pos + 1, byte == kEor ? State::kHunt : State::kDiscard);
  } else if (size_ == options_.max_frame) {
    drop(SkipReason::kOverrun, pos + 1, State::kDiscard);
  } else {
    ++size_;
    if (is_lenient(byte)) ++stats_.lenient_escapes;
  }
  return pos + 1;
}

std::size_t Framer::discard(base::ByteView bytes, std::size_t pos) {
  std::size_t end = pos;
  while (end < bytes.size() && bytes[end] != kSor && bytes[end] != kEor) ++end;
  const bool ended = end < bytes.size();
  if (ended && bytes[end] == kEor) ++end;  // it belongs to what is thrown away; a SOR does not
  skip(discarding_, 0, end - pos);
  if (ended) state_ = State::kHunt;
  return end;
}

void Framer::drop(SkipReason reason, std::size_t end, State next) {
  skip(reason, 1, held_.size() + (end - begin_));
  held_.clear();
  discarding_ = reason;
  state_ = next;
}

void Framer::finish(base::ByteView bytes, std::size_t end, FrameSink sink) {
  ++size_;
  base::ByteView raw = bytes.subspan(begin_, end - begin_);
  if (!held_.empty()) {
    held_.insert(held_.end(), raw.begin(), raw.end());
    raw = held_;
  }
  const base::ByteView plain = escapes_ == 0 ? raw : unescaped(raw);
  if (const auto fault = fault_in(plain, options_.strictness)) {
    skip(*fault, 1, raw.size());
  } else {
    ++stats_.frames;
    stats_.frame_bytes += raw.size();
    if (!length_is_right(plain)) ++stats_.wrong_lengths;
    if (!fields_end_exactly(plain)) ++stats_.wrong_fields;
    sink(Frame{raw, plain});
  }
  held_.clear();
  state_ = State::kHunt;
}

base::ByteView Framer::unescaped(base::ByteView raw) {
  plain_.clear();
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const bool escaped = raw[i] == kEscape;
    if (escaped) ++i;  // after_escape() saw to it that a byte follows
    plain_.push_back(escaped ? static_cast<std::uint8_t>(raw[i] - kEscapeOffset) : raw[i]);
  }
  return plain_;
}

void Framer::skip(SkipReason reason, std::uint64_t events, std::uint64_t bytes) {
  FramerStats::Skipped& slot = stats_.skipped[static_cast<std::size_t>(reason)];
  slot.events += events;
  slot.bytes += bytes;
}

}  // namespace holeshot::p3
