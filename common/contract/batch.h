// POST /api/ingest/batch: the frame around envelopes, the reply, and what the gateway does for every status
// (docs/contract.md, section 2).
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/contract/ids.h"

namespace holeshot::contract {

inline constexpr std::string_view kBatchPath = "/api/ingest/batch";
// Limits of the contract, after decompression; both sides may be set lower.
inline constexpr std::size_t kMaxBatchEvents = 1000;
inline constexpr std::size_t kMaxBatchBytes = 1U << 20;

// {"contract_version":..,"events":[..],"track_id":..} in canonical form. `envelopes` are envelope texts.
[[nodiscard]] std::string batch_body(const TrackId& track, std::span<const std::string_view> envelopes);
// Bytes that batch_body adds around the envelopes and between each two.
[[nodiscard]] std::size_t batch_overhead(const TrackId& track, std::size_t events);

struct Rejection {
  std::size_t index = 0;  // into the batch's events
  std::string key;        // idempotency key, where it could be read
  std::string code;       // stable: conflict, wrong_track, bad_shape, ...
  std::string detail;
  bool operator==(const Rejection&) const = default;
};

struct BatchReply {
  std::uint64_t accepted = 0;
  std::uint64_t duplicates = 0;
  std::vector<Rejection> rejected;
  std::uint64_t server_time_us = 0;
  bool operator==(const BatchReply&) const = default;
};

[[nodiscard]] std::string reply_body(const BatchReply& reply);
// kInvalid where the text is not such a reply: a captive portal's page, for instance.
[[nodiscard]] base::Result<BatchReply> parse_reply(std::string_view json);

// What the gateway does next; the table of section 2, and nothing else decides it.
enum class BatchAction : std::uint8_t {
  kAccept,          // 200 with a reply of ours: acknowledge, quarantine what was rejected
  kHalve,           // 400, 413: halve the batch; a single culprit is dead-lettered
  kRetryBackoff,    // 5xx, time-out, reset, or an answer that is not ours: full jitter, same batch
  kRetryAfter,      // 429, 503: wait as told, plus jitter, same batch
  kNewTransaction,  // 409: new txn_id, at once
  kFixClock,        // 401: correct the clock offset and sign again, once; then like kAlarm
  kAlarm,           // 403, and what no row names: keep spooling, say so, retry slowly
};
[[nodiscard]] BatchAction action_for(int http_status);
[[nodiscard]] std::string_view to_string(BatchAction action);

// Retry-After in seconds (RFC 9110, 10.2.3), capped; `fallback` where absent or unreadable. Dates are not
// used by central.
[[nodiscard]] std::chrono::seconds retry_after(std::string_view header, std::chrono::seconds fallback);

}  // namespace holeshot::contract
