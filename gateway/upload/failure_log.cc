#include "gateway/upload/failure_log.h"

#include "common/base/log.h"

namespace holeshot::upload {

bool FailureLog::failed(std::string_view what) {
  const std::uint64_t now = clock_.mono_us();
  if (failures_++ == 0) {
    since_us_ = now;
  } else if (now - said_us_ < kEveryUs) {
    return false;
  }
  said_us_ = now;
  base::log_warn("upload", what, {{"failures", failures_}, {"for_s", (now - since_us_) / 1'000'000}});
  return true;
}

bool FailureLog::succeeded() {
  if (failures_ == 0) return false;
  base::log_info("upload", "recovered: central takes data again",
                 {{"failures", failures_}, {"after_s", (clock_.mono_us() - since_us_) / 1'000'000}});
  failures_ = 0;
  return true;
}

}  // namespace holeshot::upload
