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

  // How many viewers one call carries: what costs is the call, and the shorter a batch, the more of what it
  // touches is still in the cache when the answers are read.
  static constexpr unsigned kBatch = 128;
};

}  // namespace holeshot::live
