// Ingest: POST /api/ingest/batch (docs/contract.md, section 2). With an Authenticator it takes signed batches only.
//
// A 200 is written only after every accepted event, and every dead letter for a refused one, is on disk in
// the log. One bad event never holds back its neighbours. A retried batch changes nothing: its events are
// duplicates, its dead letters have keys made of what they hold.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "central/auth/authenticator.h"
#include "central/http/ingest_batch.h"
#include "central/http/router.h"
#include "central/log/event_log.h"
#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "common/base/result.h"
#include "common/contract/batch.h"

namespace holeshot::http {

// The source of dead letters: timing.dlq.v1.ingest.
inline constexpr std::string_view kDlqSource = "ingest";

// Thread-safe. Log, clock, metrics and authenticator (nullptr: none) outlive it.
class Ingest {
 public:
  Ingest(log::EventLog& log, const base::Clock& clock, base::Metrics& metrics, IngestLimits limits = {},
         auth::Authenticator* authenticator = nullptr);

  // Adds the route. The ingest outlives the router.
  void add_routes(Router& router);

  [[nodiscard]] Response handle(const Request& request);

 private:
  // What became of a batch once the log has it.
  struct Outcome {
    contract::BatchReply reply;
    std::vector<BadEvent> conflicts;
  };

  [[nodiscard]] Response take(ParsedBatch& batch);
  [[nodiscard]] base::Result<Outcome> append(ParsedBatch& batch);
  [[nodiscard]] base::Status append_dead(const contract::TrackId& track, std::span<const BadEvent> bad);
  [[nodiscard]] log::NewEvent dead_letter(const contract::TrackId& track, const BadEvent& bad) const;
  [[nodiscard]] bool is_kept(const log::NewEvent& letter) const;
  [[nodiscard]] Response refuse(const contract::Problem& problem);
  [[nodiscard]] Response unavailable(const base::Error& error);
  void count(const contract::BatchReply& reply, std::size_t events, std::uint64_t started_us);

  log::EventLog& log_;
  const base::Clock& clock_;
  base::Metrics& metrics_;
  const IngestLimits limits_;
  auth::Authenticator* const authenticator_;
  base::Counter accepted_;
  base::Counter duplicates_;
  base::Histogram batch_events_;
  base::Histogram append_seconds_;
};

}  // namespace holeshot::http
