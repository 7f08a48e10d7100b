#include "gateway/source/recording.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <utility>

#include "common/base/check.h"

namespace holeshot::source {

namespace {

constexpr std::array<std::uint8_t, 8> kFileMagic{'H', 'S', 'R', 'E', 'C', 0, '\r', '\n'};
constexpr std::array<std::uint8_t, 4> kChunkMagic{'H', 'S', 'C', 'K'};
constexpr std::size_t kKindAt = 4;
constexpr std::size_t kLengthAt = 8;
constexpr std::size_t kWallAt = 12;
constexpr std::size_t kMonoAt = 20;
constexpr std::size_t kCrcAt = 28;

std::uint32_t crc_of(base::ByteView header, base::ByteView bytes) {
  const base::ByteView fields = header.subspan(kKindAt, kCrcAt - kKindAt);
  const auto first = crc32(0, fields.data(), static_cast<uInt>(fields.size()));
  if (bytes.empty()) return static_cast<std::uint32_t>(first);
  return static_cast<std::uint32_t>(crc32(first, bytes.data(), static_cast<uInt>(bytes.size())));
}

}  // namespace

void append_recording_header(base::Bytes& out) {
  out.insert(out.end(), kFileMagic.begin(), kFileMagic.end());
  base::append_le(out, kRecordingVersion, 4);
  base::append_le(out, 0, 4);
}

void append_chunk(base::Bytes& out, ChunkKind kind, driver::Moment at, base::ByteView bytes) {
  HOLESHOT_CHECK(bytes.size() <= kMaxChunkBytes, "a chunk is one read");
  const std::size_t start = out.size();
  out.insert(out.end(), kChunkMagic.begin(), kChunkMagic.end());
  base::append_le(out, static_cast<std::uint8_t>(kind), 4);
  base::append_le(out, bytes.size(), 4);
  base::append_le(out, at.wall_us, 8);
  base::append_le(out, at.mono_us, 8);
  base::append_le(out, crc_of(base::ByteView{out}.subspan(start), bytes), 4);
  out.insert(out.end(), bytes.begin(), bytes.end());
}

bool is_recording(base::ByteView head) {
  return head.size() >= kFileMagic.size() && std::equal(kFileMagic.begin(), kFileMagic.end(), head.begin());
}

std::optional<std::uint32_t> recording_version(base::ByteView head) {
  if (head.size() < kRecordingHeaderBytes) return {};
  return static_cast<std::uint32_t>(base::load_le(head.subspan(kFileMagic.size(), 4)));
}

void RecordingReader::add(base::ByteView bytes) {
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(std::exchange(used_, 0)));
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
}

std::optional<Chunk> RecordingReader::next() {
  for (Look found = look(); found != Look::kGood; found = look()) {
    if (held() == 0 || (found == Look::kShort && !ended_)) return {};
    skip_damage();
  }
  const base::ByteView header = base::ByteView{buffer_}.subspan(used_, kChunkHeaderBytes);
  const auto length = static_cast<std::size_t>(base::load_le(header.subspan(kLengthAt, 4)));
  const base::ByteView bytes = base::ByteView{buffer_}.subspan(used_ + kChunkHeaderBytes, length);
  used_ += kChunkHeaderBytes + length;
  return Chunk{.kind = static_cast<ChunkKind>(header[kKindAt]),
               .at = {.wall_us = base::load_le(header.subspan(kWallAt, 8)),
                      .mono_us = base::load_le(header.subspan(kMonoAt, 8))},
               .bytes = {bytes.begin(), bytes.end()}};
}

RecordingReader::Look RecordingReader::look() const {
  const base::ByteView rest = base::ByteView{buffer_}.subspan(used_);
  const std::size_t known = std::min(rest.size(), kChunkMagic.size());
  if (!std::equal(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(known), kChunkMagic.begin()))
    return Look::kDamaged;
  if (rest.size() < kChunkHeaderBytes) return Look::kShort;
  const std::uint64_t kind = base::load_le(rest.subspan(kKindAt, 4));
  const std::uint64_t length = base::load_le(rest.subspan(kLengthAt, 4));
  if (kind > static_cast<std::uint8_t>(ChunkKind::kEnded) || length > kMaxChunkBytes) return Look::kDamaged;
  if (rest.size() < kChunkHeaderBytes + length) return Look::kShort;
  const base::ByteView bytes = rest.subspan(kChunkHeaderBytes, static_cast<std::size_t>(length));
  return base::load_le(rest.subspan(kCrcAt, 4)) == crc_of(rest, bytes) ? Look::kGood : Look::kDamaged;
}

// To the next byte that may begin a chunk.
void RecordingReader::skip_damage() {
  const auto from = buffer_.begin() + static_cast<std::ptrdiff_t>(used_ + 1);
  const auto next = std::find(from, buffer_.end(), kChunkMagic.front());
  const auto at = static_cast<std::size_t>(next - buffer_.begin());
  damaged_ += at - used_;
  used_ = at;
}

}  // namespace holeshot::source
