// What libcurl tells of a transfer that failed, as a failure in words. Pure, and apart from the transport so that every
// case can be tested without a network that has it.
#pragma once

#include <string>

#include "gateway/upload/reason.h"

namespace holeshot::upload {

struct TransferFacts {
  std::string url;
  int code = 0;             // CURLcode
  long os_error = 0;        // errno of the connect, where there was one
  long verify_result = 0;   // OpenSSL's X509_V_ERR_*, where a certificate was refused
  std::string detail;       // libcurl's own words
  bool too_long = false;    // we ended it: the answer had no end
  bool any_network = true;  // whether this machine has an address beyond its own loopback
};

[[nodiscard]] HttpFailure explain(const TransferFacts& facts);

}  // namespace holeshot::upload
