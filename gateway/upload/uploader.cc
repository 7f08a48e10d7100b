#include "gateway/upload/uploader.h"

#include <algorithm>
#include <set>
#include <utility>

#include "common/base/log.h"
#include "gateway/upload/diagnosis.h"

namespace holeshot::upload {

using base::Code;
using contract::BatchAction;

namespace {

// Without a Retry-After, 429 and 503 wait this long.
constexpr std::chrono::seconds kRetryAfterFallback{5};
// What is told to wait waits up to a quarter longer, so that gateways told together do not come back together.
constexpr int kJitterPart = 4;
// The wait for new data has an end only so that a lost wake-up could never be for ever.
constexpr std::chrono::minutes kLongestSleep{10};
constexpr std::size_t kLongestTrackId = 64;
// Not the envelope's fault, whatever the batch holds.
constexpr std::string_view kUnsupportedContract = "unsupported_contract";

std::string without_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

// Empty where the reply speaks about exactly this batch; else why not.
std::string mismatch(const contract::BatchReply& reply, std::size_t sent) {
  std::set<std::size_t> indices;
  for (const auto& rejection : reply.rejected) indices.insert(rejection.index);
  if (indices.size() != reply.rejected.size()) return "it rejects one event twice";
  if (!indices.empty() && *indices.rbegin() >= sent) return "it rejects an event that was not sent";
  // Each number is checked apart, so that no sum can wrap.
  if (reply.accepted > sent || reply.duplicates > sent ||
      reply.accepted + reply.duplicates + reply.rejected.size() != sent) {
    return "its numbers do not add up to the " + std::to_string(sent) + " events sent";
  }
  return {};
}

}  // namespace

Uploader::Uploader(spool::Spool& spool, HttpTransport& transport, const base::Clock& clock,
                   contract::UlidMaker& ulids, UploadOptions options)
    : spool_(spool),
      transport_(transport),
      clock_(clock),
      ulids_(ulids),
      options_(std::move(options)),
      url_(without_slash(options_.central) + std::string{contract::kBatchPath}),
      full_(std::clamp<std::size_t>(options_.batch_events, 1, contract::kMaxBatchEvents)),
      central_clock_(clock),
      signer_(options_.client, options_.key, central_clock_),
      backoff_(options_.backoff_first, options_.backoff_cap, options_.seed),
      jitter_(options_.seed),
      log_(clock),
      drain_(options_.drain_bytes_per_s, spool.last_id()),
      limit_(full_) {}

void Uploader::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const std::uint64_t seen = spool_.last_id();
    const NextStep next = step(stop);
    if (next.kind == NextStep::Kind::kWaitForData) spool_.wait_for_new(seen, stop, kLongestSleep);
    if (next.kind == NextStep::Kind::kPause) pause(next.pause, stop);
  }
}

void Uploader::pause(std::chrono::microseconds length, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (!flushed_.wait_for(lock, stop, length, [&] { return flush_; })) return;
  flush_ = false;
  backoff_.reset();
  drain_.forgive();
}

void Uploader::flush() {
  {
    const std::scoped_lock lock(mutex_);
    flush_ = true;
    fresh_ = true;
  }
  flushed_.notify_all();
}

NextStep Uploader::step(const std::stop_token& stop) {
  drain_.note(clock_.mono_us(), spool_.last_id());
  if (!out_) {
    const auto prepared = prepare();
    if (!prepared) return own_trouble("read the next batch", prepared.error());
    if (!*prepared) return {.kind = NextStep::Kind::kWaitForData};
  }
  if (std::exchange(probe_next_, false)) return probe(stop);
  const std::uint64_t first = out_->ids.front();
  if (const auto wait = drain_.wait(clock_.mono_us(), first); wait.count() > 0) {
    return {.kind = NextStep::Kind::kPause, .pause = wait};
  }
  const auto response = post(*out_, stop);
  if (!response) return unanswered(response.error());
  drain_.sent(clock_.mono_us(), first, response->sent_bytes);
  return handle(*response);
}

std::size_t Uploader::batch_room() const {
  return options_.batch_bytes -
         std::min(options_.batch_bytes, contract::batch_overhead({}, 0) + kLongestTrackId);
}

base::Result<bool> Uploader::prepare() {
  HOLESHOT_ASSIGN(const spool::Batch batch, spool_.next_batch(limit_, batch_room()));
  const std::scoped_lock lock(mutex_);
  if (batch.rows.empty()) {
    if (status_.consecutive_failures == 0) status_.state = UploadState::kIdle;
    return false;
  }
  if (status_.consecutive_failures == 0) status_.state = UploadState::kSending;
  out_ = make_batch(batch.track, batch.rows);
  return true;
}

