// Authenticator: is this request from a gateway whose key counts for this track, now, and for the first time? One for
// all ways into ingest. Thread-safe.
//
//   auto verdict = authenticator.check(request);
//   if (verdict.problem) return it;  if (verdict.again) return the first answer;
//   ... authenticator.answered(request, status, body);
//
// A txn_id is remembered for the window, in memory: after a restart of central an old request may be sent once more,
// which changes nothing, for the log knows every event (a heartbeat only says how things are).
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "central/auth/key_ring.h"
#include "common/base/clock.h"
#include "common/contract/ids.h"
#include "common/contract/problem.h"

namespace holeshot::auth {

// What came, all of it as text from the peer.
struct SignedRequest {
  std::string_view type;  // contract::kSignedBatch, ...
  const contract::TrackId& track;
  std::string_view kid, client, txn, ts, sig;  // the headers
  std::string_view body;
};

struct Answer {
  int status = 0;
  std::string body;
};

struct Verdict {
  std::optional<contract::Problem> problem;  // 401, 403, 409
  std::optional<Answer> again;               // this txn_id had this body before: what was said then
  std::string client;                        // who it is
  std::string remember;                      // for answered()
};

class Authenticator {
 public:
  // Answers that are kept for repetition, at most; the oldest goes. 15 minutes of 100 busy gateways.
  static constexpr std::size_t kMaxRemembered = 100'000;

  // Both outlive it.
  Authenticator(KeyRing& keys, const base::Clock& clock) : keys_(keys), clock_(clock) {}

  [[nodiscard]] Verdict check(const SignedRequest& request);
  // What was said to a request that check() let through. Only what is worth repeating: a success.
  void answered(const Verdict& verdict, const Answer& answer);

 private:
  struct Remembered {
    std::string payload_hash;
    std::uint64_t until_us = 0;  // monotonic
    Answer answer;
  };
  [[nodiscard]] contract::Problem unauthenticated(std::string code, std::string detail) const;
  [[nodiscard]] std::optional<contract::Problem> outside_window(std::uint64_t ts_ms) const;
  void forget_old(std::uint64_t now_us);

  KeyRing& keys_;
  const base::Clock& clock_;
  std::mutex mutex_;                                     // guards what follows
  std::map<std::string, Remembered, std::less<>> seen_;  // by kid, client and txn
  std::deque<std::pair<std::uint64_t, std::string>> order_;
};

}  // namespace holeshot::auth
