// LargeBody: the one place for a body that is larger than what most routes take. Such a document is some ten times its size in
// memory while it is worked on, so they come one at a time.
#pragma once

#include <atomic>

namespace holeshot::http {

// Of one request. The flag, which all of them share, outlives it.
class LargeBody {
 public:
  explicit LargeBody(std::atomic<bool>& taken) : taken_(taken) {}
  ~LargeBody() {
    if (mine_) taken_ = false;
  }
  LargeBody(const LargeBody&) = delete;
  LargeBody& operator=(const LargeBody&) = delete;

  // Takes the place until destroyed; false where another request has it.
  [[nodiscard]] bool take() {
    if (!mine_) mine_ = !taken_.exchange(true);
    return mine_;
  }

 private:
  std::atomic<bool>& taken_;
  bool mine_ = false;
};

}  // namespace holeshot::http
