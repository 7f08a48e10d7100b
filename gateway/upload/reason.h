// Reason: why data does or does not reach central, in the few kinds that differ in what a person should do; Diagnosis:
// that, with the sentences that say so. Value types.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace holeshot::upload {

enum class Reason : std::uint8_t {
  kOk,
  kNoNetwork,    // this machine is in no network, or none that leads to central
  kNameUnknown,  // the name of central cannot be looked up
  kRefused,      // the machine is there, and no central on it
  kTimeout,      // no answer in time: slow or cut
  kReset,        // the connection ended before the answer did
  kTlsClock,     // the certificate is not valid at the time that this machine believes it is
  kTlsOther,     // the certificate is not central's, or TLS failed otherwise
  kPortal,       // the network answers in central's place and wants a login
  kAuth,         // 401: the key is missing, unknown or wrong
  kForbidden,    // 403: the key is good, but not for this track
  kTooBusy,      // 429, 503: told to wait
  kServerError,  // other 5xx
  kRefusedData,  // 400, 409, 413 in central's own words
  kNotOurs,      // an answer that central does not give: another address, a proxy
  kSpool,        // it is our own disk
};
// "ok", "no_network", ...: stable, for machines.
[[nodiscard]] std::string_view to_string(Reason reason);

struct Diagnosis {
  Reason reason = Reason::kOk;
  std::string sentence;  // what is; empty while all is well
  std::string action;    // what a person should do; empty where there is nothing to do
  // Whether it stays so until a person has done that. A network that comes and goes is no alarm.
  bool alarm = false;
};

// Why there was no answer: an Error (its code as http_transport.h says) whose hint is the action.
struct HttpFailure : base::Error {
  Reason reason = Reason::kTimeout;
};
}  // namespace holeshot::upload
