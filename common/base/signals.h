// Signals: SIGINT and SIGTERM as something that main can wait for. One per program, made before the first thread, so that
// every thread inherits the blocked mask and only wait() takes them.
#pragma once

#include "common/base/fd.h"

namespace holeshot::base {

class Signals {
 public:
  // Blocks both signals in this thread and those it starts; ignores SIGPIPE: a gone peer is an error code, not an end.
  Signals();

  // Until a signal comes or somebody raised.
  void wait() const;
  // From any thread: as if a signal had come.
  void raise() const { raised_.wake(); }

 private:
  UniqueFd signal_fd_;
  WakeFd raised_;
};

}  // namespace holeshot::base
