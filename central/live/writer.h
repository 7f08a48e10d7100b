// Writer: hands what waits for many viewers to the kernel. Two ways with one meaning: a send(2) for each viewer, or
// io_uring, where one system call carries a batch.
//
// A Writer belongs to one loop and is made and used on that loop's thread. When write() returns nothing of it is
// still under way: every viewer has been told what became of its bytes, and may be freed.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "central/live/config.h"
#include "central/live/hub.h"
#include "central/live/viewer.h"

namespace holeshot::live {

class Writer {
 public:
  virtual ~Writer() = default;

  // Offers each viewer's bytes to its socket once and tells the viewer (Viewer::wrote). Never waits for a socket. A
  // viewer may still have bytes waiting afterwards. REQUIRES: no viewer stands in `batch` twice.
  virtual void write(std::span<Viewer* const> batch) = 0;

  [[nodiscard]] virtual Io io() const = 0;  // never kAuto
};

// The way that `io` asks for. kAuto tries io_uring. kDenied where kIoUring is asked for and the kernel, or a filter of
// system calls, does not let us have it.
[[nodiscard]] base::Result<std::unique_ptr<Writer>> make_writer(Io io, LoopCounters& counters);

}  // namespace holeshot::live
