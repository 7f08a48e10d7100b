// What a decoder remembers, and the file that lets it remember over a restart of the simulator. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "common/base/bytes.h"
#include "common/base/fd.h"
#include "common/base/result.h"
#include "tools/sim/track.h"

namespace holeshot::sim {

// What each decoder keeps for RESEND; the oldest passing makes room.
inline constexpr std::size_t kStoredPassings = 10'000;

// One decoder's counter and passings.
struct Memory {
  struct Stored {
    std::uint64_t number = 0;
    base::Bytes wire;
    bool operator==(const Stored&) const = default;
  };
  std::uint64_t last_number = 0;
  std::deque<Stored> stored;

  void keep(std::uint64_t number, base::Bytes wire);
  void forget() { *this = Memory{}; }
  bool operator==(const Memory&) const = default;
};
using Memories = std::array<Memory, kLoops.size()>;

// A journal: a line for each passing (decoder, number, time, bytes) and for each reset, written at once, so
// that it survives the simulator's sudden death; rewritten without what nobody can ask for any more when it
// has grown. Not made for power cuts.
class StateFile {
 public:
  // Reads what is there; a last line that was cut off is dropped. kCorrupt names the line; else as the system
  // says.
  [[nodiscard]] static base::Result<std::unique_ptr<StateFile>> open(std::string path);

  // As it was when opened.
  [[nodiscard]] Memories take() { return std::move(memories_); }
  // True time of the last passing, 0 for none: the decoders' time must not begin before it.
  [[nodiscard]] std::uint64_t last_us() const { return last_us_; }

  base::Status passing(std::size_t decoder, std::uint64_t true_us, const Memory::Stored& stored);
  base::Status reset(std::size_t decoder);
  // True where it is time for rewrite().
  [[nodiscard]] bool grown() const { return lines_ > kMostLines; }
  // Holds exactly `memories` afterwards; on failure it is as it was.
  base::Status rewrite(const Memories& memories);

 private:
  static constexpr std::size_t kMostLines = 4 * kStoredPassings * kLoops.size();
  explicit StateFile(std::string path) : path_(std::move(path)) {}
  base::Status read();
  base::Status take_line(std::string_view line);
  base::Status append(const std::string& line);

  std::string path_;
  base::UniqueFd fd_;
  Memories memories_;
  std::uint64_t last_us_ = 0;
  std::size_t lines_ = 0;
};

}  // namespace holeshot::sim
