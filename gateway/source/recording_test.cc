#include "gateway/source/recording.h"

#include <gtest/gtest.h>

namespace holeshot::source {
namespace {

base::Bytes three_chunks() {
  base::Bytes file;
  append_chunk(file, ChunkKind::kOpened, {1, 10}, {});
  append_chunk(file, ChunkKind::kBytes, {2, 20}, base::as_bytes("abc"));
  append_chunk(file, ChunkKind::kBytes, {3, 30}, base::as_bytes("defg"));
  return file;
}

std::vector<Chunk> chunks_of(RecordingReader& reader) {
  std::vector<Chunk> chunks;
  while (auto chunk = reader.next()) chunks.push_back(std::move(*chunk));
  return chunks;
}

std::vector<Chunk> read(const base::Bytes& file) {
  RecordingReader reader;
  reader.add(file);
  reader.end();
  return chunks_of(reader);
}

// The format is a promise to files that lie in folders.
TEST(Recording, IsWrittenAsItsHeaderSays) {
  base::Bytes file;
  append_recording_header(file);
  append_chunk(file, ChunkKind::kBytes, {.wall_us = 0x0102, .mono_us = 0x0304}, base::as_bytes("A"));
  EXPECT_EQ(base::to_hex(file),
            "4853524543000d0a"
            "01000000"
            "00000000"
            "4853434b"
            "00000000"
            "01000000"
            "0201000000000000"
            "0403000000000000"
            "aeabf9de"
            "41");
  EXPECT_TRUE(is_recording(file));
  EXPECT_EQ(recording_version(file), kRecordingVersion);
  EXPECT_FALSE(is_recording(base::as_bytes("HSREC")));
}

TEST(Recording, ComesBackAsItWasWritten) {
  const auto chunks = read(three_chunks());
  ASSERT_EQ(chunks.size(), 3U);
  EXPECT_EQ(chunks[0], (Chunk{ChunkKind::kOpened, {1, 10}, {}}));
  EXPECT_EQ(chunks[2], (Chunk{ChunkKind::kBytes, {3, 30}, {'d', 'e', 'f', 'g'}}));
}

TEST(Recording, ACutTailCostsOnlyTheLastChunk) {
  const base::Bytes whole = three_chunks();
  for (std::size_t cut = 1; cut <= 36; ++cut)
    EXPECT_EQ(read({whole.begin(), whole.end() - static_cast<std::ptrdiff_t>(cut)}).size(), 2U) << cut;
}

TEST(Recording, AnyDamagedByteCostsOnlyItsChunk) {
  const base::Bytes whole = three_chunks();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    base::Bytes damaged = whole;
    damaged[at] ^= 0x81;
    EXPECT_EQ(read(damaged).size(), 2U) << at;
  }
}

TEST(Recording, MoreIsWaitedForUntilTheEnd) {
  const base::Bytes whole = three_chunks();
  RecordingReader reader;
  reader.add(base::ByteView{whole}.first(40));
  EXPECT_EQ(chunks_of(reader).size(), 1U);
  EXPECT_EQ(reader.held(), 8U);
  reader.add(base::ByteView{whole}.subspan(40));
  EXPECT_EQ(chunks_of(reader).size(), 2U);
  EXPECT_EQ(reader.damaged_bytes(), 0U);
}

}  // namespace
}  // namespace holeshot::source