Uploader::Outgoing Uploader::make_batch(const contract::TrackId& track,
                                        std::span<const spool::SpooledEnvelope> rows) {
  Outgoing out{.ids = {}, .track = track, .body = {}, .txn = ulids_.next()};
  std::vector<std::string_view> bodies;
  for (const auto& row : rows) {
    out.ids.push_back(row.id);
    bodies.emplace_back(row.body);
  }
  out.body = contract::batch_body(track, bodies);
  return out;
}

HttpResult<HttpResponse> Uploader::post(const Outgoing& out, const std::stop_token& stop) {
  sent_at_us_ = clock_.mono_us();
  bool fresh = false;
  {
    const std::scoped_lock lock(mutex_);
    fresh = std::exchange(fresh_, false);
    status_.last_try_us = clock_.wall_us();
    tried_mono_us_ = sent_at_us_;
  }
  auto response =
      transport_.post({.url = url_,
                       .headers = signer_.headers(contract::kSignedBatch, out.track, out.txn, out.body),
                       .body = out.body,
                       .fresh_connection = fresh},
                      stop);
  if (response && response->status != 200) {
    if (const auto problem = contract::parse_problem(response->body)) {
      central_clock_.learn(sent_at_us_, problem->server_time_us);
    }
  }
  return response;
}

NextStep Uploader::handle(const HttpResponse& response) {
  const BatchAction action = contract::action_for(response.status);
  if (action != BatchAction::kRetryBackoff) hunt_.forget();
  switch (action) {
    case BatchAction::kAccept:
      return accept(response);
    case BatchAction::kHalve:
      return halve(response);
    case BatchAction::kRetryBackoff:
      return server_error(response);
    case BatchAction::kRetryAfter:
      return wait_as_told(response);
    case BatchAction::kNewTransaction:
      return new_transaction(response);
    case BatchAction::kFixClock:
      return fix_clock(response);
    case BatchAction::kAlarm:
      break;
  }
  return not_taken(response);
}

NextStep Uploader::accept(const HttpResponse& response) {
  const auto reply = contract::parse_reply(response.body);
  if (!reply) return not_taken(response);
  if (const std::string wrong = mismatch(*reply, out_->ids.size()); !wrong.empty()) {
    return back_off({.reason = Reason::kNotOurs,
                     .sentence = "central's answer is not about this batch: " + wrong,
                     .action = "check that gateway and central are of versions that know each other",
                     .alarm = true});
  }
  central_clock_.learn(sent_at_us_, reply->server_time_us);
  return settle(*reply);
}

NextStep Uploader::settle(const contract::BatchReply& reply) {
  std::vector<spool::Rejected> rejected;
  for (const auto& rejection : reply.rejected) {
    rejected.push_back({out_->ids[rejection.index], rejection.code, rejection.detail});
    base::log_warn(
        "upload", "central rejected an envelope for good; it is kept in the quarantine",
        {{"id", out_->ids[rejection.index]}, {"code", rejection.code}, {"detail", rejection.detail}});
  }
  // Where that fails, posting it again is harmless: central calls it duplicates.
  const auto done = acknowledge(rejected);
  if (!done) return own_trouble("note the acknowledgement", done.error());
  succeed();
  const std::scoped_lock lock(mutex_);
  status_.acknowledged += reply.accepted + reply.duplicates;
  status_.duplicates += reply.duplicates;
  status_.rejected += rejected.size();
  return {};
}

base::Status Uploader::acknowledge(std::span<const spool::Rejected> refused) {
  HOLESHOT_TRY(spool_.acknowledge(out_->ids.back(), refused));
  if (options_.acknowledged) options_.acknowledged(out_->ids.back(), refused);
  return {};
}

void Uploader::take_apart() {
  limit_ = out_->ids.size() / 2;
  out_.reset();
}

NextStep Uploader::halve(const HttpResponse& response) {
  if (out_->ids.size() > 1) {
    take_apart();
    return {};
  }
  // A proxy's own 400 or 413 says nothing about the envelope, and neither does a central of another contract.
  const auto problem = contract::parse_problem(response.body);
  if (!problem || problem->code == kUnsupportedContract) return not_taken(response);
  return dead_letter(*problem);
}

