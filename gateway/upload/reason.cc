#include "gateway/upload/reason.h"

namespace holeshot::upload {

std::string_view to_string(Reason reason) {
  switch (reason) {
    case Reason::kOk:
      return "ok";
    case Reason::kNoNetwork:
      return "no_network";
    case Reason::kNameUnknown:
      return "name_unknown";
    case Reason::kRefused:
      return "refused";
    case Reason::kTimeout:
      return "timeout";
    case Reason::kReset:
      return "reset";
    case Reason::kTlsClock:
      return "tls_clock";
    case Reason::kTlsOther:
      return "tls_other";
    case Reason::kPortal:
      return "portal";
    case Reason::kAuth:
      return "auth";
    case Reason::kForbidden:
      return "forbidden";
    case Reason::kTooBusy:
      return "too_busy";
    case Reason::kServerError:
      return "server_error";
    case Reason::kRefusedData:
      return "refused_data";
    case Reason::kNotOurs:
      return "not_ours";
    case Reason::kSpool:
      return "spool";
  }
  return "unknown";
}

}  // namespace holeshot::upload
