#include "gateway/upload/drain_limit.h"

#include <algorithm>

namespace holeshot::upload {

void TokenBucket::spend(std::uint64_t now_us, std::uint64_t bytes) {
  if (rate_ == 0) return;
  paid_at_us_ = std::max(paid_at_us_, now_us) + time_for(bytes);
}

std::chrono::microseconds TokenBucket::wait(std::uint64_t now_us) const {
  if (rate_ == 0) return std::chrono::microseconds{0};
  const std::uint64_t may = now_us + time_for(burst_);
  return std::chrono::microseconds{paid_at_us_ > may ? paid_at_us_ - may : 0};
}

void DrainLimit::note(std::uint64_t now_us, std::uint64_t last_id) {
  while (!notes_.empty() && now_us - notes_.front().at_us >= kLiveUs) {
    old_up_to_ = notes_.front().last_id;
    notes_.pop_front();
  }
  if (notes_.empty() || now_us - notes_.back().at_us >= kNoteEveryUs) notes_.push_back({now_us, last_id});
}

std::chrono::microseconds DrainLimit::wait(std::uint64_t now_us, std::uint64_t first_id) const {
  return first_id > old_up_to_ ? std::chrono::microseconds{0} : bucket_.wait(now_us);
}

void DrainLimit::sent(std::uint64_t now_us, std::uint64_t first_id, std::uint64_t bytes) {
  if (first_id <= old_up_to_) bucket_.spend(now_us, bytes);
}

}  // namespace holeshot::upload
