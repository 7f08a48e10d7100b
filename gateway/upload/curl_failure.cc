#include "gateway/upload/curl_failure.h"

#include <curl/curl.h>

#include <cerrno>
#include <string_view>
#include <utility>

namespace holeshot::upload {

using base::Code;

namespace {

// X509_V_ERR_* of OpenSSL's x509_vfy.h: libcurl hands them through as numbers.
constexpr long kNotYetValid = 9;
constexpr long kHasExpired = 10;
constexpr long kSelfSigned = 18;
constexpr long kSelfSignedInChain = 19;
constexpr long kNoIssuerHere = 20;
constexpr long kNoSignatureToCheck = 21;

HttpFailure failure(Code code, Reason reason, std::string message, std::string hint = {}) {
  HttpFailure made;
  made.code = code;
  made.reason = reason;
  made.message = std::move(message);
  made.hint = std::move(hint);
  return made;
}

bool is_tls_problem(int code) {
  return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CONNECT_ERROR ||
         code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_ISSUER_ERROR ||
         code == CURLE_SSL_CERTPROBLEM || code == CURLE_SSL_CIPHER || code == CURLE_USE_SSL_FAILED;
}

HttpFailure tls_failure(const TransferFacts& facts) {
  constexpr const char* kReadsAlong =
      "open a web page in a browser: if the network shows a login or a warning there, use another network; "
      "else have "
      "central's certificate looked at";
  const auto other = [&](const std::string& what) {
    return failure(Code::kDenied, Reason::kTlsOther, what + " (" + facts.detail + ")", kReadsAlong);
  };
  switch (facts.verify_result) {
    case kNotYetValid:
      return failure(Code::kDenied, Reason::kTlsClock, "central's certificate is not valid yet",
                     "set date and time of this machine");
    case kHasExpired:
      return failure(
          Code::kDenied, Reason::kTlsClock, "central's certificate has expired",
          "set date and time of this machine; where they are right, central's certificate must be renewed");
    case kSelfSigned:
    case kSelfSignedInChain:
    case kNoIssuerHere:
    case kNoSignatureToCheck:
      return other("this network reads along, or central's certificate is not one that this machine trusts");
    default:
      break;
  }
  if (facts.code == CURLE_SSL_CACERT_BADFILE) {
    return failure(Code::kDenied, Reason::kTlsOther,
                   "the file of trusted certificates cannot be used (" + facts.detail + ")",
                   "install ca-certificates, or correct the setting");
  }
  if (facts.code == CURLE_PEER_FAILED_VERIFICATION) {
    return other("who answers in central's place has no certificate for its name");
  }
  return other("no safe connection to central could be made");
}

HttpFailure no_connection(const TransferFacts& facts) {
  const std::string what = "post to " + facts.url + ": " + facts.detail;
  const bool unreachable = facts.os_error == ENETUNREACH || facts.os_error == EHOSTUNREACH ||
                           facts.os_error == ENETDOWN || facts.os_error == EADDRNOTAVAIL;
  // Who refuses is there: central may run on this very machine, which then needs no network.
  if (unreachable || (!facts.any_network && facts.os_error != ECONNREFUSED)) {
    return failure(Code::kRetry, Reason::kNoNetwork, what,
                   "plug the network cable in or join a Wi-Fi; nothing is lost, it is sent later");
  }
  if (facts.os_error == ETIMEDOUT) {
    return failure(Code::kRetry, Reason::kTimeout, what,
                   "the network is slow or cut; nothing is lost, it is sent later");
  }
  return failure(Code::kRetry, Reason::kRefused, what,
                 "central is not running, or its address or port is wrong");
}

HttpFailure no_name(const TransferFacts& facts) {
  const std::string what = "post to " + facts.url + ": " + facts.detail;
  if (!facts.any_network) {
    return failure(Code::kRetry, Reason::kNoNetwork, what,
                   "plug the network cable in or join a Wi-Fi; nothing is lost, it is sent later");
  }
  return failure(Code::kRetry, Reason::kNameUnknown, what, "no internet, or the name of central is misspelt");
}

}  // namespace

HttpFailure explain(const TransferFacts& facts) {
  const std::string what = "post to " + facts.url + ": ";
  if (facts.too_long) {
    return failure(Code::kRetry, Reason::kNotOurs, what + "the answer is longer than any answer of central",
                   "check the address of central, and whether a proxy stands between");
  }
  if (is_tls_problem(facts.code)) return tls_failure(facts);
  switch (facts.code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return no_name(facts);
    case CURLE_COULDNT_CONNECT:
      return no_connection(facts);
    case CURLE_OPERATION_TIMEDOUT:
      return failure(Code::kRetry, Reason::kTimeout, what + facts.detail,
                     "the network is slow or cut; nothing is lost, it is sent later");
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_HTTP2:
      return failure(Code::kRetry, Reason::kNotOurs, what + facts.detail, "check the address of central");
    default:
      return failure(Code::kRetry, Reason::kReset, what + facts.detail,
                     "the connection was cut; nothing is lost, it is sent again");
  }
}

}  // namespace holeshot::upload
