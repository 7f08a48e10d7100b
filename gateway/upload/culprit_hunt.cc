#include "gateway/upload/culprit_hunt.h"

namespace holeshot::upload {

CulpritHunt::Advice CulpritHunt::failed(std::size_t events, int status, const std::string& code) {
  if (events != events_ || status != status_ || code != code_) {
    forget();
    events_ = events;
    status_ = status;
    code_ = code;
  }
  ++same_;
  if (events > 1) {
    if (same_ < kFirst && !suspicious_) return Advice::kRetry;
    suspicious_ = true;
    return Advice::kHalve;
  }
  if (neighbour_passed_) return ++confirmed_ >= kConfirm ? Advice::kSetAside : Advice::kRetry;
  return same_ >= kAlone ? Advice::kProbe : Advice::kRetry;
}

void CulpritHunt::passed(bool full) {
  forget();
  if (full) suspicious_ = false;
}

void CulpritHunt::forget() {
  events_ = 0;
  same_ = 0;
  confirmed_ = 0;
  neighbour_ = 0;
  neighbour_passed_ = false;
}

}  // namespace holeshot::upload
