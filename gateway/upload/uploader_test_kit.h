// For this room's tests: answers by name, a transport that follows a script, a central that remembers, an uploader over
// a real spool.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/folder_test_kit.h"
#include "common/base/worker.h"
#include "common/contract/envelope.h"
#include "common/contract/problem.h"
#include "gateway/upload/uploader.h"

namespace holeshot::upload {

using base::Code;
using Kind = NextStep::Kind;
using std::chrono::microseconds;
using std::chrono::seconds;

inline constexpr std::uint64_t kNow = 1'760'000'000'000'000;
inline constexpr NextStep kAgain{};

inline HttpResponse answer(int status, std::string body = {}, std::string retry_after = {}) {
  return {.status = status, .retry_after = std::move(retry_after), .body = std::move(body)};
}
inline HttpFailure failure(Code code, Reason reason, const std::string& message) {
  HttpFailure made;
  made.code = code;
  made.reason = reason;
  made.message = message;
  return made;
}
inline HttpResponse problem(int status, const std::string& code, std::uint64_t server_time_us = 0) {
  return answer(status, contract::problem_body({.status = status,
                                                .code = code,
                                                .title = "T",
                                                .detail = "because of " + code,
                                                .server_time_us = server_time_us}));
}
inline HttpResponse accepted(std::size_t count, std::size_t duplicates = 0,
                             std::vector<contract::Rejection> rejected = {}) {
  return answer(200, contract::reply_body({.accepted = count,
                                           .duplicates = duplicates,
                                           .rejected = std::move(rejected),
                                           .server_time_us = kNow + 250}));
}

// Gives the answers it was told to, in order; after the last, fails the test.
class ScriptedTransport final : public HttpTransport {
 public:
  HttpResult<HttpResponse> post(const HttpRequest& request, const std::stop_token& /*stop*/) override {
    requests.push_back(request);
    if (script.empty()) {
      ADD_FAILURE() << "a request more than the script has";
      return std::unexpected(failure(Code::kRetry, Reason::kTimeout, "script is over"));
    }
    auto next = std::move(script.front());
    script.pop_front();
    return next;
  }
  void say(HttpResponse response) { script.emplace_back(std::move(response)); }
  void say_error(Code code, const std::string& message, Reason reason = Reason::kReset) {
    script.emplace_back(std::unexpected(failure(code, reason, message)));
  }
  [[nodiscard]] std::size_t events_in(std::size_t index) const {
    const std::string& body = requests.at(index).body;
    std::size_t count = 0;
    for (std::size_t at = body.find("\"seq\":"); at != std::string::npos; at = body.find("\"seq\":", at + 1))
      ++count;
    return count;
  }
  [[nodiscard]] std::string txn(std::size_t index) const {
    for (const auto& [name, value] : requests.at(index).headers) {
      if (name == "X-Holeshot-Txn") return value;
    }
    return {};
  }

  std::deque<HttpResult<HttpResponse>> script;
  std::vector<HttpRequest> requests;
};

// A central with a memory: takes each event once, in the order of arrival, and fails at those it was told to.
class RememberingCentral final : public HttpTransport {
 public:
  HttpResult<HttpResponse> post(const HttpRequest& request, const std::stop_token& /*stop*/) override {
    ++posts;
    if (before) {
      if (auto instead = before(request)) return std::move(*instead);
    }
    return take(request.body);
  }
  HttpResponse take(const std::string& body) {
    const std::vector<std::uint64_t> events = seqs_in(body);
    for (const std::uint64_t seq : events) {
      if (const auto bad = poison.find(seq); bad != poison.end()) return problem(bad->second, "poison");
    }
    std::size_t duplicates = 0;
    for (const std::uint64_t seq : events) {
      if (known.insert(seq).second) {
        log.push_back(seq);
      } else {
        ++duplicates;
      }
    }
    return accepted(events.size() - duplicates, duplicates);
  }
  static std::vector<std::uint64_t> seqs_in(const std::string& body) {
    constexpr std::string_view kMark = "\"seq\":";
    std::vector<std::uint64_t> seqs;
    for (std::size_t at = body.find(kMark); at != std::string::npos; at = body.find(kMark, at + 1)) {
      seqs.push_back(std::stoull(body.substr(at + kMark.size())));
    }
    return seqs;
  }

  std::map<std::uint64_t, int> poison;  // seq -> the status it causes
  std::function<std::optional<HttpResult<HttpResponse>>(const HttpRequest&)> before;
  std::vector<std::uint64_t> log;
  std::set<std::uint64_t> known;
  int posts = 0;
};

class UploaderTest : public testing::Test {
 protected:
  UploaderTest() {
    const spool::Identity identity{base::value_or_die(contract::TrackId::parse("hill", "t")),
                                   base::value_or_die(contract::ClientId::parse("laptop", "c")),
                                   base::value_or_die(contract::BootId::parse("BOOT1", "b"))};
    spool_ = base::value_or_die(spool::Spool::open((folder_ / "spool.db").string(), identity, clock_));
    restart({});
  }
  void restart(UploadOptions options) {
    options.central = "http://central:8080/";
    options.client = base::value_or_die(contract::ClientId::parse("laptop", "c"));
    uploader_ = std::make_unique<Uploader>(*spool_, transport_, clock_, ulids_, options);
  }
  void capture(std::size_t count) {
    std::vector<contract::Envelope> envelopes(count);
    for (auto& envelope : envelopes) {
      envelope.event_id = ulids_.next();
      envelope.captured_at_us = kNow;
      envelope.message_type = "PASSING";
      envelope.payload = R"({"message_type":"PASSING"})";
    }
    base::value_or_die(spool_->append(envelopes));
  }
  NextStep step() { return uploader_->step({}); }
  std::uint64_t pending() { return base::value_or_die(spool_->stats()).pending; }
  std::uint64_t quarantined() { return base::value_or_die(spool_->stats()).quarantined; }
  UploadStatus status() { return uploader_->status(); }
  // A failure that must not touch the queue: the same bytes go out again and are accepted.
  void expect_same_batch_again(std::size_t events) {
    EXPECT_EQ(pending(), events);
    EXPECT_EQ(quarantined(), 0U);
    transport_.say(accepted(events));
    EXPECT_EQ(step(), kAgain);
    EXPECT_EQ(transport_.requests.back().body, transport_.requests.front().body);
    EXPECT_EQ(pending(), 0U);
    EXPECT_EQ(status().consecutive_failures, 0U);
    EXPECT_EQ(status().last_error, "");
  }

  base::ManualClock clock_{kNow};
  contract::UlidMaker ulids_{clock_, 1};
  const base::TestFolder own_;
  const std::filesystem::path& folder_ = own_.path();
  std::unique_ptr<spool::Spool> spool_;
  ScriptedTransport transport_;
  std::unique_ptr<Uploader> uploader_;
};

}  // namespace holeshot::upload
