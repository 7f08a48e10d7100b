// A recording with its times (.hsrec): a decoder's bytes as they were read, and when.
//
//   file  := "HSREC" 00 0D 0A | version u32 | 00000000 u32 | chunk*
//   chunk := "HSCK" | kind u8 | 00 00 00 | length u32 | wall_us u64 | mono_us u64 | crc u32 | length bytes
//
// Little-endian. The CRC-32 is over the chunk without its magic and the CRC. Kinds: 0 bytes, 1 the line opened, 2 the
// line ended. A file that ends within a chunk was cut by a crash: what stands before is good. After a damaged chunk the
// next good one goes on; the bytes between are counted.
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/bytes.h"
#include "gateway/driver/driver.h"

namespace holeshot::source {

inline constexpr std::size_t kRecordingHeaderBytes = 16;
inline constexpr std::size_t kChunkHeaderBytes = 32;
// One read of the line, at most (ReaderLoop::kBurstBytes).
inline constexpr std::size_t kMaxChunkBytes = 65'536;
inline constexpr std::uint32_t kRecordingVersion = 1;

enum class ChunkKind : std::uint8_t { kBytes = 0, kOpened = 1, kEnded = 2 };

struct Chunk {
  ChunkKind kind = ChunkKind::kBytes;
  driver::Moment at;
  base::Bytes bytes;
  bool operator==(const Chunk&) const = default;
};

void append_recording_header(base::Bytes& out);
// REQUIRES: bytes.size() <= kMaxChunkBytes.
void append_chunk(base::Bytes& out, ChunkKind kind, driver::Moment at, base::ByteView bytes);

// Whether a file that begins with `head` is a recording with times, of any version.
[[nodiscard]] bool is_recording(base::ByteView head);
// Of a file for which is_recording() holds; nullopt where `head` is shorter than the header.
[[nodiscard]] std::optional<std::uint32_t> recording_version(base::ByteView head);

// From a recording's bytes after the header to its chunks, in whatever pieces they come. Total; one thread.
class RecordingReader {
 public:
  void add(base::ByteView bytes);
  // No more comes: what looks like a chunk that is not whole is damage (or a torn tail), and what it hides is found.
  void end() { ended_ = true; }
  // The next good chunk in what was added; nullopt: more is needed, or after end() there is none.
  [[nodiscard]] std::optional<Chunk> next();
  // Not part of a good chunk.
  [[nodiscard]] std::uint64_t damaged_bytes() const { return damaged_; }
  // Added, and neither given out nor damaged.
  [[nodiscard]] std::size_t held() const { return buffer_.size() - used_; }

 private:
  // The chunk at used_, if it is whole and good. kShort: it may become that.
  enum class Look : std::uint8_t { kGood, kShort, kDamaged };
  [[nodiscard]] Look look() const;
  void skip_damage();
  bool ended_ = false;
  base::Bytes buffer_;
  std::size_t used_ = 0;
  std::uint64_t damaged_ = 0;
};

}  // namespace holeshot::source
