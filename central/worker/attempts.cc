#include "central/worker/attempts.h"

namespace holeshot::worker {

Fault fault_of(base::Code code) {
  switch (code) {
    case base::Code::kInvalid:
      return Fault::kEvent;
    case base::Code::kRetry:
    case base::Code::kMissing:
    case base::Code::kConflict:
      return Fault::kTransient;
    case base::Code::kFull:
    case base::Code::kClosed:
    case base::Code::kDenied:
    case base::Code::kCorrupt:
      return Fault::kStore;
  }
  return Fault::kStore;
}

Verdict Attempts::failed(log::Offset event, const base::Error& error) {
  if (event != event_) done();
  event_ = event;
  waiting_ = true;
  const Fault fault = fault_of(error.code);
  if (fault == Fault::kStore) {
    pause_ = pause_after(policy_, ++waits_);
    return Verdict::kWait;
  }
  ++tries_;
  if (fault == Fault::kEvent || tries_ >= policy_.max_deliver) return Verdict::kGiveUp;
  pause_ = pause_after(policy_, tries_);
  return Verdict::kAgain;
}

void Attempts::done() {
  tries_ = 0;
  waits_ = 0;
  waiting_ = false;
}

}  // namespace holeshot::worker
