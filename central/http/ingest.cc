#include "central/http/ingest.h"

#include <utility>

#include "central/http/signed_ingest.h"
#include "common/base/json_text.h"
#include "common/base/log.h"
#include "common/contract/envelope.h"
#include "common/contract/signature.h"
#include "common/contract/subjects.h"

namespace holeshot::http {

using contract::Problem;

namespace {

// Waits that a gateway adds its jitter to: a full disk needs a person, a busy log a moment.
constexpr const char* kRetryAfterFull = "30";
constexpr const char* kRetryAfterBusy = "1";
constexpr const char* kRetryAfterClosed = "10";
constexpr std::size_t kUlidLength = 26;

const std::vector<double> kEventBounds{1, 5, 10, 50, 100, 250, 500, 1000};
const std::vector<double> kSecondBounds{0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.2, 1, 5};

contract::ClientId dlq_client() { return contract::ClientId::parse("dlq", "client").value(); }

}  // namespace

Ingest::Ingest(log::EventLog& log, const base::Clock& clock, base::Metrics& metrics, IngestLimits limits,
               auth::Authenticator* authenticator)
    : log_(log),
      clock_(clock),
      metrics_(metrics),
      limits_(limits),
      authenticator_(authenticator),
      accepted_(metrics.counter("holeshot_ingest_accepted_total", "Events that were new and are in the log")),
      duplicates_(metrics.counter("holeshot_ingest_duplicates_total", "Events that were in the log already")),
      batch_events_(metrics.histogram("holeshot_ingest_batch_events", "Events per batch", kEventBounds)),
      append_seconds_(metrics.histogram("holeshot_ingest_append_seconds",
                                        "From a parsed batch to everything on disk", kSecondBounds)) {}

void Ingest::add_routes(Router& router) {
  router.add("POST", std::string{contract::kBatchPath},
             [this](const Request& request) { return handle(request); });
}

Response Ingest::handle(const Request& request) {
  auto batch = parse_batch(request.body, limits_);
  if (!batch) return refuse(batch.error());
  return if_signed(authenticator_, contract::kSignedBatch, batch->track, request,
                   [&] { return take(*batch); });
}

Response Ingest::take(ParsedBatch& batch) {
  const std::uint64_t started_us = clock_.mono_us();
  const std::size_t events = batch.good.size() + batch.bad.size();
  auto outcome = append(batch);
  if (!outcome) return unavailable(outcome.error());
  // Only now is it known which events were in conflict; they are kept before the answer too.
  if (auto status = append_dead(batch.track, outcome->conflicts); !status) return unavailable(status.error());
  count(outcome->reply, events, started_us);
  outcome->reply.server_time_us = clock_.wall_us();
  return Response::json(200, contract::reply_body(outcome->reply));
}

base::Result<Ingest::Outcome> Ingest::append(ParsedBatch& batch) {
  std::vector<log::NewEvent> events;
  events.reserve(batch.good.size() + batch.bad.size());
  for (auto& good : batch.good) events.push_back(std::move(good.event));
  Outcome outcome;
  for (const BadEvent& bad : batch.bad) {
    outcome.reply.rejected.push_back(bad.rejection);
    auto letter = dead_letter(batch.track, bad);
    if (!is_kept(letter)) events.push_back(std::move(letter));
  }
  HOLESHOT_ASSIGN(const std::vector<log::Appended> verdicts, log_.append(events));
  for (std::size_t i = 0; i < batch.good.size(); ++i) {
    log::NewEvent& event = events[i];
    if (verdicts[i].verdict == log::Verdict::kAppended) ++outcome.reply.accepted;
    if (verdicts[i].verdict == log::Verdict::kDuplicate) ++outcome.reply.duplicates;
    if (verdicts[i].verdict != log::Verdict::kConflict) continue;
    contract::Rejection rejection{
        batch.good[i].index, contract::idempotency_key(batch.track, event.client, event.boot, event.seq),
        "conflict", "an event with this key and other content is in the log; both are kept"};
    outcome.reply.rejected.push_back(rejection);
    outcome.conflicts.push_back({std::move(rejection), event.client.str(), std::move(event.body)});
  }
  return outcome;
}

base::Status Ingest::append_dead(const contract::TrackId& track, std::span<const BadEvent> bad) {
  std::vector<log::NewEvent> letters;
  for (const BadEvent& one : bad) {
    auto letter = dead_letter(track, one);
    if (!is_kept(letter)) letters.push_back(std::move(letter));
  }
  if (letters.empty()) return {};
  HOLESHOT_TRY(log_.append(letters));
  return {};
}

log::NewEvent Ingest::dead_letter(const contract::TrackId& track, const BadEvent& bad) const {
  std::string body;
  base::JsonWriter w(body);
  w.open_object();
  if (!bad.client_id.empty()) w.field("client_id", bad.client_id);
  w.field("code", bad.rejection.code);
  w.field("detail", bad.rejection.detail);
  if (!bad.rejection.key.empty()) w.field("key", bad.rejection.key);
  w.field("original", bad.original);
  w.field("reason", bad.rejection.code == "conflict" ? "conflict" : "rejected");
  w.field("received_at_us", clock_.wall_us());
  w.field("track_id", track.str());
  w.close_object();
  const std::string digest =
      contract::sha256_hex(track.str() + "\n" + bad.rejection.code + "\n" + bad.original);
  return {contract::dlq_subject(kDlqSource), dlq_client(),
          contract::BootId::parse(digest.substr(0, kUlidLength), "digest").value(), 1, std::move(body)};
}

bool Ingest::is_kept(const log::NewEvent& letter) const {
  // Asked first because the time of receipt in the body would make each repetition look like a conflict.
  return log_.high_water(letter.subject, letter.client, letter.boot) > 0;
}

Response Ingest::refuse(const Problem& problem) {
  metrics_
      .counter("holeshot_ingest_refused_total", "Batches refused as a whole, by code",
               {{"code", problem.code}})
      .add();
  return Response::problem(problem);
}

Response Ingest::unavailable(const base::Error& error) {
  base::log_error("ingest", "the log cannot append; the batch is refused", {{"cause", error.text()}});
  const bool full = error.code == base::Code::kFull;
  const bool retry = error.code == base::Code::kRetry;
  Response response = refuse({503,
                              full    ? "storage_full"
                              : retry ? "storage_busy"
                                      : "storage_closed",
                              "Storage cannot append now",
                              error.text(),
                              {}});
  response.headers["Retry-After"] = full ? kRetryAfterFull : retry ? kRetryAfterBusy : kRetryAfterClosed;
  return response;
}

void Ingest::count(const contract::BatchReply& reply, std::size_t events, std::uint64_t started_us) {
  accepted_.add(static_cast<double>(reply.accepted));
  duplicates_.add(static_cast<double>(reply.duplicates));
  for (const auto& rejection : reply.rejected) {
    metrics_
        .counter("holeshot_ingest_rejected_total", "Events refused for good, by code",
                 {{"code", rejection.code}})
        .add();
  }
  batch_events_.observe(static_cast<double>(events));
  append_seconds_.observe(static_cast<double>(clock_.mono_us() - started_us) / 1e6);
}

}  // namespace holeshot::http
