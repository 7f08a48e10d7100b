#include "gateway/driver/p3/conversation.h"

#include <algorithm>

#include "common/p3/requests.h"
#include "common/p3/tags.h"
#include "common/p3/views.h"

namespace holeshot::driver::p3 {

namespace wire = holeshot::p3;

namespace {

constexpr std::size_t kMaxErrorsSaid = 64;

std::optional<Ask> asked_by(std::uint16_t tor) {
  switch (tor) {
    case wire::tor::kSession:
      return Ask::kSession;
    case wire::tor::kVersion:
      return Ask::kVersion;
    case wire::tor::kGetTime:
      return Ask::kGetTime;
    case wire::tor::kResend:
      return Ask::kResend;
    default:
      return {};
  }
}

base::Bytes frame_of(const Request& request, std::uint64_t id) {
  wire::RequestOptions options{.decoder = request.decoder};
  base::append_le(options.request_id, id, 8);
  switch (request.what) {
    case Ask::kSession:
      return wire::session_request(options);
    case Ask::kVersion:
      return wire::version_request(options);
    case Ask::kGetTime:
      return wire::get_time_request(options);
    case Ask::kResend:
      return wire::resend_request(request.block.from, request.block.until, options);
  }
  return {};
}

base::Bytes id_bytes(std::uint64_t id) {
  base::Bytes bytes;
  base::append_le(bytes, id, 8);
  return bytes;
}

// Damaged on the way to the decoder, so the same request may do better.
bool may_repeat(std::uint64_t code) {
  return code == wire::error_code::kCrc || code == wire::error_code::kSorMissing ||
         code == wire::error_code::kHeaderCorrupt;
}

}  // namespace

std::string_view to_string(Ask what) {
  switch (what) {
    case Ask::kSession:
      return "SESSION";
    case Ask::kVersion:
      return "VERSION";
    case Ask::kGetTime:
      return "GET_TIME";
    case Ask::kResend:
      return "RESEND";
  }
  return "";
}

void Conversation::opened(Moment now) {
  closed();
  open_ = true;
  next_send_us_ = now.mono_us;
  // Ids of another line, another start or another gateway are other ones.
  ids_ = (now.wall_us << 24) ^ (now.mono_us << 12);
}

void Conversation::closed() { *this = Conversation{}; }

void Conversation::want(const Request& request) {
  if (!open_ || !supported(request.what, request.decoder) || waiting_.size() >= kMaxWaiting) return;
  const auto same = [&](const Request& other) {
    return other.what == request.what && other.decoder == request.decoder;
  };
  if (flight_ && same(flight_->request)) return;
  if (std::ranges::any_of(waiting_, same)) return;
  waiting_.push_back(request);
}

bool Conversation::busy(Ask what) const {
  if (flight_ && flight_->request.what == what) return true;
  return std::ranges::any_of(waiting_, [&](const Request& request) { return request.what == what; });
}

bool Conversation::supported(Ask what, std::optional<wire::DecoderId> decoder) const {
  return !not_supported_.contains({what, decoder});
}

void Conversation::send(Flight& flight, Moment now) {
  flight.attempts.push_back({.id = ++ids_, .sent = now});
  flight.last_sign_us = now.mono_us;
  const base::Bytes frame = frame_of(flight.request, ids_);
  outgoing_.insert(outgoing_.end(), frame.begin(), frame.end());
}

void Conversation::end(bool answered, std::uint64_t error, std::uint64_t now_us) {
  const Request request = flight_->request;
  flight_.reset();
  next_send_us_ = now_us + (request.what == Ask::kResend ? kResendPaceUs : kPaceUs);
  const Pair pair{request.what, request.decoder};
  Outcome outcome{.request = request, .answered = answered, .error = error};
  if (answered) {
    answered_.insert(pair);
  } else if (error == wire::error_code::kTorUnknown || !answered_.contains(pair)) {
    outcome.not_supported = not_supported_.insert(pair).second;
  }
  outcomes_.push_back(outcome);
}

void Conversation::silence(Moment now) {
  if (flight_->answered || flight_->attempts.size() >= kAttempts) {
    end(flight_->answered, 0, now.mono_us);
  } else {
    send(*flight_, now);
  }
}

void Conversation::tick(Moment now) {
  if (!open_) return;
  if (flight_ && now.mono_us >= flight_->last_sign_us + kTimeoutUs) silence(now);
  if (flight_ || waiting_.empty() || now.mono_us < next_send_us_) return;
  const auto next = std::ranges::min_element(waiting_, {}, &Request::what);
  flight_ = Flight{.request = *next, .attempts = {}};
  waiting_.erase(next);
  send(*flight_, now);
}

std::uint64_t Conversation::due_us() const {
  if (!open_) return kNever;
  if (flight_) return flight_->last_sign_us + kTimeoutUs;
  return waiting_.empty() ? kNever : next_send_us_;
}

bool Conversation::is_answer(const wire::Record& record, const base::Bytes& echo) const {
  if (!echo.empty())
    return std::ranges::any_of(flight_->attempts, [&](const Attempt& a) { return id_bytes(a.id) == echo; });
  const auto from = record.decoder_id();
  return !from || !flight_->request.decoder || *from == *flight_->request.decoder;
}

std::optional<Conversation::Answer> Conversation::heard(const wire::Record& record, Moment now) {
  const bool error = record.tor() == wire::tor::kError;
  const auto what = asked_by(record.tor());
  // It answers somebody: so it knows the request, whatever it ignored before.
  if (what) not_supported_.erase({*what, record.decoder_id()});
  if (!flight_ || (!error && what != flight_->request.what)) return {};
  const base::Bytes echo = wire::general_of(record).request_id;
  if (!is_answer(record, echo)) return {};
  Answer answer{.request = flight_->request};
  for (const Attempt& attempt : flight_->attempts) {
    if (flight_->attempts.size() == 1 || id_bytes(attempt.id) == echo) answer.sent = attempt.sent;
  }
  if (error) return refused(answer, record, now);
  if (const auto from = record.decoder_id()) answered_.insert({*what, from});
  if (what == Ask::kResend) {
    if (!flight_->answered) flight_->last_sign_us = now.mono_us;
    flight_->answered = true;
  } else {
    end(true, 0, now.mono_us);
  }
  return answer;
}

std::optional<Conversation::Answer> Conversation::refused(Answer answer, const wire::Record& record,
                                                          Moment now) {
  answer.error = wire::as_error(record)->code.value_or(0);
  if (answer.error == 0) answer.error = 0xFFFF;  // it did not say; it is an ERROR all the same
  const Pair pair{answer.request.what, answer.request.decoder};
  answer.said_before =
      errors_said_.size() >= kMaxErrorsSaid || !errors_said_.insert({pair, answer.error}).second;
  if (may_repeat(answer.error) && flight_->attempts.size() < kAttempts) {
    send(*flight_, now);
  } else {
    end(false, answer.error, now.mono_us);
  }
  return answer;
}

void Conversation::passing(wire::DecoderId decoder, std::uint32_t number, Moment now) {
  if (!flight_ || flight_->request.what != Ask::kResend || flight_->request.decoder != decoder) return;
  const Range& block = flight_->request.block;
  if (number - block.from > block.until - block.from) return;
  flight_->answered = true;
  flight_->last_sign_us = now.mono_us;
}

void Conversation::resend_complete(Moment now) {
  if (flight_ && flight_->request.what == Ask::kResend) end(true, 0, now.mono_us);
}

}  // namespace holeshot::driver::p3
