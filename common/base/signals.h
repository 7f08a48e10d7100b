// Signals: SIGINT and SIGTERM as something that main can wait for. One per program, made before the first thread, so that
// every thread inherits the blocked mask and only wait() takes them.
#pragma once

#include <chrono>

#include "common/base/fd.h"

namespace holeshot::base {

class Signals {
 public:
  // Blocks both signals in this thread and those it starts; ignores SIGPIPE: a gone peer is an error code, not an end.
  Signals();

  // Until a signal comes or somebody raised.
  void wait() const;
  // The same for at most this long: whether one came.
  [[nodiscard]] bool wait_for(std::chrono::milliseconds limit) const;
  // From any thread: as if a signal had come.
  void raise() const { raised_.wake(); }

 private:
  [[nodiscard]] bool wait_ms(int limit) const;  // below 0: for ever

  UniqueFd signal_fd_;
  WakeFd raised_;
};

}  // namespace holeshot::base
