// What the replica remembers of each stream, as marks beside the events that came from it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "central/log/sqlite/stamped.h"

namespace holeshot::log {

struct StreamMarks {
  std::uint64_t seq = 0;      // every message up to this one is in the replica
  std::uint64_t tip = 0;      // fingerprint() of that message
  std::uint64_t created = 0;  // when the stream was made that the replica and it agree on; 0: they do not yet
};

[[nodiscard]] inline std::string mark_name(const std::string& stream, const char* what) {
  return "jetstream/" + stream + "/" + what;
}

// How far the stream was applied, for the transaction that applies it.
inline void add_position(std::vector<Mark>& marks, const std::string& stream, std::uint64_t seq,
                         std::uint64_t tip) {
  marks.push_back({mark_name(stream, "seq"), seq});
  marks.push_back({mark_name(stream, "tip"), tip});
}

[[nodiscard]] inline StreamMarks stream_marks(const std::vector<Mark>& marks, const std::string& stream) {
  StreamMarks found;
  for (const Mark& mark : marks) {
    if (mark.name == mark_name(stream, "seq")) found.seq = mark.value;
    if (mark.name == mark_name(stream, "tip")) found.tip = mark.value;
    if (mark.name == mark_name(stream, "created")) found.created = mark.value;
  }
  return found;
}

}  // namespace holeshot::log
