#include "central/live/pacer.h"

namespace holeshot::live {

void Pacer::wrote(std::uint64_t begin_us, std::uint64_t end_us) {
  look(begin_us);
  busy_us_ += end_us - begin_us;
}

void Pacer::look(std::uint64_t now_us) {
  if (hold_us_ == 0) return;
  const std::uint64_t passed = now_us - window_start_us_;
  if (passed < kWindowUs) return;
  const double share = static_cast<double>(busy_us_) / static_cast<double>(passed);
  gathering_ = share > (gathering_ ? above_ * kRelease : above_);
  window_start_us_ = now_us;
  busy_us_ = 0;
}

}  // namespace holeshot::live
