// Tap: who else gets a line's bytes, exactly as they were read: the recorder, the local re-serve. Called by the
// reader's thread between read and append, so it must neither block nor wait for a disk or a peer.
#pragma once

#include "common/base/bytes.h"
#include "gateway/driver/driver.h"

namespace holeshot::source {

class Tap {
 public:
  virtual ~Tap() = default;
  Tap() = default;
  Tap(const Tap&) = delete;
  Tap& operator=(const Tap&) = delete;

  // Bytes that came from the decoder in one read.
  virtual void received(base::ByteView bytes, driver::Moment now) = 0;
  // The line opened (true) or ended (false).
  virtual void line(bool open, driver::Moment now) = 0;
  // Whole requests to pass on to the decoder, ahead of nothing: they queue behind what the driver asks. A tap that has
  // some wakes the reader (ReaderLoop::wake). Empty for nothing.
  [[nodiscard]] virtual base::Bytes take_requests() { return {}; }
};

}  // namespace holeshot::source
