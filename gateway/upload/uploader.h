// Uploader: takes the oldest batch from the spool, posts it, does what the contract's status table says
// (docs/contract.md, section 2), and again. It has no terminal state: whatever central or the network do, it goes
// on trying, and nothing leaves the spool's queue before central has said that it is durable there.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/backoff.h"
#include "common/base/clock.h"
#include "common/contract/batch.h"
#include "common/contract/problem.h"
#include "common/contract/signature.h"
#include "common/contract/ulid.h"
#include "gateway/spool/spool.h"
#include "gateway/upload/central_clock.h"
#include "gateway/upload/culprit_hunt.h"
#include "gateway/upload/drain_limit.h"
#include "gateway/upload/failure_log.h"
#include "gateway/upload/http_transport.h"
#include "gateway/upload/signer.h"
#include "gateway/upload/upload_status.h"

namespace holeshot::upload {

struct UploadOptions {
  std::string central;  // base URL: http://central:8080
  contract::ClientId client;
  std::shared_ptr<const contract::SigningKey> key = {};  // empty: nothing is signed
  // Half of the contract's limit: large enough that the round trip does not matter, small enough for a hotspot.
  std::size_t batch_events = 500;
  std::size_t batch_bytes = contract::kMaxBatchBytes;
  std::chrono::microseconds backoff_first{500'000};
  std::chrono::microseconds backoff_cap{30'000'000};
  // Between tries where only a person can help (403, a second 401, a wrong URL).
  std::chrono::microseconds alarm_pause{30'000'000};
  // Of backlog, as it goes over the line; 0: no limit. A megabit: a fifth of a poor phone's uplink, and still some
  // 1,500 records a second, ten times what a race makes. What is live never waits (drain_limit.h).
  std::uint64_t drain_bytes_per_s = 131'072;
  std::uint64_t seed = 1;  // of the jitter
  // Told after each acknowledgement is durable: central has every row up to this id, but for those that it refused. On
  // run()'s thread; quick.
  std::function<void(std::uint64_t up_to, std::span<const spool::Rejected> refused)> acknowledged = {};
};

// What run() does after a step.
struct NextStep {
  enum class Kind : std::uint8_t { kAgain, kWaitForData, kPause };
  Kind kind = Kind::kAgain;
  std::chrono::microseconds pause{0};
  bool operator==(const NextStep&) const = default;
};

// run() and step() belong to one thread; the others may be called from any. All references outlive it.
class Uploader {
 public:
  Uploader(spool::Spool& spool, HttpTransport& transport, const base::Clock& clock,
           contract::UlidMaker& ulids, UploadOptions options);

  // Until `stop` asks; a request that is under way is abandoned then, which is harmless: it stays in the queue.
  void run(const std::stop_token& stop);
  // One try. Never waits but for the transport.
  [[nodiscard]] NextStep step(const std::stop_token& stop);
  // Try now, on a new connection: a person wants it, or the network is back. Ends a pause of run(), or skips its next.
  void flush();
  [[nodiscard]] UploadStatus status() const;
  // For who else talks with central, and is told its time. Lives as long as the uploader.
  [[nodiscard]] CentralClock& central_clock() { return central_clock_; }

 private:
  // A batch stays the same, byte for byte, until it is settled or taken apart: a retry must be a duplicate.
  struct Outgoing {
    std::vector<std::uint64_t> ids;
    contract::TrackId track;
    std::string body;
    std::string txn;
  };
  [[nodiscard]] Outgoing make_batch(const contract::TrackId& track,
                                    std::span<const spool::SpooledEnvelope> rows);
  [[nodiscard]] std::size_t batch_room() const;
  base::Result<bool> prepare();
  [[nodiscard]] HttpResult<HttpResponse> post(const Outgoing& out, const std::stop_token& stop);
  NextStep handle(const HttpResponse& response);
  NextStep accept(const HttpResponse& response);
  NextStep settle(const contract::BatchReply& reply);
  NextStep halve(const HttpResponse& response);
  NextStep dead_letter(const contract::Problem& problem);
  NextStep new_transaction(const HttpResponse& response);
  NextStep fix_clock(const HttpResponse& response);
  NextStep wait_as_told(const HttpResponse& response);
  NextStep server_error(const HttpResponse& response);
  NextStep probe(const std::stop_token& stop);
  NextStep set_aside(const HttpResponse& response);
  NextStep unanswered(const HttpFailure& failure);
  NextStep not_taken(const HttpResponse& response);
  NextStep own_trouble(const std::string& what, const base::Error& error);
  NextStep back_off(const Diagnosis& why);
  NextStep alarm(Diagnosis why);
  [[nodiscard]] base::Status acknowledge(std::span<const spool::Rejected> refused);
  void take_apart();
  void fail(const Diagnosis& why);
  void succeed();
  void pause(std::chrono::microseconds length, const std::stop_token& stop);

  spool::Spool& spool_;
  HttpTransport& transport_;
  const base::Clock& clock_;
  contract::UlidMaker& ulids_;
  const UploadOptions options_;
  const std::string url_;
  const std::size_t full_;  // events in a batch, at most
  CentralClock central_clock_;
  const Signer signer_;
  base::Backoff backoff_;
  std::mt19937_64 jitter_;
  FailureLog log_;
  DrainLimit drain_;
  CulpritHunt hunt_;

  std::optional<Outgoing> out_;
  std::size_t limit_;  // events in the next batch; halved to find a culprit, doubled with every success
  bool probe_next_ = false;
  bool clock_fixed_ = false;
  bool transaction_renewed_ = false;
  std::uint64_t sent_at_us_ = 0;  // mono

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable_any flushed_;
  bool flush_ = false;  // end the pause, or skip the next
  bool fresh_ = false;  // the next request on a new connection
  UploadStatus status_;
  std::uint64_t tried_mono_us_ = 0;
  std::uint64_t acked_mono_us_ = 0;
};

}  // namespace holeshot::upload
