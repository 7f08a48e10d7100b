#include "gateway/upload/upload_status.h"

namespace holeshot::upload {

std::string_view to_string(UploadState state) {
  switch (state) {
    case UploadState::kStarting:
      return "starting";
    case UploadState::kIdle:
      return "idle";
    case UploadState::kSending:
      return "sending";
    case UploadState::kRetrying:
      return "retrying";
    case UploadState::kAlarm:
      return "alarm";
  }
  return "unknown";
}

}  // namespace holeshot::upload
