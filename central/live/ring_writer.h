// The Writer over io_uring: one request a viewer, one system call a batch. Requests never wait for a socket
// (MSG_DONTWAIT), so all of them are answered by the time that the call returns.
#pragma once

#include <memory>

#include "central/live/writer.h"
#include "common/base/result.h"

namespace holeshot::live {

class RingWriter : public Writer {
 public:
  // kDenied where there is no io_uring for us: an old kernel, a sysctl, a seccomp filter. It is tried with a write on
  // a pair of sockets, not only asked for.
  [[nodiscard]] static base::Result<std::unique_ptr<Writer>> make(LoopCounters& counters);

  // How many viewers one call carries, about a millisecond of work. From here on more saves nothing that could be
  // measured (128: 0.85 to 0.87 of single sends, 256: 0.81, 512 to 2048: 0.78 to 0.90). Nor did registered files,
  // or leaving out the answers of what succeeded.
  static constexpr unsigned kBatch = 256;
};

}  // namespace holeshot::live
