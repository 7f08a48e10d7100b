// What each answer and each failure is called, and what a person is told to do.
#include "gateway/upload/diagnosis.h"

#include <curl/curl.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <limits>

#include "common/contract/problem.h"
#include "gateway/upload/curl_failure.h"

namespace holeshot::upload {
namespace {

constexpr const char* kCentral = "http://central.example:8080";

HttpResponse page(int status, const std::string& location = {}) {
  return {.status = status,
          .content_type = "text/html; charset=utf-8",
          .location = location,
          .body = "<html>Welcome"};
}
HttpResponse problem(int status) {
  return {.status = status,
          .content_type = std::string{contract::kProblemType},
          .body = contract::problem_body({.status = status, .code = "c", .title = "T", .detail = "because"})};
}

TEST(Diagnosis, ANetworkThatWantsALoginIsNamedWithThePageToOpen) {
  const auto redirected = diagnose(page(302, "http://login.venue.example/hotspot?to=x"), kCentral);
  EXPECT_EQ(redirected.reason, Reason::kPortal);
  EXPECT_TRUE(redirected.alarm);
  EXPECT_EQ(redirected.sentence, "this network (Wi-Fi) wants a login in the browser first");
  EXPECT_NE(redirected.action.find("open http://login.venue.example/hotspot?to=x in a browser"),
            std::string::npos);
  const auto stolen = diagnose(page(200), kCentral);
  EXPECT_EQ(stolen.reason, Reason::kPortal);
  EXPECT_NE(stolen.action.find("open http://central.example:8080/ in a browser"), std::string::npos);
  EXPECT_EQ(diagnose(page(511), kCentral).reason, Reason::kPortal);
  EXPECT_EQ(diagnose(page(302, "/login"), kCentral).reason, Reason::kPortal);
  HttpResponse bare{.status = 200, .body = "\r\n <!DOCTYPE html>"};
  EXPECT_EQ(diagnose(bare, kCentral).reason, Reason::kPortal);
}

TEST(Diagnosis, WhatIsNoPortalIsNotCalledOne) {
  EXPECT_EQ(diagnose(page(301, "https://central.example/api/ingest/batch"), kCentral).reason,
            Reason::kNotOurs);
  EXPECT_EQ(diagnose(page(302), kCentral).reason, Reason::kNotOurs);
  EXPECT_EQ(diagnose(page(200), "https://central.example").reason, Reason::kNotOurs)
      << "TLS has shown who it is";
  EXPECT_EQ(diagnose(page(302, "http://other/"), "https://central.example").reason, Reason::kNotOurs);
  EXPECT_EQ(diagnose({.status = 200, .body = "{}"}, kCentral).reason, Reason::kNotOurs);
  EXPECT_EQ(diagnose({.status = 204}, kCentral).reason, Reason::kNotOurs);
  EXPECT_EQ(diagnose(page(404), kCentral).reason, Reason::kNotOurs);
  EXPECT_EQ(diagnose(page(403), kCentral).reason, Reason::kNotOurs) << "a filter's own words";
}

TEST(Diagnosis, CentralsOwnWordsArePassedOnWithWhatToDo) {
  const auto auth = diagnose(problem(401), kCentral);
  EXPECT_EQ(auth.reason, Reason::kAuth);
  EXPECT_EQ(auth.sentence, "central answered 401: because");
  EXPECT_NE(auth.action.find("key file"), std::string::npos);
  EXPECT_EQ(diagnose(problem(403), kCentral).reason, Reason::kForbidden);
  EXPECT_EQ(diagnose(problem(409), kCentral).reason, Reason::kRefusedData);
  EXPECT_EQ(diagnose(problem(429), kCentral).reason, Reason::kTooBusy);
  EXPECT_EQ(diagnose(problem(503), kCentral).reason, Reason::kTooBusy);
  EXPECT_FALSE(diagnose(problem(503), kCentral).alarm);
  EXPECT_EQ(diagnose(problem(500), kCentral).reason, Reason::kServerError);
  EXPECT_FALSE(diagnose(problem(500), kCentral).alarm);
  for (int status = 100; status < 600; ++status) {
    EXPECT_NE(diagnose(page(status), kCentral).sentence, "") << status;
    EXPECT_NE(diagnose(problem(status), kCentral).reason, Reason::kOk) << status;
  }
}

TEST(Diagnosis, AHostileLocationIsMadeFitForALine) {
  const auto found = diagnose(page(302, "http://evil/\x1b[31m\n" + std::string(5'000, 'x')), kCentral);
  EXPECT_EQ(found.action.find('\x1b'), std::string::npos);
  EXPECT_EQ(found.action.find('\n'), std::string::npos);
  EXPECT_LT(found.action.size(), 400U);
}

TEST(Diagnosis, TheHostOfAnAddress) {
  EXPECT_EQ(host_of("http://Central.Example:8080/x?y"), "central.example:8080");
  EXPECT_EQ(host_of("https://user:pass@host/"), "host");
  EXPECT_EQ(host_of("http://[::1]:80"), "[::1]:80");
  EXPECT_EQ(host_of("/login"), "");
  EXPECT_EQ(host_of(""), "");
}

TEST(Diagnosis, AClockThatIsWrongIsSaidInWholeWords) {
  EXPECT_EQ(clock_sentence(0), "");
  EXPECT_EQ(clock_sentence(-59'999'999), "");
  EXPECT_EQ(clock_sentence(90'000'000), "this machine's clock is 2 min slow");
  EXPECT_EQ(clock_sentence(-3 * 3'600'000'000LL), "this machine's clock is 3 h fast");
  EXPECT_EQ(clock_sentence(3 * 3'600'000'000LL), "this machine's clock is 3 h slow");
  EXPECT_EQ(clock_sentence(10 * 86'400'000'000LL), "this machine's clock is 10 days slow");
  EXPECT_NE(clock_sentence(std::numeric_limits<std::int64_t>::min()), "");
}

HttpFailure tls(long verify_result, int code = CURLE_PEER_FAILED_VERIFICATION) {
  return explain(
      {.url = "https://central", .code = code, .verify_result = verify_result, .detail = "SSL problem"});
}

TEST(CurlFailure, ACertificateThatTheClockMakesInvalidIsTheClocksFault) {
  const auto early = diagnose(tls(9), 1'000'000'000'000);
  EXPECT_EQ(early.reason, Reason::kTlsClock);
  EXPECT_TRUE(early.alarm);
  EXPECT_EQ(early.sentence,
            "central's certificate is not valid yet; this machine's clock says 1970-01-12 13:46 UTC");
  EXPECT_EQ(early.action, "set date and time of this machine");
  const auto late = diagnose(tls(10), 1'760'000'000'000'000);
  EXPECT_EQ(late.reason, Reason::kTlsClock);
  EXPECT_NE(late.sentence.find("has expired; this machine's clock says 2025-10-09 08:53 UTC"),
            std::string::npos);
}

TEST(CurlFailure, AStrangersCertificateIsNotTheClocksFault) {
  for (const long result : {18L, 19L, 20L, 21L}) {
    EXPECT_EQ(tls(result).reason, Reason::kTlsOther);
    EXPECT_NE(tls(result).message.find("this network reads along, or central's certificate is not one"),
              std::string::npos);
  }
  EXPECT_EQ(tls(0).reason, Reason::kTlsOther);
  EXPECT_NE(tls(0).message.find("no certificate for its name"), std::string::npos);
  EXPECT_EQ(tls(0, CURLE_SSL_CONNECT_ERROR).reason, Reason::kTlsOther);
  EXPECT_EQ(tls(0, CURLE_SSL_CACERT_BADFILE).code, base::Code::kDenied);
}

TEST(CurlFailure, TheWayToCentralIsToldApart) {
  const auto reason = [](int code, long os_error = 0, bool any_network = true) {
    return explain({.url = "u", .code = code, .os_error = os_error, .any_network = any_network}).reason;
  };
  EXPECT_EQ(reason(CURLE_COULDNT_CONNECT, ECONNREFUSED), Reason::kRefused);
  EXPECT_EQ(reason(CURLE_COULDNT_CONNECT, ECONNREFUSED, false), Reason::kRefused) << "it is there, after all";
  EXPECT_EQ(reason(CURLE_COULDNT_CONNECT, ENETUNREACH), Reason::kNoNetwork);
  EXPECT_EQ(reason(CURLE_COULDNT_CONNECT, EHOSTUNREACH), Reason::kNoNetwork);
  EXPECT_EQ(reason(CURLE_COULDNT_CONNECT, ETIMEDOUT), Reason::kTimeout);
  EXPECT_EQ(reason(CURLE_COULDNT_RESOLVE_HOST), Reason::kNameUnknown);
  EXPECT_EQ(reason(CURLE_COULDNT_RESOLVE_HOST, 0, false), Reason::kNoNetwork);
  EXPECT_EQ(reason(CURLE_OPERATION_TIMEDOUT), Reason::kTimeout);
  for (const int cut : {CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE}) {
    EXPECT_EQ(reason(cut), Reason::kReset) << cut;
  }
  EXPECT_EQ(reason(CURLE_WEIRD_SERVER_REPLY), Reason::kNotOurs);
  EXPECT_EQ(explain({.url = "u", .too_long = true}).reason, Reason::kNotOurs);
}

}  // namespace
}  // namespace holeshot::upload
