#include "gateway/driver/ambrc/line_framer.h"

#include <charconv>
#include <numeric>
#include <utility>

#include "common/p3/crc.h"

namespace holeshot::driver::ambrc {

namespace {
constexpr std::size_t kCheckSize = 5;  // x and four digits

std::string_view text_of(base::ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
}  // namespace

std::string_view to_string(SkipReason reason) {
  constexpr std::array<std::string_view, kSkipReasonCount> kNames{"junk", "truncated", "too_long", "check"};
  return kNames[static_cast<std::size_t>(reason)];
}

std::uint64_t LineStats::skipped_bytes() const {
  return std::accumulate(skipped.begin(), skipped.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const Skipped& one) { return sum + one.bytes; });
}

std::string_view checked_text(base::ByteView raw) {
  std::string_view text = text_of(raw);
  if (!text.starts_with(static_cast<char>(kSoh))) return {};
  text.remove_prefix(1);
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  if (text.size() < kCheckSize + 2) return {};
  const std::string_view check = text.substr(text.size() - kCheckSize);
  text.remove_suffix(kCheckSize);
  std::uint16_t said = 0;
  const auto parsed = std::from_chars(check.data() + 1, check.data() + kCheckSize, said, 16);
  const bool is_check =
      check[0] == 'x' && parsed.ec == std::errc{} && parsed.ptr == check.data() + kCheckSize;
  if (!is_check || !text.ends_with('\t') || p3::crc16(base::as_bytes(text)) != said) return {};
  return text;
}

void LineFramer::feed(base::ByteView bytes, const Sink& sink) {
  stats_.bytes_in += bytes.size();
  for (const std::uint8_t byte : bytes) {
    if (byte == kSoh) {
      // A line that lost its LF is still a line if its check is right.
      if (!held_.empty()) finish(SkipReason::kTruncated, sink);
      held_.assign(1, byte);
      in_junk_ = false;
      continue;
    }
    if (held_.empty()) {
      auto& junk = stats_.skipped[static_cast<std::size_t>(SkipReason::kJunk)];
      if (!std::exchange(in_junk_, true)) ++junk.events;
      ++junk.bytes;
      continue;
    }
    held_.push_back(byte);
    if (byte == '\n') {
      finish(SkipReason::kCheck, sink);
    } else if (held_.size() >= kMaxLine) {
      drop(SkipReason::kTooLong);
    }
  }
}

void LineFramer::finish(SkipReason if_bad, const Sink& sink) {
  const std::string_view text = checked_text(held_);
  if (text.empty()) return drop(if_bad);
  ++stats_.lines;
  stats_.line_bytes += held_.size();
  sink({.raw = held_, .text = text});
  held_.clear();
}

void LineFramer::drop(SkipReason reason) {
  auto& skipped = stats_.skipped[static_cast<std::size_t>(reason)];
  ++skipped.events;
  skipped.bytes += held_.size();
  held_.clear();
}

void LineFramer::drop_open_line() {
  if (!held_.empty()) drop(SkipReason::kTruncated);
  in_junk_ = false;
}

}  // namespace holeshot::driver::ambrc
