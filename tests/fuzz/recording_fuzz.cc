// Any bytes as a recording, in any pieces: the chunks are the same, every byte is accounted for, and what is read is what
// would be written. Then the bytes as a decoder's, recorded and cut anywhere: all but the last chunk come back.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/base/check.h"
#include "gateway/source/recording.h"

namespace {

using holeshot::base::Bytes;
using holeshot::base::ByteView;
namespace source = holeshot::source;

struct Outcome {
  std::vector<source::Chunk> chunks;
  std::uint64_t damaged = 0;
  std::uint64_t good = 0;
  bool operator==(const Outcome&) const = default;
};

Outcome read(ByteView bytes, std::size_t piece) {
  source::RecordingReader reader;
  Outcome outcome;
  const auto drain = [&] {
    while (auto chunk = reader.next()) {
      Bytes again;
      source::append_chunk(again, chunk->kind, chunk->at, chunk->bytes);
      outcome.good += again.size();
      outcome.chunks.push_back(std::move(*chunk));
    }
  };
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    reader.add(bytes.subspan(at, std::min(piece, bytes.size() - at)));
    drain();
  }
  reader.end();
  drain();
  HOLESHOT_CHECK(reader.held() == 0, "nothing is held at the end");
  outcome.damaged = reader.damaged_bytes();
  return outcome;
}

void record_and_cut(ByteView bytes, std::size_t piece, std::size_t cut) {
  Bytes file;
  std::vector<std::size_t> ends;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    source::append_chunk(file, source::ChunkKind::kBytes, {.wall_us = at, .mono_us = at},
                         bytes.subspan(at, std::min(piece, bytes.size() - at)));
    ends.push_back(file.size());
  }
  cut = std::min(cut, file.size());
  const auto whole =
      static_cast<std::size_t>(std::ranges::count_if(ends, [&](std::size_t end) { return end <= cut; }));
  HOLESHOT_CHECK(read(ByteView{file}.first(cut), file.size() + 1).chunks.size() >= whole,
                 "what is whole is read");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  static_cast<void>(source::recording_version({data, size}));
  const ByteView stream{data + 2, size - 2};
  const Outcome whole = read(stream, stream.size() + 1);
  HOLESHOT_CHECK(whole.good + whole.damaged == stream.size(), "every byte is accounted for");
  HOLESHOT_CHECK(read(stream, 1U + data[0] % 64U) == whole, "in pieces is the same");
  record_and_cut(stream, 1U + data[0], std::size_t{data[1]} * 7U);
  return 0;
}
