#include "gateway/upload/uploader.h"

#include <algorithm>
#include <condition_variable>
#include <set>
#include <utility>

#include "common/base/log.h"
#include "common/base/strong.h"

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

// "central answered 503: the disk is full"
std::string sentence(const HttpResponse& response) {
  std::string text = "central answered " + std::to_string(response.status);
  if (const auto problem = contract::parse_problem(response.body)) {
    const std::string& detail = problem->detail.empty() ? problem->title : problem->detail;
    text += ": " + (detail.empty() ? problem->code : detail);
  }
  return text;
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

void sleep_for(std::chrono::microseconds pause, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any nobody;
  std::unique_lock lock(mutex);
  nobody.wait_for(lock, stop, pause, [] { return false; });
}

}  // namespace

std::string_view to_string(UploadState state) {
  switch (state) {
    case UploadState::kStarting:
      return "starting";
    case UploadState::kIdle:
      return "idle";
    case UploadState::kSending:
      return "sending";
    case UploadState::kRetrying:
      return "retrying";
    case UploadState::kAlarm:
      return "alarm";
  }
  return "unknown";
}

Uploader::Uploader(spool::Spool& spool, HttpTransport& transport, const base::Clock& clock,
                   contract::UlidMaker& ulids, UploadOptions options)
    : spool_(spool),
      transport_(transport),
      clock_(clock),
      ulids_(ulids),
      options_(std::move(options)),
      url_(without_slash(options_.central) + std::string{contract::kBatchPath}),
      backoff_(options_.backoff_first, options_.backoff_cap, options_.seed),
      jitter_(options_.seed),
      log_(clock),
      limit_(std::clamp<std::size_t>(options_.batch_events, 1, contract::kMaxBatchEvents)) {}

void Uploader::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const std::uint64_t seen = spool_.last_id();
    const NextStep next = step(stop);
    if (next.kind == NextStep::Kind::kWaitForData) spool_.wait_for_new(seen, stop, kLongestSleep);
    if (next.kind == NextStep::Kind::kPause) sleep_for(next.pause, stop);
  }
}

NextStep Uploader::step(const std::stop_token& stop) {
  if (!out_) {
    const auto prepared = prepare();
    if (!prepared) return back_off("read the next batch: " + prepared.error().text(), UploadState::kAlarm);
    if (!*prepared) return {.kind = NextStep::Kind::kWaitForData};
  }
  posted_at_us_ = clock_.wall_us();
  const auto response = transport_.post(request(), stop);
  if (response) return handle(*response);
  if (response.error().code == Code::kClosed) return {};  // run() sees the stop
  return back_off(response.error().text(),
                  response.error().code == Code::kDenied ? UploadState::kAlarm : UploadState::kRetrying);
}

base::Result<bool> Uploader::prepare() {
  const std::size_t room = options_.batch_bytes -
                           std::min(options_.batch_bytes, contract::batch_overhead({}, 0) + kLongestTrackId);
  HOLESHOT_ASSIGN(const spool::Batch batch, spool_.next_batch(limit_, room));
  const std::scoped_lock lock(mutex_);
  if (batch.rows.empty()) {
    if (status_.consecutive_failures == 0) status_.state = UploadState::kIdle;
    return false;
  }
  if (status_.consecutive_failures == 0) status_.state = UploadState::kSending;
  std::vector<std::string_view> bodies;
  Outgoing& out = out_.emplace();
  for (const auto& row : batch.rows) {
    out.ids.push_back(row.id);
    bodies.emplace_back(row.body);
  }
  out.body = contract::batch_body(batch.track, bodies);
  out.txn = ulids_.next();
  return true;
}

HttpRequest Uploader::request() const {
  return {.url = url_,
          .headers = {{"X-Holeshot-Client", options_.client.str()}, {"X-Holeshot-Txn", out_->txn}},
          .body = out_->body};
}

NextStep Uploader::handle(const HttpResponse& response) {
  switch (contract::action_for(response.status)) {
    case BatchAction::kAccept:
      return accept(response);
    case BatchAction::kHalve:
      return halve(response);
    case BatchAction::kRetryBackoff:
      return back_off(sentence(response));
    case BatchAction::kRetryAfter:
      return wait_as_told(response);
    case BatchAction::kNewTransaction:
      return new_transaction(response);
    case BatchAction::kFixClock:
      return fix_clock(response);
    case BatchAction::kAlarm:
      return alarm(sentence(response));
  }
  return alarm(sentence(response));
}