NextStep Uploader::dead_letter(const contract::Problem& problem) {
  const std::vector<spool::Rejected> rejected{{out_->ids.back(), problem.code, problem.detail}};
  const auto done = acknowledge(rejected);
  if (!done) return own_trouble("move an envelope to the quarantine", done.error());
  base::log_warn("upload", "central can never take this envelope; it is kept in the quarantine",
                 {{"id", rejected.front().id}, {"code", problem.code}, {"detail", problem.detail}});
  succeed();
  const std::scoped_lock lock(mutex_);
  ++status_.rejected;
  return {};
}

NextStep Uploader::new_transaction(const HttpResponse& response) {
  out_->txn = ulids_.next();
  // Once is what the table says; a central that answers so for ever is not asked without pause.
  if (!std::exchange(transaction_renewed_, true)) return {};
  return back_off(diagnose(response, options_.central));
}

NextStep Uploader::fix_clock(const HttpResponse& response) {
  const auto problem = contract::parse_problem(response.body);
  if (!clock_fixed_ && problem && problem->server_time_us != 0) {
    clock_fixed_ = true;
    out_->txn = ulids_.next();  // post() has learnt the time
    return {};
  }
  return not_taken(response);
}

NextStep Uploader::wait_as_told(const HttpResponse& response) {
  const std::chrono::microseconds told = contract::retry_after(response.retry_after, kRetryAfterFallback);
  fail(diagnose(response, options_.central));
  std::uniform_int_distribution<std::int64_t> extra(
      0, std::max<std::int64_t>(1'000'000, told.count()) / kJitterPart);
  return {.kind = NextStep::Kind::kPause, .pause = told + std::chrono::microseconds{extra(jitter_)}};
}

NextStep Uploader::unanswered(const HttpFailure& failure) {
  if (failure.code == Code::kClosed) return {};  // run() sees the stop
  // A line so slow that a batch never gets through in time may let a smaller one through.
  if (failure.reason == Reason::kTimeout && out_->ids.size() > 1) take_apart();
  return back_off(diagnose(failure, clock_.wall_us()));
}

// An answer that leaves the batch where it is until somebody has done something.
NextStep Uploader::not_taken(const HttpResponse& response) {
  Diagnosis why = diagnose(response, options_.central);
  // A login page goes away with the login, and any answer of the network's own with the network.
  const bool passes = why.reason == Reason::kPortal || response.status == 200;
  return passes ? back_off(why) : alarm(std::move(why));
}

NextStep Uploader::own_trouble(const std::string& what, const base::Error& error) {
  return back_off({.reason = Reason::kSpool,
                   .sentence = what + ": " + error.message,
                   .action = error.hint,
                   .alarm = true});
}

NextStep Uploader::back_off(const Diagnosis& why) {
  fail(why);
  return {.kind = NextStep::Kind::kPause, .pause = backoff_.next()};
}

NextStep Uploader::alarm(Diagnosis why) {
  why.alarm = true;
  fail(why);
  return {.kind = NextStep::Kind::kPause, .pause = options_.alarm_pause};
}

void Uploader::fail(const Diagnosis& why) {
  log_.failed(why.action.empty() ? why.sentence : why.sentence + ": " + why.action);
  const std::scoped_lock lock(mutex_);
  status_.state = why.alarm ? UploadState::kAlarm : UploadState::kRetrying;
  status_.reason = why.reason;
  status_.last_error = why.sentence;
  status_.action = why.action;
  ++status_.consecutive_failures;
}

void Uploader::succeed() {
  out_.reset();
  backoff_.reset();
  clock_fixed_ = false;
  transaction_renewed_ = false;
  limit_ = std::min(full_, limit_ * 2);
  hunt_.passed(limit_ == full_);
  const bool recovered = log_.succeeded();
  const std::scoped_lock lock(mutex_);
  if (status_.last_ack_us == 0 && !recovered)
    base::log_info("upload", "central takes data", {{"central", options_.central}});
  status_.last_ack_us = clock_.wall_us();
  acked_mono_us_ = clock_.mono_us();
  status_.consecutive_failures = 0;
  status_.reason = Reason::kOk;
  status_.last_error.clear();
  status_.action.clear();
  status_.state = UploadState::kSending;
}

UploadStatus Uploader::status() const {
  const std::scoped_lock lock(mutex_);
  UploadStatus shown = status_;
  const std::uint64_t now = clock_.mono_us();
  if (shown.last_try_us != 0) shown.try_age_us = now - tried_mono_us_;
  if (shown.last_ack_us != 0) shown.ack_age_us = now - acked_mono_us_;
  shown.clock_offset_us = central_clock_.offset_us();
  if (shown.clock_offset_us) shown.clock_sentence = clock_sentence(*shown.clock_offset_us);
  return shown;
}

}  // namespace holeshot::upload
