// What the simulator says: the seam between the server, which has sockets and a clock, and the two things
// that can be behind it, races (race_source.h) or a recording (recording_source.h). Used by one thread, the
// server's loop.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string_view>
#include <vector>

#include "common/base/bytes.h"
#include "common/p3/record.h"

namespace holeshot::sim {

inline constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

class Source {
 public:
  // Takes bytes for every client. Valid during the call.
  using Emit = std::function<void(base::ByteView)>;

  virtual ~Source() = default;

  // Emits all that is due at `mono_us`; returns when the next is due, kNever if nothing will be. Time for the
  // source begins with the first call.
  virtual std::uint64_t run(std::uint64_t mono_us, const Emit& emit) = 0;
  // What is said to the client that sent this request, in order.
  virtual std::vector<base::Bytes> answer(const p3::Record& request, std::uint64_t mono_us) = 0;
  // What is said to a client whose bytes were no valid frame; `code` is one of p3::error_code.
  virtual std::vector<base::Bytes> complain(std::uint16_t code) = 0;
  // A line from standard input.
  virtual void command(std::string_view line, std::uint64_t mono_us) = 0;
  // True where bytes that nobody receives would be missed: the server then runs it only while somebody
  // listens, and no faster than the slowest client takes it.
  [[nodiscard]] virtual bool lossless() const = 0;
  // Nothing more will ever come.
  [[nodiscard]] virtual bool finished() const = 0;
};

}  // namespace holeshot::sim