NextStep Uploader::accept(const HttpResponse& response) {
  const auto reply = contract::parse_reply(response.body);
  if (!reply) {
    return back_off(
        "the answer is not central's: this network may want a login in the browser first, or the address "
        "of central is wrong",
        UploadState::kAlarm);
  }
  if (const std::string wrong = mismatch(*reply, out_->ids.size()); !wrong.empty()) {
    return back_off("central's answer is not about this batch: " + wrong, UploadState::kAlarm);
  }
  learn_offset(reply->server_time_us);
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
  if (const auto done = spool_.acknowledge(out_->ids.back(), rejected); !done) {
    // Posting it again is harmless: central calls it duplicates.
    return back_off("note the acknowledgement: " + done.error().text(), UploadState::kAlarm);
  }
  succeed();
  const std::scoped_lock lock(mutex_);
  status_.acknowledged += reply.accepted + reply.duplicates;
  status_.duplicates += reply.duplicates;
  status_.rejected += rejected.size();
  return {};
}

NextStep Uploader::halve(const HttpResponse& response) {
  if (out_->ids.size() > 1) {
    limit_ = out_->ids.size() / 2;
    out_.reset();
    return {};
  }
  // A proxy's own 400 or 413 says nothing about the envelope, and neither does a central of another contract.
  const auto problem = contract::parse_problem(response.body);
  if (!problem)
    return alarm(sentence(response) + ", and it does not look like central's answer: is a proxy between?");
  if (problem->code == kUnsupportedContract) return alarm(sentence(response));
  return dead_letter(*problem);
}

NextStep Uploader::dead_letter(const contract::Problem& problem) {
  const std::vector<spool::Rejected> rejected{{out_->ids.back(), problem.code, problem.detail}};
  if (const auto done = spool_.acknowledge(out_->ids.back(), rejected); !done) {
    return back_off("move an envelope to the quarantine: " + done.error().text(), UploadState::kAlarm);
  }
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
  if (std::exchange(transaction_renewed_, true)) return back_off(sentence(response), UploadState::kAlarm);
  return {};
}

NextStep Uploader::fix_clock(const HttpResponse& response) {
  const auto problem = contract::parse_problem(response.body);
  if (!clock_fixed_ && problem && problem->server_time_us != 0) {
    clock_fixed_ = true;
    learn_offset(problem->server_time_us);
    out_->txn = ulids_.next();
    return {};
  }
  return alarm(sentence(response));
}

NextStep Uploader::wait_as_told(const HttpResponse& response) {
  const std::chrono::microseconds told = contract::retry_after(response.retry_after, kRetryAfterFallback);
  fail(sentence(response), UploadState::kRetrying);
  std::uniform_int_distribution<std::int64_t> extra(
      0, std::max<std::int64_t>(1'000'000, told.count()) / kJitterPart);
  return {.kind = NextStep::Kind::kPause, .pause = told + std::chrono::microseconds{extra(jitter_)}};
}

NextStep Uploader::back_off(const std::string& why, UploadState state) {
  fail(why, state);
  return {.kind = NextStep::Kind::kPause, .pause = backoff_.next()};
}

NextStep Uploader::alarm(const std::string& why) {
  fail(why, UploadState::kAlarm);
  return {.kind = NextStep::Kind::kPause, .pause = options_.alarm_pause};
}

void Uploader::fail(const std::string& why, UploadState state) {
  log_.failed(why);
  const std::scoped_lock lock(mutex_);
  status_.state = state;
  status_.last_error = why;
  ++status_.consecutive_failures;
}

void Uploader::succeed() {
  out_.reset();
  backoff_.reset();
  clock_fixed_ = false;
  transaction_renewed_ = false;
  limit_ = std::min(std::clamp<std::size_t>(options_.batch_events, 1, contract::kMaxBatchEvents), limit_ * 2);
  const bool recovered = log_.succeeded();
  const std::scoped_lock lock(mutex_);
  if (status_.last_ack_us == 0 && !recovered)
    base::log_info("upload", "central takes data", {{"central", options_.central}});
  status_.last_ack_us = clock_.wall_us();
  status_.consecutive_failures = 0;
  status_.last_error.clear();
  status_.state = UploadState::kSending;
}

void Uploader::learn_offset(std::uint64_t server_time_us) {
  if (server_time_us == 0) return;
  const std::uint64_t middle = posted_at_us_ + (clock_.wall_us() - posted_at_us_) / 2;
  const std::scoped_lock lock(mutex_);
  status_.clock_offset_us = static_cast<std::int64_t>(server_time_us - middle);
}

UploadStatus Uploader::status() const {
  const std::scoped_lock lock(mutex_);
  return status_;
}

}  // namespace holeshot::upload
