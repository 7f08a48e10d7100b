// Uploader: takes the oldest batch from the spool, posts it, does what the contract's status table says
// (docs/contract.md, section 2), and again. It has no terminal state: whatever central or the network do, it goes
// on trying, and nothing leaves the spool's queue before central has said that it is durable there.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <random>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/backoff.h"
#include "common/base/clock.h"
#include "common/contract/batch.h"
#include "common/contract/problem.h"
#include "common/contract/ulid.h"
#include "gateway/spool/spool.h"
#include "gateway/upload/failure_log.h"
#include "gateway/upload/http_transport.h"

namespace holeshot::upload {

struct UploadOptions {
  std::string central;  // base URL: http://central:8080
  contract::ClientId client;
  // Half of the contract's limit: large enough that the round trip does not matter, small enough for a hotspot.
  std::size_t batch_events = 500;
  std::size_t batch_bytes = contract::kMaxBatchBytes;
  std::chrono::microseconds backoff_first{500'000};
  std::chrono::microseconds backoff_cap{30'000'000};
  // Between tries where only a person can help (403, a second 401, a wrong URL).
  std::chrono::microseconds alarm_pause{30'000'000};
  std::uint64_t seed = 1;  // of the jitter
};

enum class UploadState : std::uint8_t {
  kStarting,  // nothing was tried yet
  kIdle,      // central has everything
  kSending,   // there is something to send, and it goes
  kRetrying,  // the last try failed; waiting for the next
  kAlarm,     // likewise, and a person has to look
};
[[nodiscard]] std::string_view to_string(UploadState state);

struct UploadStatus {
  UploadState state = UploadState::kStarting;
  std::uint64_t last_ack_us = 0;  // wall clock; 0: never
  std::uint64_t consecutive_failures = 0;
  std::string last_error;  // one sentence; empty while all is well
  std::uint64_t acknowledged = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t rejected = 0;
  std::optional<std::int64_t> clock_offset_us;  // central's clock less ours, where it is known
};

// What run() does after a step.
struct NextStep {
  enum class Kind : std::uint8_t { kAgain, kWaitForData, kPause };
  Kind kind = Kind::kAgain;
  std::chrono::microseconds pause{0};
  bool operator==(const NextStep&) const = default;
};

// run() and step() belong to one thread; status() may be called from any. All references outlive it.
class Uploader {
 public:
  Uploader(spool::Spool& spool, HttpTransport& transport, const base::Clock& clock,
           contract::UlidMaker& ulids, UploadOptions options);

  // Until `stop` asks; a request that is under way is abandoned then, which is harmless: it stays in the queue.
  void run(const std::stop_token& stop);
  // One try. Never waits but for the transport.
  [[nodiscard]] NextStep step(const std::stop_token& stop);
  [[nodiscard]] UploadStatus status() const;

 private:
  // A batch stays the same, byte for byte, until it is settled: a retry must be a duplicate and not a conflict.
  struct Outgoing {
    std::vector<std::uint64_t> ids;
    std::string body;
    std::string txn;
  };
  base::Result<bool> prepare();
  [[nodiscard]] HttpRequest request() const;
  NextStep handle(const HttpResponse& response);
  NextStep accept(const HttpResponse& response);
  NextStep settle(const contract::BatchReply& reply);
  NextStep halve(const HttpResponse& response);
  NextStep dead_letter(const contract::Problem& problem);
  NextStep new_transaction(const HttpResponse& response);
  NextStep fix_clock(const HttpResponse& response);
  NextStep wait_as_told(const HttpResponse& response);
  NextStep back_off(const std::string& why, UploadState state = UploadState::kRetrying);
  NextStep alarm(const std::string& why);
  void fail(const std::string& why, UploadState state);
  void succeed();
  void learn_offset(std::uint64_t server_time_us);

  spool::Spool& spool_;
  HttpTransport& transport_;
  const base::Clock& clock_;
  contract::UlidMaker& ulids_;
  const UploadOptions options_;
  const std::string url_;
  base::Backoff backoff_;
  std::mt19937_64 jitter_;
  FailureLog log_;

  std::optional<Outgoing> out_;
  std::size_t limit_;  // events in the next batch; halved to find a culprit, doubled with every success
  bool clock_fixed_ = false;
  bool transaction_renewed_ = false;
  std::uint64_t posted_at_us_ = 0;

  mutable std::mutex mutex_;  // guards status_
  UploadStatus status_;
};

}  // namespace holeshot::upload
